"""The value of a number as written: int, Decimal, date or time.

None if it has none, or if two are possible.

"1,250.00" → Decimal("1250.00")    "12/25/96" → date(1996, 12, 25)    "1,250" → None, or 1250 with
decimal="."
"""

import re
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

from inkdigits.errors import SettingError

Value = int | Decimal | date | time | None

_CURRENCY = "$€"
_DATE = re.compile(r"(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_INTEGER = re.compile(r"[+-]?\d+")
_SPACED = re.compile(r"[+-]?\d{1,3}(?: \d{3})+")
_ONE_SIGN = re.compile(r"([+-]?\d*)([.,])(\d+)")
_GROUPED = re.compile(r"[+-]?\d{1,3}([.,])\d{3}(?:\1\d{3})*")
_GROUPED_DECIMAL = re.compile(r"([+-]?\d{1,3}([., ])\d{3}(?:\2\d{3})*)([.,])(\d+)")
# "12.-", "7,--": no cents, after the decimal sign. A dash alone may be a minus.
_NO_CENTS = re.compile(r"(.*)([.,])(?:--?|=)")
# A year of two digits is of this century up to here, as POSIX has it.
_LAST_OF_CENTURY = 68


@dataclass(frozen=True, slots=True)
class Conventions:
    """The writer's conventions: the decimal separator, and the order of day and month."""

    decimal: str | None = None
    dayfirst: bool | None = None

    def __post_init__(self) -> None:
        if self.decimal not in (None, ".", ","):
            raise SettingError(f"decimal is {self.decimal!r}: choose '.' or ','")


UNKNOWN = Conventions()


def value_of(text: str, conventions: Conventions = UNKNOWN) -> Value:
    """The value of a number as written; None if there is none or more than one."""
    text = text.strip()
    # What follows may end a sentence.
    text = text[:-1] if text[-1:] in (".", ",") else text
    if match := _TIME.fullmatch(text):
        return _time(*match.groups())
    if match := _DATE.fullmatch(text):
        return _date(*match.groups(), dayfirst=conventions.dayfirst)
    if text.endswith("%"):
        share = _number(text[:-1].strip(), conventions)
        return None if share is None else Decimal(share) / 100
    # The sign may stand before the currency: "-$12.50".
    sign = text[:1] if text[:1] in ("+", "-") else ""
    return _number(sign + text.removeprefix(sign).strip(_CURRENCY + " "), conventions)


def _number(text: str, conventions: Conventions) -> int | Decimal | None:
    if match := _NO_CENTS.fullmatch(text):
        return _without_cents(match[1], match[2], conventions)
    if (integer := _integer(text)) is not None:
        return integer
    if match := _GROUPED_DECIMAL.fullmatch(text):
        whole, group, sign, places = match.groups()
        if group == sign or conventions.decimal not in (None, sign):
            return _grouped(text, conventions)
        return Decimal(f"{whole.replace(group, '')}.{places}")
    if match := _ONE_SIGN.fullmatch(text):
        return _with_one_sign(match[1], match[2], match[3], conventions)
    return _grouped(text, conventions)


def _without_cents(whole: str, sign: str, conventions: Conventions) -> int | None:
    """`1,250.-` is a thousand: the sign before the dash is its decimal sign."""
    if (integer := _integer(whole)) is not None:
        return integer
    is_contradicted = conventions.decimal not in (None, sign)
    return None if is_contradicted else _grouped(whole, Conventions(decimal=sign))


def _integer(text: str) -> int | None:
    """Digits alone, or thousands set apart by gaps."""
    is_integer = _INTEGER.fullmatch(text) or _SPACED.fullmatch(text)
    return int(text.replace(" ", "")) if is_integer else None


def _with_one_sign(
    whole: str, sign: str, places: str, conventions: Conventions
) -> int | Decimal | None:
    """`1.250` is a thousand to one writer and a decimal to another."""
    digits = whole.lstrip("+-")
    may_group = len(places) == 3 and len(digits) <= 3 and digits not in ("", "0")
    if conventions.decimal == sign or (conventions.decimal is None and not may_group):
        return Decimal(f"{whole}.{places}")
    if may_group and conventions.decimal is not None:
        return int(whole + places)
    return None


def _grouped(text: str, conventions: Conventions) -> int | None:
    match = _GROUPED.fullmatch(text)
    if match is None or conventions.decimal == match[1]:
        return None
    return int(text.replace(match[1], ""))


def _time(hour: str, minute: str, second: str | None) -> time | None:
    try:
        return time(int(hour), int(minute), int(second or 0))
    except ValueError:
        return None


def _date(
    first: str, sign: str, second: str, third: str, *, dayfirst: bool | None
) -> date | None:
    """The one day that the three numbers can mean.

    `4.5.1996` is two days unless the order is known.
    """
    del sign
    if len(first) > 2:
        readings = {_day(first, second, third)} if len(third) <= 2 else set()
    else:
        day_month, month_day = _day(third, second, first), _day(third, first, second)
        readings = (
            {day_month}
            if dayfirst
            else {month_day}
            if dayfirst is False
            else {day_month, month_day}
        )
    readings.discard(None)
    return readings.pop() if len(readings) == 1 else None


def _day(year: str, month: str, day: str) -> date | None:
    if len(year) not in (2, 4):
        return None
    full = int(year)
    if len(year) == 2:
        full += 2000 if full <= _LAST_OF_CENTURY else 1900
    try:
        return date(full, int(month), int(day))
    except ValueError:
        return None
