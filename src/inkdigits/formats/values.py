"""A line's value as text formats store it.

Decimals, dates and times are strings, so that nothing is rounded.
"""

from datetime import date, time
from decimal import Decimal

from inkdigits.reading.numbers.values import Value


def plain_value(value: Value) -> int | str | None:
    """`12`, `"12.50"`, `"1996-12-25"`, `"10:30:00"`, or None without a single value."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | time):
        return value.isoformat()
    return value
