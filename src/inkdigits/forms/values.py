"""The value of a field's text."""

from datetime import date, time
from decimal import Decimal

# Digits are text, because an identifier may begin with zeros. Several ticks are a
# tuple.
FieldValue = int | Decimal | date | time | str | tuple[str, ...] | None


def plain(value: FieldValue) -> int | str | list[str] | None:
    """The value as JSON and text cells store it.

    Decimals, dates and times are strings, so that nothing is rounded.
    """
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return value
