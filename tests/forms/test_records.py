"""Pages become records: which belong together, and what is said of those that are too many or too few."""

import base64
import json
import math
import zlib

from inkdigits.forms.evidence import Evidence
from inkdigits.forms.pages import SeenPage
from inkdigits.forms.records import Source, records_of
from inkdigits.forms.template import FormTemplate
from inkdigits.forms.texts import Text
from made_forms import comb

PAGES = [{"fields": [comb("a", 2, 40, 60)]}, {"fields": [comb("b", 2, 40, 60)]}]
FORM = FormTemplate.from_json(
    json.dumps({"inkdigits_form": 1, "name": "long", "pages": PAGES})
)
NO_INK = base64.b64encode(zlib.compress(bytes(10))).decode()


def page(number: int, text: str, identity: str = "") -> SeenPage:
    evidence = Evidence((Text(text, math.log(0.999)),), text, 0.999)
    return SeenPage(
        "long", number, identity, ink=NO_INK, fields={"ab"[number - 1]: evidence}
    )


def read(*pages: SeenPage) -> list[tuple[dict[str, str], str]]:
    records = records_of(
        [FORM], [(Source(f"{place}.png"), each) for place, each in enumerate(pages)]
    )
    return [
        ({name: each.text for name, each in record.fields.items()}, record.reason)
        for record in records
    ]


def test_pages_without_an_id_belong_together_as_they_follow_each_other() -> None:
    found = read(page(1, "11"), page(2, "12"), page(1, "21"), page(2, "22"))
    assert found == [({"a": "11", "b": "12"}, ""), ({"a": "21", "b": "22"}, "")]


def test_pages_with_an_id_belong_together_wherever_they_are() -> None:
    found = read(
        page(2, "12", "x"), page(1, "21", "y"), page(1, "11", "x"), page(2, "22", "y")
    )
    assert found == [({"a": "11", "b": "12"}, ""), ({"a": "21", "b": "22"}, "")]


def test_a_page_that_is_missing_is_named() -> None:
    found = read(page(1, "11"), page(1, "21"), page(2, "22"))
    assert found == [({"a": "11"}, "page 2 is missing"), ({"a": "21", "b": "22"}, "")]


def test_an_id_that_is_there_twice_is_for_a_person_to_settle() -> None:
    both = (
        page(1, "11", "x"),
        page(2, "12", "x"),
        page(1, "21", "x"),
        page(2, "22", "x"),
    )
    assert [reason for _, reason in read(*both)] == ["2 records have the id x"] * 2


def test_a_page_that_is_none_is_a_record_with_its_reason() -> None:
    found = read(page(1, "11"), SeenPage(reason="the page is empty"), page(2, "12"))
    assert found == [({"a": "11", "b": "12"}, ""), ({}, "the page is empty")]


def test_pages_are_the_same_after_they_were_kept() -> None:
    seen = page(1, "11", "x")
    assert (
        SeenPage.from_dict(json.loads(json.dumps(seen.to_dict()))).to_dict()
        == seen.to_dict()
    )
