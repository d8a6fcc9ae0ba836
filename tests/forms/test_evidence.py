"""Evidence of a field: kept as JSON without loss, and worth something only where it fits."""

import json
from datetime import date, time
from decimal import Decimal

import pytest

from inkdigits.forms.evidence import Evidence, as_in_line, fits, fitting, value_in
from inkdigits.forms.template import Field
from inkdigits.forms.texts import Text
from inkdigits.forms.values import FieldValue
from made_forms import template


def field(**content: object) -> Field:
    form = template([{"name": "x", "box": [40, 40, 104, 49], **content}])
    return form.fields["x"]


def test_evidence_is_the_same_after_json() -> None:
    seen = Evidence(
        (Text("12", -0.5), Text("72", -1.25)), "12", 0.75, False, "why", (1, 2, 3, 4), "AA="
    )  # fmt: skip
    assert Evidence.from_dict(json.loads(json.dumps(seen.to_dict()))) == seen


@pytest.mark.parametrize(
    ("content", "text", "value"),
    [
        ({"type": "digits", "digits": 4}, "0471", "0471"),
        ({"type": "number"}, "12.50", Decimal("12.50")),
        ({"type": "number"}, "12/25", None),
        ({"type": "date", "order": "dmy"}, "3/4/2026", date(2026, 4, 3)),
        ({"type": "date", "order": "mdy"}, "3/4/2026", date(2026, 3, 4)),
        ({"type": "time"}, "10:30", time(10, 30)),
        ({"type": "time"}, "1030", None),
        ({"type": "image"}, "1", None),
        ({"type": "digits", "digits": 4}, "", None),
    ],
)
def test_a_text_has_the_value_of_its_field(
    content: dict[str, object], text: str, value: FieldValue
) -> None:
    assert value_in(field(**content), text) == value


def test_only_texts_within_the_range_fit() -> None:
    points = field(type="number", range=[0, 20])
    texts = [Text(str(number), 0.0) for number in (-1, 0, 20, 21)]
    assert [text.text for text in fitting(points, texts)] == ["0", "20"]
    assert not fits(points, "seven")


@pytest.mark.parametrize(
    ("content", "digits", "line"),
    [
        ({"type": "date", "order": "dmy", "comb": True}, "05032026", "05/03/2026"),
        ({"type": "date", "order": "ymd", "comb": True}, "20260305", "2026-03-05"),
        (
            {"type": "date", "order": "dmy", "comb": True, "year_digits": 2},
            "050326",
            "05/03/26",
        ),
        ({"type": "time", "comb": True}, "1030", "10:30"),
        ({"type": "number", "digits": 4, "decimals": 2}, "1250", "12.50"),
        ({"type": "number", "digits": 4, "decimals": 2, "decimal": ","}, "50", "0,50"),
        ({"type": "number", "digits": 3}, "047", "047"),
    ],
)
def test_digits_of_a_comb_are_written_as_in_a_line(
    content: dict[str, object], digits: str, line: str
) -> None:
    assert as_in_line(field(**content), digits) == line
