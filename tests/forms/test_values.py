"""Values as JSON and spreadsheets hold them."""

from datetime import date, time
from decimal import Decimal

import pytest

from inkdigits.forms.values import FieldValue, plain


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("12.50"), "12.50"),
        (Decimal("1E+2"), "100"),
        (date(1996, 12, 25), "1996-12-25"),
        (time(10, 30), "10:30:00"),
        (("yes", "no"), ["yes", "no"]),
        ("007", "007"),
        (7, 7),
        (None, None),
    ],
)
def test_nothing_is_rounded_and_no_nought_lost(
    value: FieldValue, expected: object
) -> None:
    assert plain(value) == expected
