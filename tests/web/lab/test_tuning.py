"""Mistakes and a drawing become a training set; fine-tuning on it, in a real browser with a real mouse."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from inkdigits.data import load
from inkdigits.training import Settings, train
from lab_server import lab, opened
from pages import PHONE, draw, free_port, shot, until
from waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("closed_contexts")]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small run that is often wrong."""
    folder = tmp_path_factory.mktemp("tuning")
    settings = Settings(
        data="digits8x8", filters=(4,), dense=8, epochs=3, batch_size=16
    )
    train(settings, output=folder / "small")
    return folder


def middle(page: Page, selector: str, at: int = 0) -> tuple[float, float]:
    """The middle of an element, for the mouse."""
    element = page.locator(selector).nth(at)
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def inside(browser: Browser, address: str) -> Page:
    """The page on the run, with its mistakes."""
    page = opened(browser, address.replace("/#", "/inside.html?run=small#"))
    until(page, "document.documentElement.dataset.examples === 'true'")
    return page


def choose_digits(page: Page) -> None:
    """Two mistakes and a drawing; others are added and taken out again."""
    assert page.locator("#tune [name=start]").is_disabled()
    for at in (0, 1, 2):
        page.mouse.click(*middle(page, "#mistakes li > button:first-child", at))
    pressed = page.locator("#mistakes button[aria-pressed=true]")
    assert pressed.count() == 3
    draw(page, "7", high=0.7)
    until(page, "document.documentElement.dataset.settled === 'true'")
    page.locator("#own select").select_option("7")
    page.mouse.click(*middle(page, "#own button"))
    assert "Added as a 7: 4 in" in page.locator("#added").inner_text()
    page.mouse.click(*middle(page, "#mistakes li > button:first-child", 0))
    # The set's own digits are taken out by the keyboard too.
    page.locator("#tune .set button").nth(0).focus()
    page.keyboard.press("Enter")
    assert pressed.count() == 1
    page.mouse.click(*middle(page, "#mistakes li > button:first-child", 4))
    page.reload()  # the set is still there
    page.wait_for_selector("html[data-ready=true]")
    until(page, "document.documentElement.dataset.examples === 'true'")
    assert page.locator("#tune .set li").count() == 3
    assert pressed.count() == 2


def check_shown(page: Page, changes: dict[str, Any]) -> None:
    """What the page says is what the run's file holds."""
    cells = page.locator(".before-after td").all_inner_texts()
    assert cells == [
        f"{changes['given_before']} of 3",
        f"{changes['given_after']} of 3",
        f"{100 * changes['before']:.2f} %",
        f"{100 * changes['after']:.2f} %",
    ]
    titles = page.locator(".result h3").all_inner_texts()
    for name, words in (("mended", "Fixed: "), ("forgotten", "Forgotten: ")):
        (title,) = [title for title in titles if title.startswith(words)]
        assert f": {changes[f'{name}_n']}" in title
    shown = page.locator(".result .gallery li").count()
    kinds = ("given", "mended", "forgotten")
    assert shown == sum(len(changes[kind]) for kind in kinds)
    command, keras = page.locator(".result pre").all_text_contents()
    assert "--from" in command
    assert command.endswith("--replay 0.65 --learning-rate 0.003")
    assert "train_on_batch" in keras


def check_learned(run: Path, changes: dict[str, Any]) -> None:
    """It learned the two mistakes with their right digits, and the drawing as a 7."""
    given = load(run / "digits.npz")
    test = load("digits8x8", split="test")
    labels = {
        picture.tobytes(): int(label)
        for picture, label in zip(test.images, test.labels, strict=True)
    }
    learned = {
        picture.tobytes(): int(label)
        for picture, label in zip(given.images, given.labels, strict=True)
    }
    assert len(learned) == 3
    assert [labels.get(picture, 7) for picture in learned] == list(learned.values())
    assert sum(picture in labels for picture in learned) == 2
    assert {base64.b64decode(one["picture"]) for one in changes["given"]} == set(
        learned
    )


def test_digits_are_chosen_learned_and_what_came_of_it_is_shown(
    browser: Browser, runs: Path
) -> None:
    run = runs / "small"
    before = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
    tuned = runs / "small-finetuned-1"
    with lab(runs, free_port()) as address:
        page = inside(browser, address)
        choose_digits(page)
        shot(page, "lab-tuning-set")
        page.locator("#tune [name=learning_rate]").fill("0.003")
        page.mouse.click(*middle(page, "#tune [name=start]"))
        page.wait_for_selector("#tune [name=stop]:not([hidden])")
        page.reload()  # it goes on
        until(page, "document.querySelector('#tune')?.dataset.shown")
        said = page.locator("#tune [role=status]").inner_text()
        assert said == "small-finetuned-1 is a new run. small is unchanged."
        changes = json.loads((tuned / "changes.json").read_text())
        check_shown(page, changes)
        shot(page, "lab-tuned")
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size(PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        shot(page, "lab-tuned-phone-dark")
        page.locator(".result a", has_text="Compare").click()
        page.wait_for_selector('[data-run="small-finetuned-1"] .gallery')
        assert page.locator(".run").count() == 2
        # One that is stopped leaves nothing.
        page.goto(address.replace("/#", "/inside.html?run=small#"))
        page.wait_for_selector("#tune .set li")
        page.click("#tune [name=start]")
        page.click("#tune [name=stop]")
        until(
            page,
            "/stopped/.test(document.querySelector('#tune [role=status]').textContent)",
        )
        wait_until(
            lambda: not list(runs.glob(".small*")), "nothing half-written is left"
        )
        assert not (runs / "small-finetuned-2").exists()
    after = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
    assert after == before
    check_learned(tuned, changes)
