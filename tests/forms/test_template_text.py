"""A template that is edited stays what somebody wrote, but for what was edited."""

import json
from typing import Any

import pytest

from inkdigits.forms.template import PRESETS, preset_file
from inkdigits.forms.template_text import EditedField, edited

BY_HAND = """{"inkdigits_form": 1,
  "title" : "Caf\\u00e9 {[,]} \\"exam\\"",  "name":"exam",
\t"pages":[ {"fields":
  [ {"name": "a","type":"digits" , "digits":4,"box":[ 40,40, 72.0, 49 ]}  ,
    {"type": "number", "name": "b", "digits": 2, "box": [40, 70, 56, 79]} ]  , "size":[210,297]},
  {"fields": []} ]
}
"""


def fields_of(text: str) -> list[list[EditedField]]:
    pages = [page["fields"] for page in json.loads(text)["pages"]]
    return [
        [EditedField(place, field) for place, field in enumerate(page)]
        for page in pages
    ]


def texts() -> list[Any]:
    found = [pytest.param(BY_HAND, id="by hand")]
    for name in PRESETS:
        path = preset_file(name)
        assert path is not None
        found.append(pytest.param(path.read_text(), id=name))
    return found


@pytest.mark.parametrize("text", texts())
def test_nothing_edited_changes_no_byte(text: str) -> None:
    assert edited(text, fields_of(text), json.loads(text).get("rules", [])) == text


@pytest.mark.parametrize("text", texts())
def test_a_field_that_is_moved_changes_where_it_stands_alone(text: str) -> None:
    pages = fields_of(text)
    moved = {
        **pages[0][-1].content,
        "label": "moved \N{LATIN SMALL LETTER E WITH ACUTE}",
    }
    pages[0][-1] = EditedField(len(pages[0]) - 1, moved)
    new = edited(text, pages, json.loads(text).get("rules", []))
    written = json.dumps(moved, ensure_ascii=False)
    assert new.count(written) == 1
    before, after = new.split(written)
    assert text.startswith(before)
    assert text.endswith(after)


@pytest.mark.parametrize("text", texts())
def test_fields_come_go_and_change_places(text: str) -> None:
    """What is there in the end is what was asked for, and the rest of the file is untouched."""
    pages = fields_of(text)
    new_field = EditedField(
        None, {"name": "new", "type": "image", "box": [1, 2, 30, 40]}
    )
    pages[0] = (
        [new_field, *reversed(pages[0])][:-1] if len(pages[0]) > 1 else [new_field]
    )
    rules = ["new = 1"]
    content = json.loads(edited(text, pages, rules))
    expected = json.loads(text)
    expected["pages"][0]["fields"] = [dict(field.content) for field in pages[0]]
    expected["rules"] = rules
    assert content == expected
    assert list(content) == [
        *json.loads(text),
        *([] if "rules" in json.loads(text) else ["rules"]),
    ]


def test_a_page_may_lose_its_last_field_and_gain_its_first() -> None:
    pages = fields_of(BY_HAND)
    field = EditedField(None, {"name": "c", "type": "image", "box": [1, 2, 30, 40]})
    text = edited(BY_HAND, [[], [field]], [])
    assert [page["fields"] for page in json.loads(text)["pages"]] == [
        [],
        [field.content],
    ]
    again = edited(
        text,
        [[EditedField(None, pages[0][0].content)], [EditedField(0, field.content)]],
        [],
    )
    assert [len(page["fields"]) for page in json.loads(again)["pages"]] == [1, 1]


def test_a_place_that_is_not_in_the_file_is_a_new_field() -> None:
    pages = fields_of(BY_HAND)
    for was in (-1, 2, 99):
        content = {"name": "c", "type": "image", "box": [1, 2, 30, 40]}
        text = edited(BY_HAND, [[*pages[0], EditedField(was, content)], []], [])
        assert json.loads(text)["pages"][0]["fields"][-1] == content
