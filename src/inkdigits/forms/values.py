"""What a field's text is worth."""

from datetime import date, time
from decimal import Decimal

# Digits are a text, for a number that only names something may begin with zeros; several ticks are
# a tuple.
FieldValue = int | Decimal | date | time | str | tuple[str, ...] | None


def plain(value: FieldValue) -> int | str | list[str] | None:
    """As JSON and spreadsheets' text hold it: decimals, dates and times as strings,
    so that nothing is rounded.
    """
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return value
