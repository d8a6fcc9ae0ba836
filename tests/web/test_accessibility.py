"""axe-core finds nothing to mend, whatever state the page is in."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

import setup_tools
from inkdigits.synthesis import drawn
from pages import PHONE, answer, draw, opened, service, until

pytestmark = pytest.mark.slow

FINDINGS = """axe.run().then(({ violations }) => violations.map(({ id, help, nodes }) =>
  [id, help, nodes.map((node) => node.target.join(" "))]))"""


@pytest.fixture(scope="session")
def axe() -> str:
    script = setup_tools.axe()
    if script is None:
        pytest.skip("axe-core is not here, and `make test` could not get it")
    return script.read_text(encoding="utf-8")


def findings(page: Page, axe: str) -> list[Any]:
    page.evaluate(axe)
    found: list[Any] = page.evaluate(FINDINGS)
    return found


def several_pages() -> dict[str, Any]:
    out = io.BytesIO()
    first, second = drawn.draw_numbers(["123", "45"]), drawn.draw_numbers(["4567"])
    first.save(out, "TIFF", save_all=True, append_images=[second])
    return {"name": "scan.tif", "mimeType": "image/tiff", "buffer": out.getvalue()}


def drawn_digit(page: Page) -> None:
    draw(page, "7")
    answer(page)


def drawn_number(page: Page) -> None:
    draw(page, "305")
    answer(page)


def refused_letter(page: Page) -> None:
    draw(page, "W")
    answer(page)


def example(page: Page) -> None:
    page.click("#example")
    answer(page)


def document(page: Page) -> None:
    page.set_input_files("#file", several_pages())  # type: ignore[arg-type]
    answer(page)


def no_picture(page: Page) -> None:
    page.set_input_files(
        "#file", {"name": "notes.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    answer(page)


def camera(page: Page) -> None:
    page.click("#camera")
    page.wait_for_selector("#shoot:visible")


def shortcuts(page: Page) -> None:
    page.evaluate("document.getElementById('help').showModal()")


def empty(_page: Page) -> None:
    """As it is opened."""


STATES: tuple[Callable[[Page], None], ...] = (
    empty, drawn_digit, drawn_number, refused_letter, example, document, no_picture, camera, shortcuts,
)  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_found_in_any_state(
    browser: Browser, service_url: str, axe: str, scheme: str
) -> None:
    page = opened(browser, service_url, color_scheme=scheme, permissions=["camera"])
    found = {}
    for state in STATES:
        page.goto(service_url)
        page.wait_for_selector("html[data-ready=true]")
        state(page)
        found[state.__name__] = findings(page, axe)
    page.context.close()
    assert {name: what for name, what in found.items() if what} == {}


def test_nothing_is_found_on_a_phone_and_without_a_service(
    browser: Browser, static_url: str, axe: str
) -> None:
    page = opened(browser, static_url, viewport=PHONE, has_touch=True)
    assert findings(page, axe) == []
    drawn_number(page)
    assert findings(page, axe) == []
    page.context.close()


def test_nothing_is_found_where_a_key_is_asked_for(
    browser: Browser, axe: str, tmp_path: Path
) -> None:
    with service(tmp_path, "--api-key", "secret") as url:
        page = browser.new_page()
        page.goto(url)
        page.wait_for_selector("#key-dialog[open]")
        assert findings(page, axe) == []
        page.context.close()


def test_a_phone_on_its_side_has_the_answer_in_view(
    browser: Browser, static_url: str
) -> None:
    page = opened(
        browser, static_url, viewport={"width": 844, "height": 390}, has_touch=True
    )
    for state in (drawn_number, example):
        if state is example:
            page.keyboard.press("Escape")
            until(page, "document.querySelector('#answer.idle') !== null")
        state(page)
        for part in ("#sheet", "#said", "#sure"):
            box = page.locator(part).bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= 390, part
    assert page.evaluate("document.documentElement.scrollWidth") <= 844
    page.context.close()
