"""`inkdigits lab` as a process of its own, and its page in a browser."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from pages import LAPTOP
from waiting import PATIENCE_S


@contextmanager
def lab(folder: Path, port: int) -> Iterator[str]:
    """`inkdigits lab` on this port; gives the address that it prints."""
    command = [
        sys.executable,
        "-m",
        "inkdigits",
        "lab",
        "--runs",
        str(folder),
        "--no-open",
        "--port",
        str(port),
    ]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    try:
        said = next(line for line in process.stdout if "http://" in line)
        found = re.search(r"http://\S+", said)
        assert found is not None
        yield found[0]
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)
        process.stdout.close()


def opened(browser: Browser, address: str) -> Page:
    page = browser.new_context(viewport=LAPTOP).new_page()
    page.set_default_timeout(1000 * PATIENCE_S)
    page.on("pageerror", lambda error: pytest.fail(f"the page raised {error}"))
    page.goto(address)
    page.wait_for_selector("html[data-ready=true]")
    return page
