"""The columns of a line image (CTC) → likely texts, and the positions of their marks.

Each column has one mark or none. A mark takes one column, or several in a row. The same mark twice
has an empty column in between. The probability of a text is the sum over all ways in which the
columns can spell it.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from inkdigits.reading.marks.alphabet import CLASS_OF, CLASSES, DIGITS, OTHER
from inkdigits.reading.marks.boxes import Floats
from inkdigits.reading.numbers.strips import Window

_NONE = CLASS_OF[OTHER]
# The log-probability of the impossible: far below all others, but finite.
_NEVER = -1e9


@dataclass(frozen=True)
class Columns:
    """The log-probabilities in each column of a line image, and the columns' places."""

    logs: Floats
    window: Window
    step: float = 1.0  # the page's pixels from one column to the next

    @cached_property
    def texts(self) -> list[str]:
        """Its likely texts, searched once."""
        return likely_texts(self.logs)

    def left_of(self, column: int) -> float:
        """The page's x at which a column begins."""
        return self.window.left + column * self.step


@dataclass(frozen=True, slots=True)
class ColumnSettings:
    """The limits of the search for likely texts."""

    most_texts: int = 6  # that are followed from column to column
    # A beginning so far behind the likeliest, in log shares, is not followed
    behind: float = 9.0
    least_mark: float = 0.005  # what is less likely in a column is not followed there
    # Columns side by side that so surely show the same are asked once
    sure: float = 0.999


COLUMNS = ColumnSettings()


def likely_texts(logs: Floats, settings: ColumnSettings = COLUMNS) -> list[str]:
    """The likeliest texts, the likeliest first; `logs` are (columns, classes)."""
    # Of each beginning: the log shares of the ways that end with no mark, and of those that end
    # with its last mark.
    begun: dict[str, tuple[float, float]] = {"": (0.0, _NEVER)}
    for column in _telling(logs, settings):
        marks = [
            (int(index), float(column[index]))
            for index in np.flatnonzero(column > np.log(settings.least_mark))
        ]
        longer: dict[str, tuple[float, float]] = defaultdict(lambda: (_NEVER, _NEVER))
        for text, (bare, marked) in begun.items():
            _go_on(longer, text, bare, marked, marks, float(column[_NONE]))
        first, *rest = _likeliest_first(longer)[: settings.most_texts]
        least = _log_sum(*first[1]) - settings.behind
        begun = dict([first, *(each for each in rest if _log_sum(*each[1]) > least)])
    return [text for text, _ in _likeliest_first(begun)]


def _likeliest_first(
    texts: Mapping[str, tuple[float, float]],
) -> list[tuple[str, tuple[float, float]]]:
    return sorted(texts.items(), key=lambda each: -_log_sum(*each[1]))


def _telling(logs: Floats, settings: ColumnSettings) -> Floats:
    """The columns without those that surely show the same as the one before."""
    shown = np.where(logs.max(axis=1) > np.log(settings.sure), logs.argmax(axis=1), -1)
    repeats = (shown[1:] == shown[:-1]) & (shown[1:] >= 0)
    telling: Floats = logs[np.concatenate([[True], ~repeats])]
    return telling


def _log_sum(one: float, other: float) -> float:
    """The log of the sum of two shares."""
    high, low = (one, other) if one > other else (other, one)
    return high + math.log1p(math.exp(low - high)) if low > _NEVER / 2 else high


def _go_on(
    longer: dict[str, tuple[float, float]],
    text: str,
    bare: float,
    marked: float,
    marks: list[tuple[int, float]],
    none: float,
) -> None:
    """Adds to `longer` what becomes of one beginning in one column more."""

    def add(longer_text: str, log_bare: float, log_marked: float) -> None:
        was_bare, was_marked = longer[longer_text]
        longer[longer_text] = (
            _log_sum(was_bare, log_bare),
            _log_sum(was_marked, log_marked),
        )

    either = _log_sum(bare, marked)
    add(text, either + none, _NEVER)
    for index, log in marks:
        if index == _NONE:
            continue
        if text.endswith(CLASSES[index]):
            # With no column between, it is still the same mark.
            add(text, _NEVER, marked + log)
            add(text + CLASSES[index], _NEVER, bare + log)
        else:
            add(text + CLASSES[index], _NEVER, either + log)


