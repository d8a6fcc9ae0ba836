"""Rules across fields: `total = sum(points_1, points_2)`, `end >= start`, `unique(student)`.

A rule compares two sums of fields and numbers. It is kept as weights: the weighted sum of its
fields, plus a constant, is compared with 0. A date counts as its day, a time as its minute. Names
may end with `*`, for all fields that begin so; `lines.count` is the column of a table, all of its
rows.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from fnmatch import fnmatchcase

from inkdigits.errors import SettingError
from inkdigits.forms.values import FieldValue

_RELATIONS: dict[str, Callable[[Decimal, int], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
# A number, a name, or a sign; two signs together before each of them alone.
_PART = re.compile(
    r"\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_][A-Za-z0-9_.]*\*?)|(<=|>=|==|!=|[-+*(),=<>]))"
)
# Times of day count in minutes, so that rules can add them.
_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Rule:
    """The weighted sum of these fields and the constant, compared with 0."""

    text: str
    weights: tuple[tuple[str, Decimal], ...]
    constant: Decimal
    relation: str

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that it asks for."""
        names = [name for name, _ in self.weights]
        return tuple(names)

    def compare(self, total: Decimal) -> bool:
        """Whether the rule holds when its weighted fields and constant sum to `total`."""
        return _RELATIONS[self.relation](total, 0)

    def holds(self, values: Mapping[str, FieldValue]) -> bool | None:
        """None where a field that it needs has no value."""
        # All of a rule stands on its left side, and 0 on the right.
        total = self.constant
        for name, weight in self.weights:
            amount = amount_of(values.get(name))
            if amount is None:
                return None
            total += weight * amount
        return self.compare(total)


@dataclass(frozen=True, slots=True)
class Unique:
    """No two records of a batch have the same values in these fields."""

    text: str
    names: tuple[str, ...]


def amount_of(value: FieldValue) -> Decimal | None:
    """What a value counts in a rule."""
    # A choice of several, or a field that says nothing, has no amount.
    if value is None or isinstance(value, tuple):
        return None
    if isinstance(value, str):
        return Decimal(value) if value.isdecimal() else None
    # Days since the year 1: differences of dates are days.
    if isinstance(value, date):
        return Decimal(value.toordinal())
    if isinstance(value, time):
        return Decimal(value.hour * _MINUTES + value.minute)
    return Decimal(value)


def parse_rule(text: str, names: Sequence[str]) -> Rule | Unique:
    """The rule of this text over the fields of these names.

    A SettingError says what is wrong with it.
    """
    return _Parser(text, names).rule()


class _Parser:
    """Recursive descent.

    rule = sum relation sum    sum = term (+ or - term)    term = number * term, name, sum(…), (sum)
    """

    def __init__(self, text: str, names: Sequence[str]) -> None:
        """Read a rule over the fields of these names."""
        self._text = text
        self._names = names
        self._parts = self._split(text)
        self._at = 0

    def _split(self, text: str) -> list[str]:
        """A rule as its names, numbers and signs."""
        parts = []
        place = 0
        while text[place:].strip():
            match = _PART.match(text, place)
            if match is None:
                # The first sign that fits nothing, for the message.
                rest = text[place:].strip()
                raise self._wrong(f"{rest[0]!r} cannot be used in a rule")
            part = match[0].strip()
            parts.append(part)
            place = match.end()
        return parts

    def rule(self) -> Rule | Unique:
        if self._parts[:2] == ["unique", "("]:
            self._at = 2
            return Unique(self._text, self._listed())
        left, left_constant = self._sum()
        relation = self._next()
        if relation not in _RELATIONS:
            raise self._wrong(
                f"{relation!r} is not a comparison: write one of {', '.join(_RELATIONS)}"
            )
        right, right_constant = self._sum()
        if self._at < len(self._parts):
            raise self._wrong(f"{self._parts[self._at]!r} is not expected")
        # Everything is brought to the left, so that the rule compares one sum with 0.
        weights = dict(left)
        for name, weight in right.items():
            weights[name] = weights.get(name, Decimal(0)) - weight
        # A field on both sides has no weight left, and need not be read.
        used = tuple((name, weight) for name, weight in weights.items() if weight)
        if not used:
            raise self._wrong("it has no field")
        return Rule(self._text, used, left_constant - right_constant, relation)

    def _sum(self) -> tuple[dict[str, Decimal], Decimal]:
        """Terms with + and - between them: the weight of each field, and the constant."""
        weights, constant = self._term()
        while self._peek() in ("+", "-"):
            operator = self._next()
            sign = Decimal(1) if operator == "+" else Decimal(-1)
            term_weights, term_constant = self._term()
            for name, weight in term_weights.items():
                # A field may stand in several terms.
                before = weights.get(name, Decimal(0))
                weights[name] = before + sign * weight
            constant += sign * term_constant
        return weights, constant

    def _term(self) -> tuple[dict[str, Decimal], Decimal]:
        word = self._next()
        if word == "-":
            return self._times(Decimal(-1))
        if word == "(":
            inside = self._sum()
            self._take(")")
            return inside
        if word == "sum" and self._peek() == "(":
            self._at += 1
            return dict.fromkeys(self._listed(), Decimal(1)), Decimal(0)
        if word[:1].isdigit():
            number = Decimal(word)
            if self._peek() == "*":
                self._at += 1
                return self._times(number)
            return {}, number
        fields = self._fields(word)
        if len(fields) > 1:
            raise self._wrong(f"{word} is {len(fields)} fields: write sum({word})")
        return {fields[0]: Decimal(1)}, Decimal(0)

    def _times(self, factor: Decimal) -> tuple[dict[str, Decimal], Decimal]:
        weights, constant = self._term()
        return {
            name: factor * weight for name, weight in weights.items()
        }, factor * constant

    def _listed(self) -> tuple[str, ...]:
        """The names up to the closing bracket."""
        names: list[str] = []
        while True:
            fields = self._fields(self._next())
            # A field that several names stand for counts once.
            names += [name for name in fields if name not in names]
            sign = self._next()
            if sign == ")":
                return tuple(names)
            if sign != ",":
                raise self._wrong(f"expected a comma or ) instead of {sign!r}")

    def _fields(self, part: str) -> list[str]:
        """The fields that a name stands for."""
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]*\*?", part):
            raise self._wrong(f"expected the name of a field instead of {part!r}")
        if part in self._names:
            return [part]
        # A table alone means all of its cells; with a column, that column in all rows.
        patterns = [part] if part.endswith("*") else [f"{part}.*"]
        if "." in part:
            table, column = part.split(".", 1)
            patterns.append(f"{table}.*.{column}")
        fields = [
            name
            for name in self._names
            if any(fnmatchcase(name, pattern) for pattern in patterns)
        ]
        # Most likely a slip: an empty sum would always be 0.
        if not fields:
            raise self._wrong(f"there is no field {part}")
        return fields

    def _peek(self) -> str:
        """What comes next, or nothing at the end."""
        if self._at >= len(self._parts):
            return ""
        return self._parts[self._at]

    def _next(self) -> str:
        word = self._peek()
        if not word:
            raise self._wrong("it ends too early")
        self._at += 1
        return word

    def _take(self, wanted: str) -> None:
        """Go on past what must stand here."""
        word = self._next()
        if word != wanted:
            raise self._wrong(f"expected {wanted} instead of {word!r}")

    def _wrong(self, why: str) -> SettingError:
        """The error that names the rule and what is wrong with it."""
        message = f"the rule {self._text!r} cannot be used, {why}"
        return SettingError(message)
