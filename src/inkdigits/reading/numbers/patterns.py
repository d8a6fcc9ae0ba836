r"""Patterns for numbers: a small pattern language, compiled into a bounded automaton.

A pattern is written over the characters of numbers as people write them (`ALPHABET`):

    \d{5}                 five digits
    \d+[.,]\d\d           digits, a point or a comma, two digits
    (\+|-)?\d{1,3}%       a sign that may be missing, a percentage
    date|time             two of the named patterns: date, time, amount, number

It means what Python's `re.fullmatch` means, with three differences: a word is a named pattern, only
ASCII digits are digits, and `^` and `$` have no use (a pattern always covers a whole number): write
`\$` for the dollar sign.

A pattern may come from a stranger, so its cost is bounded in advance: `Limits` bounds
how many characters a pattern stands for once its repeats are written out, how deep its groups are
nested, and how large its automaton grows.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from inkdigits.errors import SettingError

DIGITS = "0123456789"
SIGNS = ".,-/:+%=()$€ "
ALPHABET = DIGITS + SIGNS

_DAY = "(0?[1-9]|[12][0-9]|3[01])"
_MONTH = "(0?[1-9]|1[0-2])"
_YEAR = "([0-9]{4}|[0-9]{2})"
_CURRENCY = r"(\$|€)"


def _date(separator: str) -> str:
    """Day first, month first, or year first; the same separator twice."""
    day_first = f"{_DAY}{separator}{_MONTH}{separator}{_YEAR}"
    month_first = f"{_MONTH}{separator}{_DAY}{separator}{_YEAR}"
    year_first = f"[0-9]{{4}}{separator}{_MONTH}{separator}{_DAY}"
    return f"{day_first}|{month_first}|{year_first}"


def _time(separator: str) -> str:
    before_midnight = (
        f"([01]?[0-9]|2[0-3]){separator}[0-5][0-9]({separator}[0-5][0-9])?"
    )
    return f"({before_midnight}|24{separator}00({separator}00)?)"


def _grouped(decimals: str) -> str:
    """Digits, perhaps in groups of three, and decimals, with different separators for each."""
    plain = rf"[0-9]+([.,]{decimals})?"
    commas = rf"[0-9]{{1,3}}(,[0-9]{{3}})+(\.{decimals})?"
    points = rf"[0-9]{{1,3}}(\.[0-9]{{3}})+(,{decimals})?"
    spaces = rf"[0-9]{{1,3}}( [0-9]{{3}})+([.,]{decimals})?"
    return f"({plain}|{commas}|{points}|{spaces})"


# Cents, or a sign that there are none.
_AMOUNT = _grouped("([0-9]{2}|--?|=)")
NAMED = {
    "date": "|".join(_date(separator) for separator in ("/", "-", r"\.")),
    "time": "|".join(_time(separator) for separator in (":", r"\.")),
    "amount": rf"[+-]?{_CURRENCY}? ?[+-]?({_AMOUNT}|\.[0-9]{{2}})( ?{_CURRENCY})?",
    "number": rf"[+-]?({_grouped('[0-9]+')}|\.[0-9]+)",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a pattern may be. All four names at once need less than half of each."""

    text: int = 1000  # characters of all patterns together, as written
    depth: int = 50  # groups within groups; each costs a few frames of Python's stack
    size: int = 1000  # characters once repeats are written out; `\d{200}` has 200
    states: int = 2000  # of the automaton: a decoder may keep a hypothesis for each
    work: int = 250_000  # single steps to build the automaton: about 0.1 s


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Pattern:
    """A deterministic automaton. Every state can lead to a number that matches."""

    _kinds: dict[
        str, int
    ]  # a character's column in the table; those that act alike share one
    _table: tuple[tuple[int | None, ...], ...]
    _ends: tuple[bool, ...]

    @property
    def start(self) -> int:
        """The state before the first character."""
        return 0

    def step(self, state: int, char: str) -> int | None:
        """The state after `char`; None where it may not come."""
        kind = self._kinds.get(char)
        return None if kind is None else self._table[state][kind]

    def accepts(self, state: int) -> bool:
        """Whether a number may end in this state."""
        return self._ends[state]

    def matches(self, text: str) -> bool:
        """Whether the whole text fits."""
        state = self.start
        for char in text:
            after = self.step(state, char)
            if after is None:
                return False
            state = after
        return self.accepts(state)


def parse(patterns: str | Sequence[str]) -> Pattern:
    """The automaton for a pattern, or for several of which any one may fit."""
    texts = (patterns,) if isinstance(patterns, str) else tuple(patterns)
    return _parse(texts)


