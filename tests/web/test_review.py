"""The review in a real browser by real keys, over HTTP, and killed while people are at work."""

import csv
import io
import os
import random
import signal
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from playwright.sync_api import Browser, Page, Route
from typer.testing import CliRunner

import pages
from inkdigits import Reader
from inkdigits.batch.form_pages import load_pile
from inkdigits.cli import app
from inkdigits.data.corrections import from_store
from inkdigits.forms.review.pile import Key
from inkdigits.forms.review.review import Answer, Review
from inkdigits.store import Store
from inkdigits.web.app import create_app
from inkdigits.web.settings import ReviewSettings, ServeSettings
from made_piles import CROSSED_OUT, DOES_NOT_ADD_UP, WRITTEN, read_pile, truth
from pages import PHONE, free_port, running, shot, until
from waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.slow
# How often a server is killed; INKDIGITS_KILLS=20 makes it the long run.
KILLS = int(os.environ.get("INKDIGITS_KILLS", "2"))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return read_pile(tmp_path_factory.mktemp("pile"))


def reviewing(
    results: Path, database: Path, port: int
) -> tuple[list[str], dict[str, str]]:
    """The command of a review, and its environment."""
    command = [sys.executable, "-m", "inkdigits", "form", "review", str(results)]
    environment = {**os.environ, "INKDIGITS_DATABASE_URL": f"sqlite:///{database}"}
    return [*command, "--port", str(port)], environment


@contextmanager
def review(results: Path, database: Path, *options: str) -> Iterator[str]:
    port = free_port()
    command, environment = reviewing(results, database, port)
    with running([*command, "--reviewer", "ada", *options], port, environment) as url:
        yield url


