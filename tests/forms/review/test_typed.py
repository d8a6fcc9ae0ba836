"""Typed texts are put into the field's form, doubted or refused."""

import pytest

from inkdigits.errors import SettingError
from inkdigits.forms.evidence import Evidence
from inkdigits.forms.review.typed import as_written, warning
from inkdigits.forms.template import FormTemplate
from made_forms import template
from made_piles import seen_as


def one_field(**content: object) -> FormTemplate:
    return template([{"name": "x", "box": [40, 40, 104, 49], **content}])


@pytest.mark.parametrize(
    ("content", "typed", "text", "said"),
    [
        ({"type": "digits", "digits": 4}, " 0471 ", "0471", ""),
        (
            {"type": "digits", "digits": 4},
            "471",
            "471",
            "it has 3 digits, but the field has 4 boxes",
        ),
        (
            {"type": "digits", "digits": 4, "check": "luhn"},
            "1234",
            "1234",
            "its check digit (luhn) is wrong",
        ),
        (
            {"type": "digits", "digits": 4, "pattern": r"0\d{3}"},
            "1471",
            "1471",
            r"it does not match the pattern 0\d{3}",
        ),
        (
            {"type": "number", "digits": 2, "range": [0, 20]},
            "21",
            "21",
            "it is outside the field's range",
        ),
        ({"type": "date"}, "17062026", "17/06/2026", ""),
        ({"type": "date", "order": "ymd"}, "20260617", "2026-06-17", ""),
        ({"type": "time"}, "0930", "09:30", ""),
        ({"type": "number"}, "", "", "it is blank, but there is ink in the field"),
        (
            {"type": "number", "required": True},
            "",
            "",
            "this field must be filled in",
        ),
    ],
)
def test_what_is_typed_is_put_in_form_and_doubted(
    content: dict[str, object],
    typed: str,
    text: str,
    said: str,
) -> None:
    field = one_field(**content).fields["x"]
    assert as_written(field, typed) == text
    assert warning(field, text, seen_as(("1", 0.5))) == said
    if text:
        return
    is_required = bool(content.get("required"))
    assert bool(warning(field, "", Evidence(blank=True))) == is_required


@pytest.mark.parametrize(
    ("content", "typed", "said"),
    [
        ({"type": "digits", "digits": 4}, "04l1", "not all digits"),
        ({"type": "digits", "digits": 4}, "٣٤", "not all digits"),
        ({"type": "number"}, "x", "not a number"),
        ({"type": "date"}, "99999999", "not a date"),
        ({"type": "number"}, "1" * 201, "too many for a field"),
    ],
)
def test_what_cannot_stand_in_a_field_is_refused(
    content: dict[str, object],
    typed: str,
    said: str,
) -> None:
    with pytest.raises(SettingError, match=said):
        as_written(one_field(**content).fields["x"], typed)