def exactly(text: str) -> Pattern:
    """The pattern that only this text fits."""
    kinds = {char: kind for kind, char in enumerate(dict.fromkeys(text))}
    rows: list[tuple[int | None, ...]] = []
    for place, char in enumerate(text):
        rows.append(
            tuple(
                place + 1 if kind == kinds[char] else None for kind in range(len(kinds))
            )
        )
    rows.append((None,) * len(kinds))
    return Pattern(kinds, tuple(rows), (False,) * len(text) + (True,))


@lru_cache(maxsize=16)  # the service parses each request's pattern twice
def _parse(texts: tuple[str, ...]) -> Pattern:
    if not texts:
        raise SettingError(
            "expect is an empty list: give at least one pattern, or leave it out"
        )
    length = sum(len(text) for text in texts)
    if length > LIMITS.text:
        raise SettingError(
            f"expect has {length:,} characters: "
            f"all patterns together may have {LIMITS.text:,} of them"
        )
    choices = [_Parser(text).whole() for text in texts]
    size = sum(choice.size for choice in choices)
    if size > LIMITS.size:
        raise SettingError(
            f"expect has {len(texts)} patterns that together stand for {size:,} characters "
            f"once their repeats are written out: {LIMITS.size:,} are allowed"
        )
    shown = " or ".join(repr(_shortened(text)) for text in texts[:3])
    return _Builder(shown).pattern(_Choice(tuple(choices), size))


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


# The syntax tree. `size` counts characters with all repeats written out, and is at least 1, so that
# repeating nothing costs something too.


@dataclass(frozen=True, slots=True)
class _Chars:
    """One character out of a set."""

    chars: frozenset[str]
    size: int = 1


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: "tuple[_Node, ...]"
    size: int


@dataclass(frozen=True, slots=True)
class _Choice:
    parts: "tuple[_Node, ...]"
    size: int


@dataclass(frozen=True, slots=True)
class _Repeat:
    """`part`, from `least` to `most` times; None: any number of times."""

    part: "_Node"
    least: int
    most: int | None
    size: int


_Node = _Chars | _Sequence | _Choice | _Repeat

_WORD = re.compile("[a-z]+")
_BRACES = re.compile(r"\{([0-9]*)(,?)([0-9]*)\}")
_MOST_PLACES = 6  # of a repeat's number: no line has a million signs
_REPEATS: dict[str, tuple[int, int | None]] = {
    "?": (0, 1),
    "*": (0, None),
    "+": (1, None),
}
_HELP = (
    r"give digits, signs, \d, [0-5.,], (…|…), and ? * + {5} {2,4} after them; "
    f"or a name: {', '.join(NAMED)}"
)


