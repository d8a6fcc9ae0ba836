"""What the tests of the page need: a browser, the page with and without a service, and a hand that draws."""

import itertools
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

import setup_tools
from inkdigits.errors import DownloadError
from inkdigits.synthesis.drawn import stroke_points
from inkdigits.web.folder import write_folder
from waiting import PATIENCE_S, wait_until

SHOTS = Path(__file__).parent.parent / "out" / "page"
PHONE: ViewportSize = {"width": 390, "height": 844}
LAPTOP: ViewportSize = {"width": 1280, "height": 800}
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium that is here; the test skips where there is none."""
    path = setup_tools.chromium()
    if path is None:
        pytest.skip("no Chromium is installed, and `make test` could not get one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()


@contextmanager
def running(
    command: Sequence[str],
    port: int,
    environment: dict[str, str],
    how: signal.Signals = signal.SIGTERM,
) -> Iterator[str]:
    """A server in a process of its own, as soon as it answers; ended by this signal."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )
    url = f"http://127.0.0.1:{port}/"
    try:
        wait_until(
            lambda: _answers(port) or process.poll() is not None,
            f"{command[0]} answers at {url}",
        )
        assert process.poll() is None, f"{' '.join(command)} ended"
        yield url
    finally:
        process.send_signal(how)
        process.wait(timeout=PATIENCE_S)


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE_S).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def service(folder: Path, *options: str) -> Iterator[str]:
    """`inkdigits serve` on loopback, with whatever it keeps in the folder."""
    port = free_port()
    environment = {
        **os.environ,
        "INKDIGITS_DATABASE_URL": f"sqlite:///{folder}/inkdigits.db",
    }
    command = [
        sys.executable,
        "-m",
        "inkdigits",
        "serve",
        "--port",
        str(port),
        *options,
    ]
    with running(command, port, environment) as url:
        yield url


@contextmanager
def static_host(folder: Path) -> Iterator[str]:
    """The exported folder on Python's plain file server."""
    try:
        write_folder(None, folder)
    except DownloadError as error:
        pytest.skip(f"no engine for the browser: {error}")
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "http.server",
        str(port),
        "--bind",
        "127.0.0.1",
        "--directory",
        str(folder),
    ]
    with running(command, port, dict(os.environ)) as url:
        yield url


def opened(browser: Browser, url: str, init: str = "", **context: Any) -> Page:
    """The page, ready to read, after a script to begin with; whatever goes wrong in it fails the test."""
    page = browser.new_context(
        **{
            "viewport": LAPTOP,
            "permissions": ["clipboard-read", "clipboard-write"],
            **context,
        }
    ).new_page()
    page.set_default_timeout(1000 * PATIENCE_S)
    page.add_init_script(init)
    page.on("pageerror", lambda error: pytest.fail(f"the page raised {error}"))
    page.goto(url)
    page.wait_for_selector("html[data-ready=true]")
    return page


def draw(page: Page, text: str, high: float = 0.55, pace_ms: float = 0) -> None:
    """Each sign of the text by real mouse events; with a pace, one so often, the last one of a stroke lifts the pen."""
    frame = page.locator("#pad").bounding_box()
    assert frame is not None
    size = min(frame["height"] * high, frame["width"] / len(text))
    left, top = (
        frame["x"] + (frame["width"] - 0.8 * size * len(text)) / 2,
        frame["y"] + (frame["height"] - size) / 2,
    )
    for place, sign in enumerate(text):
        for stroke in stroke_points(sign):
            points = [
                (left + size * (0.8 * place + 0.72 * x), top + size * y)
                for x, y in stroke
            ]
            page.mouse.move(*points[0])
            page.mouse.down()
            for (last_x, last_y), (x, y) in itertools.pairwise(points):
                for step in (0.5, 1):
                    _wait(page, pace_ms)
                    page.mouse.move(
                        last_x + step * (x - last_x), last_y + step * (y - last_y)
                    )
            _wait(page, pace_ms)
            page.mouse.up()


def _wait(page: Page, milliseconds: float) -> None:
    if milliseconds:
        page.wait_for_timeout(milliseconds)


def answer(page: Page) -> str:
    """What the page says once the pen rests."""
    page.wait_for_selector("#answer[data-settled=true]")
    return page.locator("#said").inner_text()


def shot(page: Page, name: str) -> None:
    """A screenshot among the artefacts, after the slow parts have come."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(400)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def until(page: Page, expression: str, seconds: float = PATIENCE_S) -> None:
    """Wait for an expression to be true; asked from outside, for the page's own policy lets nothing in it evaluate text."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"still not so: {expression}"
        page.wait_for_timeout(30)


def turn_to_4567(page: Page) -> None:
    """Go to a document's second page, which is shown as it is, with a box around each mark of 4567."""
    page.click("#next")
    until(page, "document.getElementById('said').textContent === '4567'")
    until(
        page,
        "document.querySelector('#picture image')?.getAttribute('href')?.startsWith('blob:')",
    )
    assert page.locator("#picture .on-blank").count() == 0
    assert page.locator("#picture .tag").count() == 4
    page.locator("#picture .mark").first.click()
    until(page, "document.getElementById('why-note').textContent.endsWith('a 4')")
