"""The lab in a real browser: real trainings, started and stopped by a real mouse, watched through a restart."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page

from lab_server import lab, opened
from pages import PHONE, free_port, shot, until
from waiting import PATIENCE_S, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("closed_contexts")]


def test_train_with_watch_opens_the_page_on_its_run(tmp_path: Path) -> None:
    shown = tmp_path / "shown"
    viewer = tmp_path / "viewer"
    viewer.write_text(
        f'#!/bin/sh\nprintf %s "$1" > {shown}.part && mv {shown}.part {shown}\n'
    )
    viewer.chmod(0o755)
    small = ["--data", "digits8x8", "--filters", "4", "--dense", "8", "--epochs", "1"]
    command = [
        sys.executable,
        "-m",
        "inkdigits",
        "train",
        *small,
        "--output",
        str(tmp_path / "runs" / "mine"),
    ]
    environment = {**os.environ, "BROWSER": f"{viewer} %s"}
    process = subprocess.Popen(
        [*command, "--watch"],
        stdout=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    try:
        wait_until(
            lambda: shown.exists() or process.poll() is not None, "a browser is opened"
        )
        address, token = shown.read_text().split("#token=")
        assert address.endswith("/?run=mine")
        runs, headers = address.replace("?run=mine", "api/runs"), {"x-lab-token": token}

        def states() -> list[str]:
            answer = httpx2.get(
                runs, headers=headers, timeout=PATIENCE_S, trust_env=False
            )
            return [run["state"] for run in answer.json()]

        wait_until(lambda: states() == ["finished"], "the run is finished")
        events = tmp_path / "runs" / "mine" / "events.jsonl"
        # A run is finished when its results are there; that it has ended is written after them.
        wait_until(lambda: '"ended"' in events.read_text(), "the end is written")
        kinds = [json.loads(line)["kind"] for line in events.read_text().splitlines()]
        assert kinds[0] == "began"
        assert kinds[-3:] == ["epoch", "look", "ended"]
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=PATIENCE_S) == 0
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def start(page: Page, **settings: str) -> None:
    """Fill in the form for a small run, and start it."""
    page.click("#new")
    given = {"filters": "4", "dense": "8", "batch_size": "16", **settings}
    page.locator("#settings [name=data]").select_option("digits8x8")
    for name, value in given.items():
        page.locator(f"#settings [name={name}]").fill(value)
    page.click("#start")


def status_has(page: Page, words: str, run: int = 0) -> None:
    until(
        page,
        f"document.querySelectorAll('.run .status')[{run}]?.textContent.includes({words!r})",
    )


def test_a_run_is_started_watched_stopped_resumed_and_compared(
    browser: Browser, tmp_path: Path
) -> None:
    port = free_port()
    with lab(tmp_path, port) as address:
        page = opened(browser, address)
        assert "token" not in page.url
        start(page, epochs="200")
        page.wait_for_selector(".run .look:not([hidden])")
        first = page.locator(".run h2").inner_text()
        assert page.locator(".run .twenty li").count() == 20
        total = page.locator(".run .confusion span").all_inner_texts()
        assert sum(int(text) for text in total if text) > 100
        assert "s left" in page.locator(".run .status").inner_text()
        before = int(page.locator(".run .epoch input").get_attribute("max") or 0)
    # The server has gone; the training has not. Another server: the same page goes on.
    with lab(tmp_path, port):
        until(
            page,
            f"Number(document.querySelector('.run .epoch input').max) > {before + 1}",
        )
        page.reload()
        page.wait_for_selector(".run .look:not([hidden])")
        assert page.locator(".run h2").inner_text() == first
        page.locator(".run button", has_text="Stop").click()
        status_has(page, "stopped")
        stopped_at = int(page.locator(".run .epoch input").get_attribute("max") or 0)
        page.locator(".run button", has_text="Resume").click()
        until(
            page,
            f"Number(document.querySelector('.run .epoch input').max) > {stopped_at}",
        )
        page.locator(".run button", has_text="Stop").click()
        status_has(page, "stopped")
        # A bad setting is no crash: it is shown. Both runs stand side by side.
        start(page, epochs="3", learning_rate="99", batch_size="4")
        page.locator("#settings [name=activation]").wait_for(state="hidden")
        until(page, "document.querySelectorAll('.run').length === 2")
        until(
            page,
            "/finished|not a number/.test(document.querySelectorAll('.run .status')[1].textContent)",
        )
        assert (
            page.locator(".run").nth(1).locator("pre").first.text_content() is not None
        )
        assert "--learning-rate 99" in (
            page.locator(".run").nth(1).locator("pre").first.text_content() or ""
        )
        assert "keras.Sequential" in (
            page.locator(".run").nth(1).locator("pre").nth(1).text_content() or ""
        )
        shot(page, "lab-compare")
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size(PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        shot(page, "lab-compare-phone-dark")
        name = page.locator(".run h2").nth(1).inner_text()
        page.locator(".run").nth(1).locator("a", has_text="Look inside").click()
        page.wait_for_url("**/inside.html?*")
        page.wait_for_selector("html[data-ready=true]")
        assert page.locator("#where").text_content() == f"inside {name}"
        assert page.locator(".layer").count() == 6
        page.locator("nav a", has_text="All runs").click()
        page.wait_for_selector(f'.run[data-run="{name}"]')
    wait_until(lambda: not list(tmp_path.glob("*/alive")), "no training is left")