class _Parser:
    """Reads one pattern from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def whole(self) -> _Node:
        if not self._text:
            raise self._wrong("it is empty")
        node = self._choice()
        if self._at < len(self._text):
            raise self._wrong("there is no group to close: write \\) for the character")
        return node

    def _next(self) -> str:
        """The next character; nothing at the end."""
        return self._text[self._at : self._at + 1]

    def _take(self, wanted: str) -> bool:
        found = self._text.startswith(wanted, self._at)
        if found:
            self._at += len(wanted)
        return found

    def _wrong(self, why: str, at: int | None = None) -> SettingError:
        place = (self._at if at is None else at) + 1
        shown = repr(_shortened(self._text))
        return SettingError(f"expect is {shown}: {why} (at character {place}); {_HELP}")

    def _checked(self, node: _Node, at: int) -> _Node:
        if node.size > LIMITS.size:
            why = (
                f"up to here it stands for {node.size:,} characters "
                f"once its repeats are written out, and {LIMITS.size:,} are allowed"
            )
            raise self._wrong(why, at)
        return node

    def _choice(self) -> _Node:
        start = self._at
        parts = [self._sequence()]
        while self._take("|"):
            parts.append(self._sequence())
        if len(parts) == 1:
            return parts[0]
        size = sum(part.size for part in parts)
        return self._checked(_Choice(tuple(parts), size), start)

    def _sequence(self) -> _Node:
        start = self._at
        parts: list[_Node] = []
        while self._next() not in ("", "|", ")"):
            parts.append(self._repeated(self._atom()))
        if len(parts) == 1:
            return parts[0]
        size = max(1, sum(part.size for part in parts))
        return self._checked(_Sequence(tuple(parts), size), start)

    def _atom(self) -> _Node:
        start = self._at
        if self._take("("):
            return self._group(start)
        if self._take("["):
            return self._set(start)
        if self._take("."):
            return _Chars(frozenset(ALPHABET))
        word = _WORD.match(self._text, self._at)
        if word:
            return self._named(word[0])
        return _Chars(self._char(needs_backslash="+$"))

    def _group(self, start: int) -> _Node:
        self._take("?:")
        self._depth += 1
        if self._depth > LIMITS.depth:
            raise self._wrong(
                f"more than {LIMITS.depth} groups lie within each other", start
            )
        inner = self._choice()
        self._depth -= 1
        if not self._take(")"):
            raise self._wrong("a group is not closed", start)
        return inner

    def _named(self, name: str) -> _Node:
        if name not in NAMED:
            raise self._wrong(f"{_shortened(name)!r} is not a name")
        self._at += len(name)
        return _named_tree(name)

    def _char(self, needs_backslash: str) -> frozenset[str]:
        r"""A character that stands for itself, perhaps after a backslash; or `\d`."""
        start = self._at
        backslash = self._take("\\")
        char = self._next()
        self._at += 1
        if backslash and char == "d":
            return frozenset(DIGITS)
        stands_for_itself = char in ALPHABET and char not in needs_backslash
        if not backslash and char in _MEANINGS and not stands_for_itself:
            raise self._wrong(_MEANINGS[char], start)
        if not char or char not in (SIGNS if backslash else ALPHABET):
            shown = "\\" * backslash + char
            raise self._wrong(
                f"{shown!r} is neither a digit nor a sign that numbers have", start
            )
        return frozenset(char)

    def _set(self, start: int) -> _Node:
        complement = self._take("^")
        chars: set[str] = set()
        while not self._take("]"):
            if not self._next():
                raise self._wrong("a set is not closed", start)
            chars |= self._set_item()
        if complement:
            chars = set(ALPHABET) - chars
        if not chars:
            raise self._wrong("the set is empty", start)
        return _Chars(frozenset(chars))

    def _set_item(self) -> frozenset[str]:
        """A character of a set, or a range of digits."""
        start = self._at
        first = self._char(needs_backslash="")
        if self._next() != "-" or self._text[self._at + 1 : self._at + 2] in ("", "]"):
            return first
        self._at += 1
        last = self._char(needs_backslash="")
        low, high = min(first), max(last)
        if (
            len(first) > 1
            or len(last) > 1
            or low not in DIGITS
            or high not in DIGITS
            or low > high
        ):
            why = "a range goes from a digit to a larger one; for the sign, write - first or last"
            raise self._wrong(why, start)
        return frozenset(DIGITS[int(low) : int(high) + 1])

    def _repeated(self, part: _Node) -> _Node:
        start = self._at
        counts = self._counts()
        if counts is None:
            return part
        least, most = counts
        copies = max(1, least + 1 if most is None else most)
        return self._checked(_Repeat(part, least, most, part.size * copies), start)

    def _counts(self) -> tuple[int, int | None] | None:
        """How often the last part may be repeated; None without a repeat, which means once."""
        sign = self._next()
        if sign and sign in _REPEATS:
            self._at += 1
            return _REPEATS[sign]
        if sign != "{":
            return None
        braces = _BRACES.match(self._text, self._at)
        if braces is None or braces[0] in ("{}", "{,}"):
            raise self._wrong("a repeat is not like {5}, {2,} or {2,4}")
        low, comma, high = braces.groups()
        if max(len(low), len(high)) > _MOST_PLACES:
            raise self._wrong("a repeat is too large")
        least = int(low or 0)
        most = int(high) if high else (None if comma else least)
        if most is not None and least > most:
            raise self._wrong(f"a repeat goes from {least} to {most}")
        self._at = braces.end()
        return least, most


@cache
def _named_tree(name: str) -> _Node:
    return _Parser(NAMED[name]).whole()


_NO_REPEAT = "has nothing to repeat, or repeats a repeat"
# What stands where a character should, and means something else.
_MEANINGS = {
    "?": f"'?' {_NO_REPEAT}",
    "*": f"'*' {_NO_REPEAT}",
    "+": f"'+' {_NO_REPEAT}: write \\+ for the sign",
    "{": f"'{{' {_NO_REPEAT}",
    "}": "there is no repeat to close",
    "]": "there is no set to close",
    "^": "'^' is not needed, for a pattern covers a whole number",
    "$": "'$' is not needed, for a pattern covers a whole number: write \\$ for the sign",
}


# The automaton: each character of the written-out pattern is a place, a set of places is an int
# with a bit for each. A state is the set of places that may come next, and whether a number may end
# here.


@dataclass(frozen=True, slots=True)
class _Part:
    """The places that a part of the pattern may begin and end with, and whether it may be empty."""

    first: int
    last: int
    empty: bool


_NOTHING = _Part(0, 0, empty=True)


class _Builder:
    """Writes a syntax tree out as places (Glushkov's construction), then joins them to states."""

    def __init__(self, shown: str) -> None:
        self._shown = shown
        self._chars: list[frozenset[str]] = []
        self._follow: list[int] = []
        self._work = 0

    def pattern(self, tree: _Node) -> Pattern:
        whole = self._part(tree)
        columns = self._columns()
        rows: list[tuple[int | None, ...]] = []
        numbers = {(whole.first, whole.empty): 0}
        waiting = [(whole.first, whole.empty)]
        for places, _ in waiting:  # which grows on the way
            row: list[int | None] = []
            for column in columns.values():
                hit = places & column
                if not hit:
                    row.append(None)
                    continue
                state = (self._after(hit), bool(hit & whole.last))
                if state not in numbers:
                    numbers[state] = len(waiting)
                    waiting.append(state)
                row.append(numbers[state])
            rows.append(tuple(row))
            if len(waiting) > LIMITS.states:
                raise self._too_large(f"it needs more than {LIMITS.states:,} states")
        kinds = {char: kind for kind, chars in enumerate(columns) for char in chars}
        return Pattern(kinds, tuple(rows), tuple(ends for _, ends in waiting))

    def _too_large(self, why: str) -> SettingError:
        return SettingError(
            f"expect is {self._shown}: {why}; use fewer repeats within repeats"
        )

    def _spend(self, work: int) -> None:
        self._work += work
        if self._work > LIMITS.work:
            raise self._too_large(
                f"it takes more than {LIMITS.work:,} steps to prepare"
            )

    def _columns(self) -> dict[str, int]:
        """Characters that the same places take, and those places."""
        taking = dict.fromkeys(ALPHABET, 0)
        for place, chars in enumerate(self._chars):
            for char in chars:
                taking[char] |= 1 << place
        columns: dict[int, str] = {}
        for char, places in taking.items():
            if places:
                columns[places] = columns.get(places, "") + char
        return {chars: places for places, chars in columns.items()}

    def _after(self, places: int) -> int:
        """All places that may follow one of these."""
        found = 0
        for place in _bits(places):
            found |= self._follow[place]
        self._spend(places.bit_count())
        return found

    def _part(self, node: _Node) -> _Part:
        if isinstance(node, _Chars):
            self._chars.append(node.chars)
            self._follow.append(0)
            place = 1 << (len(self._chars) - 1)
            return _Part(place, place, empty=False)
        if isinstance(node, _Choice):
            parts = [self._part(part) for part in node.parts]
            return self._either(parts)
        if isinstance(node, _Sequence):
            found = _NOTHING
            for part in node.parts:
                found = self._then(found, self._part(part))
            return found
        return self._repeat(node)

    def _either(self, parts: list[_Part]) -> _Part:
        first = last = 0
        for part in parts:
            first |= part.first
            last |= part.last
        return _Part(first, last, any(part.empty for part in parts))

    def _then(self, one: _Part, other: _Part) -> _Part:
        self._link(one.last, other.first)
        first = one.first | other.first if one.empty else one.first
        last = one.last | other.last if other.empty else other.last
        return _Part(first, last, one.empty and other.empty)

    def _repeat(self, node: _Repeat) -> _Part:
        """x{2,4} as xx(x(x)?)?, x{2,} as xxx*: few places may follow each."""
        copies = [self._part(node.part) for _ in range(node.size // node.part.size)]
        if node.most == 0:
            return _NOTHING
        if node.most is None:
            self._link(copies[-1].last, copies[-1].first)
        found = _NOTHING
        for count in reversed(range(len(copies))):
            found = self._then(copies[count], found)
            if count >= node.least:
                found = _Part(found.first, found.last, empty=True)
        return found

    def _link(self, before: int, after: int) -> None:
        for place in _bits(before):
            self._follow[place] |= after
        self._spend(before.bit_count())


def _bits(places: int) -> Iterator[int]:
    """The places of a set."""
    while places:
        lowest = places & -places
        yield lowest.bit_length() - 1
        places ^= lowest
