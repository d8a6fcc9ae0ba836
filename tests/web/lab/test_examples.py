"""What is computed of a run's test digits, held against Keras and plain NumPy, and shown in a real browser."""

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from starlette.testclient import TestClient

import keras_nets
from inkdigits.data import load
from inkdigits.errors import DownloadError
from inkdigits.training import Settings
from inkdigits.training.artefacts import write_json
from inkdigits.web.lab import examples
from inkdigits.web.lab.folder import write_lab_folder
from inkdigits.web.lab.network import look_inside
from inkdigits.web.lab.runs import Runs
from inkdigits.web.lab.server import create_app
from pages import PHONE, draw, free_port, opened, running, shot, until

pytestmark = pytest.mark.slow

LAST_SHOWN = """
document.addEventListener("shown", ({ detail }) => { globalThis.last = detail; });
"""


@pytest.fixture(scope="module")
def model() -> Any:
    return keras_nets.classic()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, model: Any) -> Path:
    """A run folder with a small untrained network, on digits that need no network."""
    folder: Path = tmp_path_factory.mktemp("examples") / "small"
    folder.mkdir()
    settings = Settings(data="digits8x8").as_dict()
    write_json(folder / "run.json", {"state": "finished", "settings": settings})
    keras_nets.saved(model, folder / "model.onnx")
    return folder


@pytest.fixture(scope="module")
def found(run: Path) -> tuple[dict[str, Any], bytes]:
    files = examples.with_examples(run)
    return json.loads(files[examples.DESCRIPTION_FILE]), files[examples.NUMBERS_FILE]


@pytest.fixture(autouse=True)
def _closed(browser: Browser) -> Iterator[None]:
    yield
    for context in browser.contexts:
        context.close()


def test_the_map_is_of_what_keras_gives_in_the_last_hidden_layer(
    found: tuple[dict[str, Any], bytes], model: Any
) -> None:
    described, numbers = found
    count, units = len(described["labels"]), described["units"]
    test = load("digits8x8", split="test")
    assert 300 <= count <= len(test)
    hidden = np.frombuffer(numbers, "<f4", count * units).reshape(count, units)
    pictures = np.frombuffer(numbers, np.uint8, count * 784, offset=hidden.nbytes)
    pictures = pictures.reshape(count, 28, 28)
    own = {picture.tobytes() for picture in test.images}
    assert all(picture.tobytes() in own for picture in pictures)
    inputs = pictures[..., None].astype(np.float32) / np.float32(255)
    layers = keras_nets.layer_outputs(model, inputs)
    dense = layers[-3]
    assert np.abs(hidden - dense).max() < 1e-4
    assert described["answers"] == layers[-1].argmax(axis=1).tolist()
    points = np.array(described["points"])
    assert points.shape == (count, 2)
    assert (points.min(), points.max()) == (0, 1)
    # Neighbours in the layer are neighbours on the map, far more often than chance has it.
    nearest = neighbour_of(hidden)
    apart = np.linalg.norm(points - points[nearest], axis=1)
    by_chance = np.linalg.norm(points - points[np.roll(nearest, 7)], axis=1)
    assert np.median(apart) < np.median(by_chance) / 3


def test_the_mistakes_are_those_of_all_unseen_digits_the_surest_first(
    found: tuple[dict[str, Any], bytes], model: Any
) -> None:
    described, numbers = found
    test = load("digits8x8", split="test")
    inputs = test.images[..., None].astype(np.float32) / np.float32(255)
    shares = keras_nets.layer_outputs(model, inputs)[-1]
    wrong = shares.argmax(axis=1) != test.labels
    assert described["unseen"] == len(test)
    assert described["wrong"] == wrong.sum() > 200
    kept = described["mistakes"]
    assert len(kept) == 200
    surest = np.sort(shares.max(axis=1)[wrong])[::-1][:200]
    assert [one["confidence"] for one in kept] == pytest.approx(
        surest.tolist(), abs=1e-3
    )
    pictures = np.frombuffer(numbers[-200 * 784 :], np.uint8).reshape(-1, 28, 28, 1)
    again = keras_nets.layer_outputs(
        model, pictures.astype(np.float32) / np.float32(255)
    )[-1]
    assert [one["answer"] for one in kept] == again.argmax(axis=1).tolist()