@pytest.fixture(scope="module")
def url(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A review that several tests look at; none of them empties its queue."""
    with review(results, tmp_path_factory.mktemp("looked") / "x.db") as url:
        yield url


@pytest.fixture
def desk(results: Path, reader: Reader, tmp_path: Path) -> Iterator[TestClient]:
    """A review in this process, with a database of its own."""
    settings = ServeSettings(
        log=False, review=ReviewSettings(str(results), reviewer="ada")
    )
    with TestClient(
        create_app(reader, settings, Store(f"sqlite:///{tmp_path}/x.db"))
    ) as asking:
        yield asking


def client(url: str) -> httpx2.Client:
    return httpx2.Client(base_url=url, trust_env=False, timeout=PATIENCE_S)


def opened(browser: Browser, url: str, **context: Any) -> Page:
    page = pages.opened(browser, f"{url}review/", **context)
    page.wait_for_selector("#cutout[data-shows]")
    return page


def field(page: Page) -> str:
    """The field that is shown, once nothing is on its way."""
    until(page, "!document.documentElement.dataset.busy")
    found: str = page.evaluate("document.documentElement.dataset.field")
    return found


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def type_over(page: Page, text: str) -> None:
    press(page, "e")
    page.keyboard.type(text)
    press(page, "Enter")


def test_everything_is_reviewed_without_the_mouse(
    browser: Browser,
    results: Path,
    tmp_path: Path,
) -> None:
    """Fields are typed or taken from the alternatives, one is undone and done again."""
    database = tmp_path / "x.db"
    with review(results, database) as url:
        page = opened(browser, url)
        seen: list[str] = []
        while (key := field(page)) != "none":
            first = key not in seen
            seen.append(key)
            shown = page.locator("#alternatives button").all_inner_texts()
            texts = [words.split("\n")[-1].strip() for words in shown]
            if truth(key) == "":
                press(page, "b", "Enter")  # the choice is blank: it is no alternative
            elif truth(key) in texts:
                press(page, str(1 + texts.index(truth(key))), "Enter")
            else:
                type_over(page, truth(key))
            until(page, f"document.documentElement.dataset.field !== {key!r}")
            if first and len(seen) == 2:
                press(page, "u")
                until(page, f"document.documentElement.dataset.field === {key!r}")
        assert set(seen) >= CROSSED_OUT
        assert seen.count(seen[1]) == 2
        assert page.locator("#nothing-title").inner_text() == "All fields reviewed"
        shot(page, "review-done")
        with client(url) as asking:
            rows = list(
                csv.DictReader(
                    io.StringIO(asking.get("/v1/review/export?format=csv").text)
                ),
            )
            assert asking.get("/v1/review/export?format=xlsx").content[:2] == b"PK"
            assert (
                "choose csv, xlsx, jsonl"
                in asking.get(
                    "/v1/review/export?format=doc",
                ).json()["detail"]
            )
    for row, written in zip(rows, WRITTEN, strict=True):
        wanted = {name: text.strip() for name, text in written.items()}
        assert {name: row[name] for name in written} == wanted
        assert row["accepted"] == "true"
    exported = tmp_path / "again.csv"
    command = [
        "form",
        "review",
        str(results),
        "--export",
        str(exported),
        "--database-url",
        f"sqlite:///{database}",
    ]
    done = CliRunner().invoke(app, command)
    assert done.output.strip() == f"4 forms: 4 accepted: {exported}"
    assert list(csv.DictReader(exported.read_text().splitlines())) == rows


def test_digits_that_people_read_are_corrections(
    desk: TestClient, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are cut out of the scans again."""
    database = f"sqlite:///{tmp_path}/x.db"
    for key, text in (("3:total", "95"), ("1:student", "0471")):
        assert post(desk, key, text)["kept"]
    store = Store(database)
    wait_until(
        lambda: len(store.fields_with_digits(load_pile(str(results)).id)) == 2,
        "the digits are cut out",
    )
    monkeypatch.setenv("INKDIGITS_DATABASE_URL", database)
    folder = tmp_path / "corrected"
    done = CliRunner().invoke(app, ["data", "export", "corrections", str(folder)])
    assert done.exit_code == 0, done.output
    assert sorted(path.parent.name for path in folder.glob("*/*.png")) == sorted(
        "950471"
    )
    dataset = from_store("train")
    assert sorted(dataset.labels.tolist()) == sorted(map(int, "950471"))
    assert all(image.any() for image in dataset.images)
    store.close()


def test_digits_that_a_kill_prevented_are_cut_at_the_next_start(
    results: Path,
    reader: Reader,
    tmp_path: Path,
) -> None:
    store = Store(f"sqlite:///{tmp_path}/x.db")
    pile = load_pile(str(results))
    Review(pile, store).answer(Answer("a" * 32, Key(1, "total"), "19", "ada"))
    settings = ServeSettings(log=False, review=ReviewSettings(str(results)))
    with TestClient(create_app(reader, settings, store)):
        wait_until(
            lambda: store.fields_with_digits(pile.id) == {(1, "total")},
            "the digits are cut out",
        )


def post(
    asking: httpx2.Client | TestClient,
    key: str,
    text: str | None,
    number: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    content = {
        "id": number or uuid.uuid4().hex,
        "key": key,
        "text": text,
        "reviewer": "ada",
        **more,
    }
    answer = asking.post("/v1/review/answer", json=content)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_slip_of_the_keys_is_asked_about(browser: Browser, url: str) -> None:
    page = opened(browser, url)
    while field(page) not in CROSSED_OUT:
        press(page, "s")
    key = field(page)
    type_over(page, "12")
    page.wait_for_selector("#warning:not([hidden])")
    assert (
        "it has 2 digits, but the field has 4 boxes"
        in page.locator("#warning").inner_text().lower()
    )
    assert field(page) == key
    press(page, "Escape")
    type_over(page, "abcd")
    until(
        page,
        "document.querySelector('#warning').textContent.includes('not all digits')",
    )
    press(page, "Escape", "x")
    until(page, f"document.documentElement.dataset.field !== {key!r}")
    with client(url) as asking:
        rows = list(
            csv.DictReader(io.StringIO(asking.get("/v1/review/export?format=csv").text))
        )
    assert rows[int(key[0]) - 1]["student"] == " ?"
    press(page, "u")
    until(page, f"document.documentElement.dataset.field === {key!r}")


def test_two_people_and_a_decision(
    browser: Browser, results: Path, tmp_path: Path
) -> None:
    with review(results, tmp_path / "x.db", "--double") as url, client(url) as asking:
        assert post(asking, "2:student", "2093")["kept"]
        assert post(asking, "2:student", "2098", reviewer="ben")["kept"]
        page = opened(browser, url)
        page.fill("#reviewer", "cleo")
        press(page, "Tab")
        page.click("#mode-disagreements")
        until(page, "document.documentElement.dataset.field === '2:student'")
        assert (
            page.locator("#reason").inner_text()
            == "The reviewers disagree. ada: 2093 · ben: 2098"
        )
        shot(page, "review-disagreement")
        press(page, "1", "Enter")
        until(page, "document.documentElement.dataset.field === 'none'")
        assert (
            asking.get("/v1/review/progress?reviewer=cleo").json()["disagreements"] == 0
        )
        rows = list(
            csv.DictReader(io.StringIO(asking.get("/v1/review/export?format=csv").text))
        )
        assert rows[1]["student"] == "2093"


def test_a_choice_made_while_something_loads_is_not_lost(
    browser: Browser, url: str
) -> None:
    """The next field for a new name is held back, until another queue has been chosen."""
    page = opened(browser, url)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/v1/review/next?reviewer=cleo&mode=queue*", hold)
    page.fill("#reviewer", "cleo")
    press(page, "Tab")
    until(page, "document.documentElement.dataset.busy === 'true'")
    page.click("#mode-spot")
    while not held:
        page.wait_for_timeout(10)
    held[0].continue_()
    until(page, "document.querySelector('#mode-spot').ariaPressed === 'true'")
    with client(url) as asking:
        key = field(page)
        item = asking.get("/v1/review/next?reviewer=cleo&mode=spot").json()["item"]
    assert key == item["key"]


def test_spot_checks_are_counted(browser: Browser, url: str) -> None:
    page = opened(browser, url)
    page.click("#mode-spot")
    until(page, "document.querySelector('#mode-spot').ariaPressed === 'true'")
    for _ in range(3):
        key = field(page)
        press(page, "Enter")
        until(page, f"document.documentElement.dataset.field !== {key!r}")
    until(
        page,
        "document.querySelector('#spot-said').textContent.startsWith('Spot checks: 0 of 3 ')",
    )
    assert "between 0.0 % and 71 %" in page.locator("#spot-said").inner_text()
    shot(page, "review-spot")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_how_it_looks(browser: Browser, url: str, scheme: str) -> None:
    for name, size in (("laptop", pages.LAPTOP), ("phone", PHONE)):
        page = opened(browser, url, viewport=size, color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        shot(page, f"review-{name}-{scheme}")
        press(page, "c")
        page.wait_for_selector(f"#cutout[data-shows='{field(page)} true']")
        shot(page, f"review-context-{name}-{scheme}")
        page.context.close()


def test_a_sheet_that_lay_upside_down_is_shown_upright(desk: TestClient) -> None:
    """The second sheet lay on its side or upside down: its comb is where it should be."""
    cut = Image.open(io.BytesIO(desk.get("/v1/review/picture?key=2:student").content))
    assert (cut.width, cut.height) == (400, 170)
    grey = np.asarray(cut.convert("L")).astype(float)
    sides = [40, 120, 200, 280, 360]  # where the comb's lines stand
    dark = [grey[60:110, side - 4 : side + 5].mean(axis=0).min() for side in sides]
    assert max(dark) < 0.75 * np.median(grey)
    assert desk.get("/v1/review/picture?key=9:student").status_code == 422


def test_it_is_for_this_machine_and_its_own_page_alone(url: str) -> None:
    with client(url) as asking:
        content = {
            "id": uuid.uuid4().hex,
            "key": "2:student",
            "text": "1",
            "reviewer": "eve",
        }
        for headers in (
            {"origin": "https://evil.example"},
            {"sec-fetch-site": "cross-site"},
        ):
            assert (
                asking.post(
                    "/v1/review/answer",
                    json=content,
                    headers=headers,
                ).status_code
                == 403
            )
            assert (
                asking.post(
                    "/v1/review/undo", json=content, headers=headers
                ).status_code
                == 403
            )
        assert (
            asking.get("/v1/review", headers={"host": "evil.example"}).status_code
            == 421
        )
        assert asking.get("/v1/review/progress?reviewer=eve").json()["answered"] == 0
    with (
        httpx2.Client(trust_env=False, timeout=PATIENCE_S) as outside,
        pytest.raises(httpx2.ConnectError),
    ):
        outside.get(url.replace("127.0.0.1", "127.0.0.2"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no json", "not a JSON object"),
        (b'{"id": "1"}', "32 hexadecimal digits"),
        (b'{"id": "%s"}' % (b"a" * 32), "key is missing"),
        (b'{"id": "%s", "key": "x"}' % (b"a" * 32), "does not name a field"),
        (
            b'{"id": "%s", "key": "2:student", "text": 5}' % (b"a" * 32),
            "text is neither",
        ),
        (
            b'{"id": "%s", "key": "2:student", "text": "1"}' % (b"a" * 32),
            "reviewer is missing",
        ),
        (
            b'{"id": "%s", "key": "2:nothing", "text": "1", "reviewer": "a"}'
            % (b"a" * 32),
            "no field 2:nothing",
        ),
    ],
)
def test_what_is_no_answer(desk: TestClient, content: bytes, said: str) -> None:
    answer = desk.post("/v1/review/answer", content=content)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_a_scan_that_is_gone_is_said(desk: TestClient, results: Path) -> None:
    moved = results.parent / "scans" / "0.png"
    content = moved.read_bytes()
    moved.unlink()
    try:
        answer = desk.get("/v1/review/picture?key=1:repeat")
        assert answer.status_code == 415
        assert "0.png" in answer.json()["detail"]
        assert post(desk, "1:total", "19")["kept"], (
            "what is known can be said all the same"
        )
    finally:
        moved.write_bytes(content)


def test_killed_while_people_answer_nothing_is_lost_and_nothing_counts_twice(
    results: Path,
    tmp_path: Path,
) -> None:
    """A page sends what it has no answer to again, with the same id; so does this test."""
    database, port = tmp_path / "x.db", free_port()
    command, environment = reviewing(results, database, port)
    rng = random.Random(KILLS)  # noqa: S311 - moments, not secrets
    keys = sorted(CROSSED_OUT | DOES_NOT_ADD_UP)
    acknowledged: list[tuple[str, str, str]] = []
    stop = threading.Event()

    def work(asking: httpx2.Client) -> None:
        for place in range(10**6):
            if stop.is_set():
                return
            number, key, text = (
                uuid.uuid4().hex,
                keys[place % len(keys)],
                str(place % 10),
            )
            while not stop.is_set():
                try:
                    post(asking, key, text, number, sure=True)
                except httpx2.TransportError:
                    stop.wait(0.05)
                    continue
                acknowledged.append((number, key, text))
                break

    def more(count: int) -> None:
        """Wait for so many answers more that the server says it keeps."""
        enough = len(acknowledged) + count
        wait_until(lambda: len(acknowledged) >= enough, "some answers are kept")

    with httpx2.Client(
        base_url=f"http://127.0.0.1:{port}",
        trust_env=False,
        timeout=PATIENCE_S,
    ) as asking:
        person = threading.Thread(target=work, args=(asking,))
        person.start()
        try:
            for _ in range(KILLS):
                with running(command, port, environment, how=signal.SIGKILL):
                    more(rng.randrange(3, 20))
            with running(command, port, environment):
                more(3)
                stop.set()
                person.join()
                progress = asking.get("/v1/review/progress?reviewer=ada").json()
        finally:
            stop.set()
            person.join()
    store = Store(f"sqlite:///{database}")
    reviews = [each for _, each in store.reviews(load_pile(str(results)).id)]
    kept = [(each.id, f"{each.record}:{each.field}", each.text) for each in reviews]
    store.close()
    assert len(kept) == len(set(kept))
    # The last one may have been kept while nobody waited for the answer any more.
    assert kept[: len(acknowledged)] == acknowledged
    assert len(kept) <= len(acknowledged) + 1
    assert progress["answered"] == len(kept)
