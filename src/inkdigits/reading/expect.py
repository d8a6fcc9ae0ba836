r"""What a line should look like, as a pattern: digits, \d, [sets], groups, |, and {m,n} ? + * after them.

A pattern is a tree of small tuples; `after` gives the pattern of what may follow one digit (its derivative), so that the
decoder can go through a line digit by digit and knows at each place which digits may come.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from inkdigits.errors import SettingError

Pattern = tuple[Any, ...]
NOTHING: Pattern = ("nothing",)
EMPTY: Pattern = ("empty",)
_MOST_REPEATS = 200
_ALL = frozenset(range(10))


def parse(text: str) -> Pattern:
    r"""The pattern that a text such as `\d{5}|[12]\d{3}` describes."""
    pattern, rest = _either(text, text)
    if rest:
        raise _bad(text, f"{rest[0]!r} does not belong there")
    return pattern


def _bad(text: str, why: str) -> SettingError:
    return SettingError(f"expect is {text!r}: {why}; give digits, \\d, [0-5], (…|…), and {{5}}, {{2,4}}, ?, +, * after them")


def _either(rest: str, whole: str) -> tuple[Pattern, str]:
    found, rest = _sequence(rest, whole)
    while rest.startswith("|"):
        other, rest = _sequence(rest[1:], whole)
        found = _or(found, other)
    return found, rest


def _sequence(rest: str, whole: str) -> tuple[Pattern, str]:
    found = EMPTY
    while rest and rest[0] not in "|)":
        part, rest = _atom(rest, whole)
        part, rest = _repeated(part, rest, whole)
        found = _then(found, part)
    return found, rest


def _atom(rest: str, whole: str) -> tuple[Pattern, str]:
    if rest[0] == "(":
        inner, rest = _either(rest[1:].removeprefix("?:"), whole)
        if not rest.startswith(")"):
            raise _bad(whole, "a bracket is not closed")
        return inner, rest[1:]
    if rest[0] == "[":
        return _set(rest, whole)
    if rest.startswith("\\d"):
        return ("digit", _ALL), rest[2:]
    if rest[0] == ".":
        return ("digit", _ALL), rest[1:]
    if rest[0].isascii() and rest[0].isdigit():
        return ("digit", frozenset({int(rest[0])})), rest[1:]
    raise _bad(whole, f"{rest[0]!r} is no digit")


def _set(rest: str, whole: str) -> tuple[Pattern, str]:
    inside, closed, rest = rest[1:].partition("]")
    digits: set[int] = set()
    body = inside.removeprefix("^")
    while body:
        if len(body) >= 3 and body[1] == "-" and body[0].isdigit() and body[2].isdigit():
            digits |= set(range(int(body[0]), int(body[2]) + 1))
            body = body[3:]
        elif body[0].isascii() and body[0].isdigit():
            digits.add(int(body[0]))
            body = body[1:]
        else:
            raise _bad(whole, f"{body[0]!r} is no digit")
    if not closed or not digits:
        raise _bad(whole, "a set is empty or not closed")
    return ("digit", _ALL - digits if inside.startswith("^") else frozenset(digits)), rest


def _repeated(part: Pattern, rest: str, whole: str) -> tuple[Pattern, str]:
    if rest[:1] in ("?", "+", "*"):
        return {"?": _or(EMPTY, part), "+": _then(part, ("star", part)), "*": ("star", part)}[rest[0]], rest[1:]
    if not rest.startswith("{"):
        return part, rest
    inside, closed, rest = rest[1:].partition("}")
    low, comma, high = inside.partition(",")
    if not closed or not low.isdigit() or (high and not high.isdigit()):
        raise _bad(whole, "a repeat is not like {5} or {2,4}")
    least, most = int(low), int(high) if high else int(low)
    if least > most or most > _MOST_REPEATS:
        raise _bad(whole, f"a repeat goes from {least} to {most}")
    tail: Pattern = ("star", part) if comma and not high else EMPTY
    for _ in range(most - least):
        tail = _or(EMPTY, _then(part, tail))
    for _ in range(least):
        tail = _then(part, tail)
    return tail, rest


def _or(one: Pattern, other: Pattern) -> Pattern:
    if one in (NOTHING, other):
        return other
    return one if other == NOTHING else ("or", one, other)


def _then(one: Pattern, other: Pattern) -> Pattern:
    if NOTHING in (one, other):
        return NOTHING
    if one == EMPTY:
        return other
    return one if other == EMPTY else ("then", one, other)


def digits_pattern(digits: Sequence[int]) -> Pattern:
    """The pattern that just these digits fit."""
    found = EMPTY
    for digit in reversed(digits):
        found = _then(("digit", frozenset({digit})), found)
    return found


@cache
def after(pattern: Pattern, digit: int) -> Pattern:
    """What may follow `digit`; NOTHING where it may not come."""
    kind, *parts = pattern
    if kind == "digit":
        return EMPTY if digit in parts[0] else NOTHING
    if kind == "or":
        return _or(after(parts[0], digit), after(parts[1], digit))
    if kind == "star":
        return _then(after(parts[0], digit), pattern)
    if kind == "then":
        one: Pattern = parts[0]
        other: Pattern = parts[1]
        first = _then(after(one, digit), other)
        return _or(first, after(other, digit)) if may_end(one) else first
    return NOTHING


@cache
def may_end(pattern: Pattern) -> bool:
    """Whether a line may end here."""
    kind, *parts = pattern
    if kind in ("empty", "star"):
        return True
    if kind == "or":
        return any(may_end(part) for part in parts)
    return kind == "then" and all(may_end(part) for part in parts)
