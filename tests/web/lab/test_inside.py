"""The page that looks inside a network, in a real browser with a real mouse, on a plain file server."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

import keras_nets
from inkdigits.errors import SettingError
from inkdigits.reading.glyphs import frame
from inkdigits.synthesis.drawn import draw_digit
from inkdigits.web.lab.folder import SHARED, STATIC, write_lab_folder
from lab_site import Site
from pages import PHONE, draw, opened, shot, until

pytestmark = pytest.mark.slow

NETWORKS = ("classic", "varied")
LAST_SHOWN = """
document.addEventListener("shown", ({ detail }) => { globalThis.last = detail; });
"""
# Every number of all layers for some glyphs, as base64 of float32.
RUN = """async ([glyphs, tensors]) => {
  const { ask } = await import("./inside.js");
  const all = [];
  for (const glyph of glyphs) {
    const d = Uint8Array.from(atob(glyph), (sign) => sign.charCodeAt(0));
    const { outputs } = await ask("glyph", { w: 28, h: 28, d });
    for (const tensor of tensors) all.push(new Uint8Array(Float32Array.from(outputs[tensor]).buffer));
  }
  const whole = new Uint8Array(await new Blob(all).arrayBuffer());
  let text = "";
  for (const byte of whole) text += String.fromCharCode(byte);
  return btoa(text);
}"""


@pytest.fixture(autouse=True)
def _closed(browser: Browser) -> Iterator[None]:
    yield
    for context in browser.contexts:
        context.close()


def drawn_glyphs(count: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Digits in different hands, framed as MNIST has them."""
    drawings = [draw_digit(number % 10, seed=number) for number in range(count)]
    return np.stack(
        [frame(255 - np.asarray(drawing.convert("L"))) for drawing in drawings]
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_the_browser_has_what_keras_has_in_every_layer(
    browser: Browser, site: Site, name: str
) -> None:
    page = opened(browser, f"{site.url}{name}/")
    glyphs = drawn_glyphs(50)
    pictures = glyphs[..., None].astype(np.float32) / np.float32(255)
    layers = page.evaluate(
        "fetch('network/network.json').then((answer) => answer.json())"
    )["layers"]
    wanted = [layer for layer in layers[1:] if not is_scores(layer)]
    encoded = [base64.b64encode(glyph.tobytes()).decode() for glyph in glyphs]
    whole = page.evaluate(RUN, [encoded, [layer["tensor"] for layer in wanted]])
    numbers = np.frombuffer(base64.b64decode(whole), np.float32).reshape(50, -1)
    kept = keras_nets.layer_outputs(site.models[name], pictures)
    parts = [
        part
        for part, layer in zip(kept, site.models[name].layers, strict=True)
        if is_shown(layer)
    ]
    expected = np.concatenate([part.reshape(50, -1) for part in parts], axis=1)
    assert numbers.shape == expected.shape
    assert np.abs(expected).max() > 0.5
    assert np.abs(numbers - expected).max() < 1e-4


def is_scores(layer: dict[str, Any]) -> bool:
    """Keras has these and the softmax as one layer."""
    return layer["kind"] == "dense" and layer["activation"] == "linear"


def is_shown(layer: Any) -> bool:
    return type(layer).__name__ not in ("Flatten", "Dropout")


@pytest.mark.parametrize("name", NETWORKS)
def test_the_arithmetic_shown_gives_what_the_network_gives(
    browser: Browser, site: Site, name: str
) -> None:
    page = opened(browser, f"{site.url}{name}/", LAST_SHOWN)
    draw(page, "5", high=0.7)
    until(page, "document.documentElement.dataset.settled === 'true'")
    glyph = np.array(page.evaluate("[...globalThis.last.glyph.d]"), np.uint8).reshape(
        28, 28
    )
    shares = site.models[name].predict(
        glyph[None, ..., None] / np.float32(255), verbose=0
    )[0]
    assert page.locator("#said").inner_text() == str(shares.argmax())
    canvases = page.locator(".layer canvas")
    for index in range(1, canvases.count()):
        box = canvases.nth(index).bounding_box()
        assert box is not None
        for x, y in ((0.1, 0.3), (0.55, 0.6)):
            canvases.nth(index).click(
                position={"x": x * box["width"], "y": y * box["height"]}
            )
            said = page.locator("#explained")
            computed, given = (
                float(said.get_attribute(f"data-{kind}") or "nan")
                for kind in ("computed", "given")
            )
            assert computed == pytest.approx(given, abs=1e-4), page.locator(
                "#what"
            ).inner_text()
    assert (
        page.locator("#what")
        .inner_text()
        .startswith(f"Layer {canvases.count() - 1} · digit ")
    )
    shot(page, f"lab-inside-{name}")


def test_numbers_of_the_drawing_stand_in_the_panel(
    browser: Browser, site: Site
) -> None:
    page = opened(browser, f"{site.url}classic/", LAST_SHOWN)
    draw(page, "8", high=0.7)
    until(page, "document.documentElement.dataset.settled === 'true'")
    pooled = page.locator(".layer canvas").nth(2)
    box = pooled.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.08, box["y"] + box["height"] * 0.25)
    assert page.locator("#what").inner_text().startswith("Layer 2 · map 1 · row ")
    largest = re.match(r"max\((.*)\) = (.*)", page.locator(".sum").inner_text())
    assert largest is not None
    numbers = [float(number.replace("−", "-")) for number in largest[1].split(", ")]
    assert len(numbers) == 4
    assert max(numbers) == float(largest[2].replace("−", "-"))
    given = float(page.locator("#explained").get_attribute("data-given") or "nan")
    assert f"{given:.2f}" == largest[2]
    # The next layer looks at several maps; each can be chosen.
    page.locator(".layer canvas").nth(3).click(position={"x": 12, "y": 12})
    assert page.locator(".terms button").count() == 6
    page.locator(".terms button").nth(3).click()
    chosen = page.locator(".terms [aria-pressed=true] span").first.inner_text()
    assert page.locator(".grid figcaption").first.inner_text() == f"patch of {chosen}"


