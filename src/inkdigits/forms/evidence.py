"""What was seen in a field, before rules across fields are applied.

It has the likely texts, or the reason why there are none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Any

from inkdigits.forms.rules import amount_of
from inkdigits.forms.template import Field
from inkdigits.forms.texts import Text
from inkdigits.forms.values import FieldValue
from inkdigits.reading.numbers.values import Conventions, value_of

Quad = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A field as seen.

    `texts` are the likely texts that fit the field's own pattern, range and check
    digit. Their logs are relative to all readings, so they sum to less than 1 if likely
    readings do not fit. `seen` is the likeliest reading, whether or not it fits.
    `legible` is the confidence that the marks are digits at all. `reason` says why the
    field cannot be read.
    """

    texts: tuple[Text, ...] = ()
    seen: str = ""
    legible: float = 1.0
    blank: bool = False
    reason: str = ""
    box: Quad = (0, 0, 0, 0)
    picture: str = field(default="", repr=False)  # of an image field, PNG in base64

    def to_dict(self) -> dict[str, Any]:
        return {
            "texts": [[text.text, round(text.log, 4)] for text in self.texts],
            "seen": self.seen,
            "legible": round(self.legible, 6),
            "blank": self.blank,
            "reason": self.reason,
            "box": list(self.box),
            "picture": self.picture,
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Evidence":
        """The evidence stored in a file of results."""
        texts = tuple(Text(text, log) for text, log in content["texts"])
        left, top, right, bottom = content["box"]
        return cls(
            texts,
            content["seen"],
            content["legible"],
            content["blank"],
            content["reason"],
            (left, top, right, bottom),
            content["picture"],
        )


def value_in(field: Field, text: str) -> FieldValue:
    """The value of a text in this field; None if it has none there."""
    if not text:
        return None
    if field.kind == "digits":
        return text
    if field.kind == "choice":
        return tuple(text.split("|")) if field.several else text
    if field.kind == "image":
        return None
    value = value_of(
        text,
        Conventions(
            field.decimal, None if field.order == "ymd" else field.order == "dmy"
        ),
    )
    wanted = {"number": int | Decimal, "date": date, "time": time}[field.kind]
    return value if isinstance(value, wanted) else None


def fits(field: Field, text: str) -> bool:
    """Whether a text has a value, and one within the field's range."""
    value = value_in(field, text)
    if value is None:
        return False
    amount = amount_of(value)
    # A choice has no amount, and therefore no range.
    if amount is None:
        return True
    return field.in_range(amount)


def fitting(field: Field, texts: Sequence[Text]) -> tuple[Text, ...]:
    """The texts that a field may hold."""
    allowed = [text for text in texts if fits(field, text.text)]
    return tuple(allowed)


def as_in_line(field: Field, digits: str) -> str:
    """The digits of a comb as they would be written in a line."""
    if field.kind == "date":
        year = field.year_digits
        parts = (year, 2, 2) if field.order == "ymd" else (2, 2, year)
        first = digits[: parts[0]]
        second = digits[parts[0] : parts[0] + parts[1]]
        return ("-" if field.order == "ymd" else "/").join(
            (first, second, digits[parts[0] + parts[1] :])
        )
    if field.kind == "time":
        return f"{digits[:2]}:{digits[2:]}"
    if field.decimals:
        # A comb for cents only has no whole part.
        whole = digits[: -field.decimals] or "0"
        return f"{whole}{field.decimal or '.'}{digits[-field.decimals :]}"
    return digits