def neighbour_of(hidden: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """For each row the nearest other one."""
    apart = np.linalg.norm(hidden[:, None] - hidden[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return apart.argmin(axis=1)


def test_the_strongest_patch_is_all_that_a_unit_sees_of_its_digit(
    found: tuple[dict[str, Any], bytes], run: Path, model: Any
) -> None:
    described, numbers = found
    count, units = len(described["labels"]), described["units"]
    pictures = np.frombuffer(numbers, np.uint8, count * 784, offset=4 * count * units)
    pictures = pictures.reshape(count, 28, 28)
    inputs = pictures[..., None].astype(np.float32) / np.float32(255)
    outputs = keras_nets.layer_outputs(model, inputs)
    kinds = [layer["kind"] for layer in look_inside(run).description["layers"]]
    for index, kind in enumerate(kinds[1:5], start=1):
        output = outputs[index - 1]
        rows = described["strongest"][index - 1]
        changed = np.stack([outside_inverted(inputs[row[0]], *row[4:]) for row in rows])
        again = keras_nets.layer_outputs(model, changed)[index - 1]
        for unit, (digit, row, column, value, left, top, right, bottom) in enumerate(
            rows
        ):
            assert value == pytest.approx(output[:, unit].max(), abs=1e-3), kind
            assert value == pytest.approx(output[digit, unit, row, column], abs=1e-3)
            # Whatever is outside the frame changes nothing.
            assert again[unit, unit, row, column] == pytest.approx(value, abs=1e-3)
            sides = (right - left, bottom - top)
            assert max(sides) <= (3, 4, 8, 10)[index - 1]
        assert max(row[6] - row[4] for row in rows) == (3, 4, 8, 10)[index - 1]


def outside_inverted(
    picture: np.ndarray[Any, Any], left: int, top: int, right: int, bottom: int
) -> np.ndarray[Any, Any]:
    """The picture with everything outside the box made its opposite."""
    is_inside = np.zeros((28, 28, 1), bool)
    is_inside[top:bottom, left:right] = True
    return np.where(is_inside, picture, 1 - picture)


def test_it_is_computed_once_and_again_for_another_network(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copytree(run, tmp_path / "copy")
    before = {path.name: path.read_bytes() for path in copy.iterdir() if path.is_file()}
    examples.with_examples(copy)
    computed: list[str] = []

    def compute(_: Any, __: Any, key: str) -> dict[str, bytes]:
        computed.append(key)
        return {}

    monkeypatch.setattr(examples, "_computed", compute)
    assert examples.NUMBERS_FILE in examples.with_examples(copy)
    assert computed == []
    assert before == {
        path.name: path.read_bytes() for path in copy.iterdir() if path.is_file()
    }
    keras_nets.saved(keras_nets.varied(), copy / "model.onnx")
    examples.with_examples(copy)
    assert len(computed) == 1


def test_the_server_gives_what_the_folder_holds(
    run: Path, found: tuple[dict[str, Any], bytes]
) -> None:
    app = create_app(Runs(run.parent), "let-me-in", None)
    client = TestClient(
        app, base_url="http://localhost", headers={"x-lab-token": "let-me-in"}
    )
    described, numbers = found
    address = f"/api/runs/{run.name}/network"
    assert client.get(f"{address}/{examples.DESCRIPTION_FILE}").json() == described
    assert client.get(f"{address}/{examples.NUMBERS_FILE}").content == numbers
    assert client.get(f"{address}/weights.bin").status_code == 200
    assert client.get(f"{address}/other.bin").status_code == 404


def test_a_file_without_a_run_has_no_map(run: Path) -> None:
    inside = look_inside(run / "model.onnx")
    assert examples.example_files(run / "model.onnx", inside) == {}


@pytest.fixture(scope="module")
def site(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The run's page on a plain file server."""
    folder = tmp_path_factory.mktemp("site") / "lab"
    try:
        write_lab_folder(run, folder)
    except DownloadError as error:
        pytest.skip(f"no engine for the browser: {error}")
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    with running([*command, "--directory", str(folder)], port, dict(os.environ)) as url:
        yield url


def test_the_page_places_ones_own_digit_and_shows_the_strongest_patch(
    browser: Browser, run: Path, site: str, found: tuple[dict[str, Any], bytes]
) -> None:
    described, numbers = found
    page = opened(browser, site, LAST_SHOWN)
    until(page, "document.documentElement.dataset.examples === 'true'")
    assert "digits8x8 (test)" in page.locator("#map-data").inner_text()
    draw(page, "3", high=0.7)
    until(page, "document.documentElement.dataset.settled === 'true'")
    tensor = look_inside(run).description["layers"][described["layer"]]["tensor"]
    own = np.array(page.evaluate(f"[...globalThis.last.outputs[{tensor!r}]]"))
    count, units = len(described["labels"]), described["units"]
    hidden = np.frombuffer(numbers, "<f4", count * units).reshape(count, units)
    order = np.linalg.norm(hidden - own, axis=1).argsort()[:5]
    labels = ", ".join(str(described["labels"][index]) for index in order)
    assert page.locator("#map-words").inner_text() == f"Nearest in the layer: {labels}"
    assert page.locator("#nearest canvas").count() == 5
    shot(page, "lab-map")
    canvas = page.locator("#map-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    x, y = (0.04 + 0.92 * share for share in described["points"][17])
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    until(page, "document.querySelectorAll('#nearest canvas').length === 1")
    assert page.locator("#map-words").inner_text().startswith("A ")
    check_the_keyboard_walks_the_map(page, described)
    page.locator(".layer canvas").nth(1).click(position={"x": 12, "y": 12})
    digit, *_ = described["strongest"][0][0]
    said = page.locator("#strongest figcaption").inner_text()
    assert f"this {described['labels'][digit]} activates it most" in said
    shot(page, "lab-strongest")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.locator("#map").scroll_into_view_if_needed()
    shot(page, "lab-map-phone-dark")


def check_the_keyboard_walks_the_map(page: Page, described: dict[str, Any]) -> None:
    """Each arrow key goes to a digit in its direction."""
    page.locator("#map-canvas").focus()
    canvas = page.locator("#map-canvas")
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
        assert page.locator("#nearest canvas").count() == 1
        words = page.locator("#map-words").inner_text()
        assert re.match(r"A \d", words)
        assert (canvas.get_attribute("aria-label") or "").endswith(words)
    page.keyboard.press("Tab")  # and leaves it
    assert page.locator("#map-words").inner_text().startswith("Nearest in the layer")


def test_mistakes_are_filtered_and_looked_into(
    browser: Browser, site: str, found: tuple[dict[str, Any], bytes]
) -> None:
    described, numbers = found
    mistakes = described["mistakes"]
    page = opened(browser, site, LAST_SHOWN)
    until(page, "document.documentElement.dataset.examples === 'true'")
    draw(page, "3", high=0.7)
    until(page, "document.documentElement.dataset.settled === 'true'")
    buttons = page.locator("#mistakes button")
    assert buttons.count() == len(mistakes)
    wanted = mistakes[20]
    page.locator("#mistakes [name=label]").select_option(str(wanted["label"]))
    page.locator("#mistakes [name=answer]").select_option(str(wanted["answer"]))
    page.locator("#mistakes [name=confidence]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    fitting = [
        index
        for index, one in enumerate(mistakes)
        if (one["label"], one["answer"]) == (wanted["label"], wanted["answer"])
        and one["confidence"] >= 0.1
    ]
    assert 20 in fitting
    assert buttons.count() == len(fitting) < len(mistakes)
    page.locator("#mistakes").scroll_into_view_if_needed()
    shot(page, "lab-mistakes")
    buttons.nth(fitting.index(20)).click()
    until(page, "/from the test set/.test(document.getElementById('sure').textContent)")
    until(page, "document.documentElement.dataset.settled === 'true'")
    pictures = np.frombuffer(numbers[-len(mistakes) * 784 :], np.uint8).reshape(-1, 784)
    assert page.evaluate("[...globalThis.last.glyph.d]") == pictures[20].tolist()
    assert page.locator("#said").inner_text() == str(wanted["answer"])
    assert f"It is a {wanted['label']} from" in page.locator("#sure").inner_text()
    shot(page, "lab-mistake-inside")
    # It can be changed by the sliders, and a new drawing takes its place.
    page.locator("summary", has_text="Break it").click()
    page.locator("#changes [name=invert]").check()
    until(page, f"globalThis.last.glyph.d[0] === {255 - int(pictures[20][0])}")
    page.locator("#pad").scroll_into_view_if_needed()
    draw(page, "1", high=0.7)
    until(page, "!/the test set/.test(document.getElementById('sure').textContent)")
    page.click("#clear")
    until(page, "document.getElementById('said').textContent === ''")
