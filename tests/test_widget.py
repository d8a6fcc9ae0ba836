"""The pad: what it says of a drawing, and that it can be written on in JupyterLab."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page

from inkdigits.reading.results import Reading
from inkdigits.synthesis import drawn
from pages import chromium, free_port, until
from waiting import PATIENCE_S, wait_until

pytest.importorskip("anywidget")

NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code", "execution_count": None, "id": "pad", "metadata": {}, "outputs": [],
            "source": "from inkdigits.widget import Pad\npad = Pad()\npad",
        }
    ],
    "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}  # fmt: skip


def test_a_drawing_is_read_when_it_comes() -> None:
    from inkdigits.widget import Pad

    pad = Pad()
    pad.picture = drawn.as_file(drawn.draw_digit(7), "PNG")
    assert pad.text == "7"
    assert pad.prediction is not None
    assert (pad.prediction.digit, "sure" in pad.said) == (7, True)
    # As it comes from a browser.
    pad.set_state(
        {"picture": memoryview(drawn.as_file(drawn.draw_numbers(["90210"]), "PNG"))}
    )
    assert pad.text == "90210"
    assert isinstance(pad.reading, Reading)
    pad.picture = b"no picture"
    assert (pad.text, "is not a picture" in pad.said) == ("", True)
    pad.picture = b""
    assert pad.text == pad.said == ""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """JupyterLab with a notebook that shows a pad."""
    if find_spec("jupyterlab") is None or find_spec("ipykernel") is None:
        pytest.skip("JupyterLab is not installed")
    (tmp_path / "pad.ipynb").write_text(json.dumps(NOTEBOOK))
    port = free_port()
    homes = {
        name: str(tmp_path / name.lower())
        for name in (
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "IPYTHONDIR",
        )
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
        *(
            "--IdentityProvider.token=",
            f"--ServerApp.root_dir={tmp_path}",
            "--LabApp.news_url=",
        ),
    ]
    log = tmp_path / "lab.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, env={**os.environ, **homes}, cwd=tmp_path
        )
    try:
        wait_until(
            lambda: "is running at" in log.read_text() or process.poll() is not None,
            "JupyterLab runs",
        )
        assert process.poll() is None, log.read_text()[-2000:]
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def write(page: Page, sign: str, left: float, top: float, size: float = 140) -> None:
    """By real mouse events."""
    for stroke in drawn.stroke_points(sign):
        (x, y), *others = [(left + 0.72 * size * x, top + size * y) for x, y in stroke]
        page.mouse.move(x, y)
        page.mouse.down()
        for other in others:
            page.mouse.move(*other)
        page.mouse.up()


def run_first_cell(page: Page) -> None:
    """Again and again: JupyterLab drops what is asked of a kernel that it is not yet connected to."""
    end = time.monotonic() + PATIENCE_S
    while not page.locator(".inkdigits-pad canvas").count():
        assert time.monotonic() < end, "the pad is not shown"
        close_dialogs(page)
        if page.locator(".jp-InputPrompt", has_text="[*]").count() == 0:
            with suppress(Error):
                cell = page.locator(".jp-Notebook .jp-CodeCell .cm-content").first
                cell.click(timeout=5000)
                page.keyboard.press("Control+Enter")
        page.wait_for_timeout(3000)


def close_dialogs(page: Page) -> None:
    """On a busy machine JupyterLab asks things: that it lost its server for a while, or which kernel to use."""
    dialog = page.locator(".jp-Dialog")
    while dialog.count():
        print("JupyterLab asks:", dialog.first.inner_text())
        dialog.first.locator(".jp-mod-accept").click()
        dialog.first.wait_for(state="detached")


@pytest.mark.slow
def test_one_writes_on_it_in_jupyterlab(lab: str) -> None:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(1000 * PATIENCE_S)
        page.goto(f"{lab}/lab/tree/pad.ipynb")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell")
        run_first_cell(page)
        frame = page.locator(".inkdigits-pad canvas").bounding_box()
        assert frame is not None
        write(page, "7", frame["x"] + 180, frame["y"] + 50)
        until(page, "document.querySelector('.inkdigits-text').textContent === '7'")
        shown = Path(__file__).parent.parent / "out" / "page"
        shown.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=shown / "jupyterlab.png")
        page.click(".inkdigits-pad button")
        until(page, "document.querySelector('.inkdigits-text').textContent === ''")