def log_shares(
    logs: Floats, texts: Sequence[str], settings: ColumnSettings = COLUMNS
) -> npt.NDArray[np.float64]:
    """The log probability of each text."""
    logs = _telling(logs, settings)
    states, counts = _states(texts)
    may_skip = _may_skip(states)
    ways = _at_the_start(states)
    for emitted in logs[:, states].astype(np.float64):
        stay, one, two = _before(ways, may_skip)
        ways = np.logaddexp(np.logaddexp(stay, one), two) + emitted
    index = np.arange(len(texts))
    ends_marked = np.where(counts > 0, ways[index, 2 * counts - 1], _NEVER)
    return np.asarray(np.logaddexp(ways[index, 2 * counts], ends_marked))


def digit_logs(columns: Columns, sides: Sequence[float]) -> Floats:
    """The log-probability of each digit alone in each part of a row, (parts, 10).

    Part k is between the page's x sides[k] and sides[k + 1].
    """
    at = [round((side - columns.window.left) / columns.step) for side in sides]
    ends = np.clip(at, 0, len(columns.logs))
    # A part beyond the strip shows nothing.
    shares = np.full((len(sides) - 1, len(DIGITS)), _NEVER, np.float32)
    for part, (first, last) in zip(shares, pairwise(ends), strict=True):
        if last > first:
            part[:] = log_shares(columns.logs[first:last], DIGITS)
    return shares


def places(logs: Floats, text: str) -> list[tuple[int, int]]:
    """The first and the last column of each mark, in the likeliest way to spell the text."""
    states, _ = _states([text])
    may_skip = _may_skip(states)
    ways, steps = _at_the_start(states), []
    for emitted in logs[:, states].astype(np.float64):
        choices = np.stack(_before(ways, may_skip))
        steps.append(choices.argmax(axis=0)[0])
        ways = choices.max(axis=0) + emitted
    state = 2 * len(text) - int(len(text) > 0 and ways[0, -2] > ways[0, -1])
    columns: list[list[int]] = [[] for _ in text]
    for number in range(len(steps) - 1, -1, -1):
        if state % 2:
            columns[state // 2].append(number)
        state -= int(steps[number][state])
    return [(min(each, default=0), max(each, default=0)) for each in columns]


def _states(
    texts: Sequence[str],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """For each text its classes with none before, between and after them; and its length."""
    counts = np.array([len(text) for text in texts], np.int64)
    states = np.full((len(texts), 2 * int(counts.max(initial=0)) + 1), _NONE, np.int64)
    for row, text in zip(states, texts, strict=True):
        row[1 : 2 * len(text) : 2] = [CLASS_OF[sign] for sign in text]
    return states, counts


def _may_skip(states: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """At which states no empty column is needed before: at marks unlike the one before."""
    skip = np.zeros(states.shape, bool)
    skip[:, 2:] = (states[:, 2:] != _NONE) & (states[:, 2:] != states[:, :-2])
    return skip


def _at_the_start(states: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    ways = np.full(states.shape, _NEVER)
    ways[:, 0] = 0.0
    return ways


def _before(
    ways: npt.NDArray[np.float64], may_skip: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float64], ...]:
    """For each state the ways that were there a column before, one state before, and two."""
    one, two = np.full(ways.shape, _NEVER), np.full(ways.shape, _NEVER)
    one[:, 1:] = ways[:, :-1]
    two[:, 2:] = np.where(may_skip[:, 2:], ways[:, :-2], _NEVER)
    return ways, one, two
