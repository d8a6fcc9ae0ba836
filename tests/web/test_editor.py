"""The editor of a template in a real browser: fields drawn, moved, named, typed and tried."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page

import pages
from inkdigits.forms.template import FormTemplate
from made_forms import saved, sheet_of
from pages import PHONE, free_port, opened, running, shot, until
from waiting import PATIENCE_S

pytestmark = pytest.mark.slow

TEXT = """{
  "inkdigits_form": 1,
  "name": "exam",
  "pages": [
    {
      "size": [210, 297],
      "fields": [
        {"name": "student", "type": "digits", "digits": 4,   "box": [40, 40, 72, 49]},
        {"name": "points_1", "type": "number", "digits": 2, "box": [40, 70, 56, 79]},
        {"name": "points_2", "type": "number", "digits": 2, "box": [40, 85, 56, 94]},
        {"name": "total", "type": "number", "digits": 3, "box": [40, 120, 64, 129]}
      ]
    }
  ],
  "rules": ["total = sum(points_1, points_2)"]
}
"""


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """An editor at work, and its template; it reads the file anew for each request."""
    template, port = tmp_path_factory.mktemp("editor") / "exam.form.json", free_port()
    template.write_text(TEXT)
    command = [
        sys.executable,
        "-m",
        "inkdigits",
        "form",
        "new",
        "unused.png",
        "--output",
        str(template),
        "--edit",
    ]
    environment = {
        **os.environ,
        "INKDIGITS_DATABASE_URL": f"sqlite:///{template.parent}/x.db",
    }
    with running([*command, "--port", str(port)], port, environment) as url:
        yield url, template


@pytest.fixture
def template(editor: tuple[str, Path]) -> Path:
    editor[1].write_text(TEXT)
    return editor[1]


@pytest.fixture
def url(editor: tuple[str, Path]) -> str:
    return editor[0]


def save(page: Page) -> None:
    page.keyboard.press("Control+s")
    until(
        page,
        "document.documentElement.dataset.changed === 'false' || !document.querySelector('#problem').hidden",
    )


def changed_lines(path: Path) -> list[str]:
    """The lines that are no longer what they were, and those that are new."""
    old = TEXT.splitlines()
    return [
        line.strip().rstrip(",")
        for line in path.read_text().splitlines()
        if line not in old
    ]


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """A place of the form in millimetres, on the screen."""
    frame = page.locator("#sheet svg").bounding_box()
    assert frame is not None
    return frame["x"] + x * frame["width"] / 210, frame["y"] + y * frame["height"] / 297


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *start))
    page.mouse.down()
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    page.mouse.move(*at(page, *middle))
    page.mouse.move(*at(page, *end))
    page.mouse.up()


def test_a_field_is_drawn_moved_named_and_typed_with_the_mouse(
    browser: Browser,
    url: str,
    template: Path,
) -> None:
    page = opened(browser, f"{url}editor/", viewport={"width": 1400, "height": 1900})
    drag(page, (120, 60), (184, 69))
    assert page.locator("#field-name").input_value() == "field_1"
    page.fill("#field-name", "day")
    page.keyboard.press("Tab")
    page.select_option("#field-type", "date")
    until(page, "document.querySelector('#field-order') !== null")
    drag(page, (150, 64), (150, 84))
    drag(
        page, (64, 129), (72, 131)
    )  # the corner of a field that is not chosen: it moves
    page.keyboard.press("Control+z")
    save(page)
    assert page.locator("#problem").is_hidden()
    shot(page, "editor-large-light")
    (line,) = changed_lines(template)[1:]
    made = json.loads(line)
    assert (made["name"], made["type"]) == ("day", "date")
    assert made["box"] == pytest.approx([120, 80, 184, 89], abs=1.1)
    # The last line before it has a comma now, and is the same otherwise.
    assert changed_lines(template)[0] == TEXT.splitlines()[10].strip()
    FormTemplate.load(template)


def test_fields_are_moved_named_and_removed_by_keys(
    browser: Browser,
    url: str,
    template: Path,
) -> None:
    page = opened(browser, f"{url}editor/")
    page.locator("g[data-index='1']").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowDown", "Enter"):
        page.keyboard.press(key)
    page.keyboard.type("task_1")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    save(page)
    moved = '{"name": "task_1", "type": "number", "digits": 2, "box": [42, 71, 58, 81]}'
    assert changed_lines(template) == [
        moved,
        '"rules": ["total = sum(task_1, points_2)"]',
    ]
    for key in ("Tab", "Delete", "n"):
        page.keyboard.press(key)
    save(page)
    # A rule still names the field that was removed: nothing is written.
    assert "there is no field points_2" in page.locator("#problem").inner_text()
    assert changed_lines(template)[0] == moved
    for key in ("Control+z", "Control+z", "Control+y", "Control+y"):
        page.keyboard.press(key)
    page.locator("#rules").evaluate(
        "(rules) => { rules.closest('details').open = true; }"
    )
    page.fill("#rules", "")
    page.locator("#rules").blur()
    save(page)
    assert page.locator("#problem").is_hidden()
    assert [field.name for field in FormTemplate.load(template).fields.values()] == [
        "student",
        "task_1",
        "total",
        "field_1",
    ]


def test_a_filled_example_is_read_into_the_fields(
    browser: Browser,
    url: str,
    template: Path,
    tmp_path: Path,
) -> None:
    form = FormTemplate.load(template)
    texts = {"student": "0471", "points_1": "12", "points_2": " 7", "total": " 19"}
    example = saved(sheet_of(form, texts), tmp_path / "filled.png")
    page = opened(browser, f"{url}editor/")
    page.set_input_files("#example", example)
    page.wait_for_selector("text.read")
    assert page.locator("text.read").all_text_contents() == [
        text.strip() for text in texts.values()
    ]
    for name, size in (("laptop", pages.LAPTOP), ("phone", PHONE)):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size(size)
            assert (
                page.evaluate("document.documentElement.scrollWidth") <= size["width"]
            )
            shot(page, f"editor-tried-{name}-{scheme}")
    page.set_input_files(
        "#example",
        saved(sheet_of(form, {})[:300] * 0 + 255, tmp_path / "none.png"),
    )
    until(
        page,
        "document.querySelector('#problem').textContent.includes('not a page of this form')",
    )


def post(url: str, content: Any, **more: Any) -> httpx2.Response:
    with httpx2.Client(base_url=url, trust_env=False, timeout=PATIENCE_S) as asking:
        return asking.post("/v1/template", json=content, **more)


def test_what_is_no_template_is_not_written(url: str, template: Path) -> None:
    with httpx2.Client(base_url=url, trust_env=False, timeout=PATIENCE_S) as asking:
        digest = asking.get("/v1/template").json()["digest"]
    student = {
        "name": "student",
        "type": "digits",
        "digits": 4,
        "box": [40, 40, 72, 49],
    }
    for content, status, said in (
        ([], 422, "not a JSON object"),
        ({"digest": digest, "pages": []}, 422, "the form has 1 pages"),
        (
            {"digest": digest, "pages": [[{"was": 0}]]},
            422,
            "not an object with content",
        ),
        (
            {
                "digest": digest,
                "pages": [[{"was": 0, "content": {**student, "type": "letters"}}]],
            },
            422,
            "fields[0]",
        ),
        (
            {
                "digest": digest,
                "pages": [[{"content": {**student, "box": [40, 40, 300, 49]}}]],
            },
            422,
            "beyond the page",
        ),
        (
            {"digest": "0" * 64, "pages": [[{"content": student}]]},
            409,
            "changed by another program",
        ),
    ):
        answer = post(url, content)
        assert (answer.status_code, said in answer.json()["detail"]) == (
            status,
            True,
        ), answer.text
    fine = {
        "digest": digest,
        "rules": [],
        "pages": [[{"was": None, "content": student}]],
    }
    assert (
        post(url, fine, headers={"origin": "https://evil.example"}).status_code == 403
    )
    assert template.read_text() == TEXT
    assert post(url, fine).status_code == 200
    assert list(FormTemplate.load(template).fields) == ["student"]