def test_the_maps_follow_the_pen_and_the_keyboard_moves_the_choice(
    browser: Browser, site: Site
) -> None:
    page = opened(browser, f"{site.url}classic/", LAST_SHOWN)
    assert page.evaluate("globalThis.last.glyph.d.every((shade) => shade === 0)")
    draw(page, "1", high=0.7)
    until(page, "document.documentElement.dataset.settled === 'true'")
    canvas = page.locator(".layer canvas").nth(1)
    first = canvas.evaluate("(canvas) => canvas.toDataURL()")
    page.keyboard.press("Control+z")
    until(page, "globalThis.last.glyph.d.every((shade) => shade === 0)")
    assert canvas.evaluate("(canvas) => canvas.toDataURL()") != first
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert page.locator("#what").inner_text() == "Layer 1 · map 1 · row 2, column 2"
    page.keyboard.press("Shift+ArrowRight")
    assert page.locator("#what").inner_text() == "Layer 1 · map 2 · row 2, column 2"
    page.keyboard.press("Escape")
    assert page.locator("#explained").is_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_too(browser: Browser, site: Site, scheme: Any) -> None:
    page = opened(
        browser,
        f"{site.url}classic/",
        viewport=PHONE,
        color_scheme=scheme,
        has_touch=True,
    )
    assert page.locator("#why").is_hidden()
    draw(page, "3", high=0.7)
    until(page, "document.documentElement.dataset.settled === 'true'")
    assert page.locator("#why").is_visible()
    page.locator(".layer canvas").nth(3).tap(position={"x": 20, "y": 20})
    assert page.locator("#explained").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    shot(page, f"lab-inside-phone-{scheme}")


def test_the_folder_asks_nothing_of_other_hosts_and_spares_other_files(
    tmp_path: Path,
) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(SettingError, match="has other files in it"):
        write_lab_folder(tmp_path / "run", tmp_path)
    own = [path for path in STATIC.iterdir() if path.suffix in (".html", ".js", ".css")]
    assert not [
        path
        for path in own
        if re.search(r"https?://(?!www\.w3\.org/2000/svg)", path.read_text())
    ]
    from inkdigits.web.folder import STATIC as PAGE

    imported = {
        name
        for path in (
            *own,
            *(PAGE / shared for shared in SHARED if shared.endswith(".js")),
        )
        for name in re.findall(r'from "\./([\w./]+)"', path.read_text())
    }
    known = (
        {path.name for path in own} | set(SHARED) | {Path(name).name for name in SHARED}
    )
    assert imported <= known


def test_a_digit_is_changed_by_sliders_and_fooled_by_a_few_pixels(
    browser: Browser, site: Site
) -> None:
    page = opened(browser, f"{site.url}classic/", LAST_SHOWN)
    draw(page, "4", high=0.7)
    until(page, "document.documentElement.dataset.settled === 'true'")
    first = shown_glyph(page)
    page.locator("summary", has_text="Break it").click()
    page.locator("#changes [name=right]").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    until(page, "document.documentElement.dataset.settled === 'true'")
    assert (shown_glyph(page)[:, 3:] == first[:, :-3]).all()
    page.locator("#changes [name=invert]").check()
    until(page, "globalThis.last.glyph.d[0] === 255")
    assert (shown_glyph(page)[:, 3:] == 255 - first[:, :-3]).all()
    page.click("#mend")
    until(
        page,
        "globalThis.last.glyph.d[0] === 0 && document.documentElement.dataset.settled === 'true'",
    )
    assert (shown_glyph(page) == first).all()
    before = page.locator("#said").inner_text()
    page.click("#fool")
    until(page, "/turn/.test(document.getElementById('fooled').textContent)")
    said = page.locator("#fooled").inner_text()
    fooled = shown_glyph(page)
    count = int((fooled != first).sum())
    assert said.startswith("One pixel turns" if count == 1 else f"{count} pixels turn")
    answer = (
        site.models["classic"]
        .predict(fooled[None, ..., None] / np.float32(255), verbose=0)[0]
        .argmax()
    )
    assert str(answer) == page.locator("#said").inner_text() != before
    shot(page, "lab-break")


def shown_glyph(page: Page) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The 28×28 that the layers show."""
    return np.array(page.evaluate("[...globalThis.last.glyph.d]"), np.uint8).reshape(
        28, 28
    )
