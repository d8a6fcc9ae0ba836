"""A line's strip → what the line net sees in each of its columns, and what that says of a piece of the line."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from inkdigits.reading.classifier import DIGITS
from inkdigits.reading.input.pages import Grey
from inkdigits.reading.numbers.patterns import Pattern
from inkdigits.reading.session import METADATA_KEY, open_session
from inkdigits.reading.strip import COLUMN_PX, HEIGHT_PX, Strip

if TYPE_CHECKING:
    from inkdigits.reading.answers import Evidence

BUNDLED_LINES = Path(__file__).parent / "model" / "lines.onnx"
NOTHING = DIGITS
_PADDING_PX = 32
_BATCH_PX = 4096
_UNLIKELY = 3e-3
_PLAIN = 0.9
_FAR_BEHIND = 9.0
Columns = npt.NDArray[np.float64]


class LineNet:
    """An ONNX net from strips of ink to ten digits or nothing, for every second column of pixels (trained by CTC)."""

    def __init__(self, path: Path = BUNDLED_LINES) -> None:
        self._path = path
        self._session = open_session(path)
        facts = json.loads(self._session.get_modelmeta().custom_metadata_map.get(METADATA_KEY, "{}"))
        self.weights: list[float] | None = facts.get("line_weights")
        self.digit_weights: list[float] | None = facts.get("digit_weights")

    def columns(self, strips: Sequence[Strip]) -> list[Columns]:
        """For each strip the probabilities of its columns, shape (columns, 11)."""
        order = sorted(range(len(strips)), key=lambda index: strips[index].ink.shape[1])
        found: list[Columns] = [np.zeros((0, DIGITS + 1))] * len(strips)
        for group in _groups([strips[index].ink.shape[1] for index in order]):
            rows = [order[place] for place in group]
            for row, answers in zip(rows, self._run([strips[row].ink for row in rows]), strict=True):
                found[row] = answers[: strips[row].ink.shape[1] // COLUMN_PX]
        return found

    def _run(self, inks: list[Grey]) -> Columns:
        width = -(-max(ink.shape[1] for ink in inks) // _PADDING_PX) * _PADDING_PX
        batch = np.zeros((len(inks), HEIGHT_PX, width, 1), np.float32)
        for row, ink in enumerate(inks):
            batch[row, :, : ink.shape[1], 0] = ink * np.float32(1 / 255)
        answers = np.asarray(self._session.run(None, {"image": batch})[0])
        return answers[:, :, 0, :].transpose(0, 2, 1).astype(np.float64)

    def confidence(self, evidence: "Evidence") -> float:
        """The probability that a whole line is right, as fitted on held-out writers' lines."""
        return evidence.share if self.weights is None else confidence_of(self.weights, features(evidence))

    def digit_confidence(self, share: float, line: float) -> float:
        """The probability that a digit is right, from its share among all ways to read its place, and its line's confidence."""
        return share if self.digit_weights is None else confidence_of(self.digit_weights, digit_features(share, line))

    def __reduce__(self) -> tuple[type["LineNet"], tuple[Path]]:
        return LineNet, (self._path,)


def confidence_of(weights: Sequence[float], found: Sequence[float]) -> float:
    """What a logistic model with these weights (the first stands alone) makes of what was found."""
    score = weights[0] + float(np.dot(weights[1:], found))
    return float(1 / (1 + np.exp(-np.clip(score, -30, 30))))


def digit_features(share: float, line: float) -> list[float]:
    return [log_odds(share), log_odds(line)]


def log_odds(share: float) -> float:
    bounded = min(max(share, 1e-4), 1 - 1e-4)
    return math.log(bounded / (1 - bounded))


def features(evidence: "Evidence") -> list[float]:
    """What speaks for a line, as numbers for a logistic model."""
    odds = [log_odds(share) for share in (evidence.share, math.exp(min(0.0, evidence.line_log)), evidence.least)]
    return [*odds, float(evidence.agree), math.log(evidence.length)]


def _groups(widths: list[int]) -> list[list[int]]:
    """Neighbours in order of width, so many together that they fill a batch."""
    groups: list[list[int]] = []
    for place, width in enumerate(widths):
        if groups and (len(groups[-1]) + 1) * width <= _BATCH_PX:
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups


def emissions(columns: Columns, bounds: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """For each (first, last) run of columns: the probability that just one digit is read there, for each of the ten; and none."""
    count = len(bounds)
    before, after = np.ones(count), np.zeros((count, DIGITS))
    inside = np.zeros((count, DIGITS))
    lengths = bounds[:, 1] - bounds[:, 0]
    for step in range(int(lengths.max(initial=0))):
        on = step < lengths
        at = columns[np.minimum(bounds[:, 0] + step, len(columns) - 1)]
        nothing, digits = at[:, NOTHING, None], at[:, :DIGITS]
        after = np.where(on[:, None], (inside + after) * nothing, after)
        inside = np.where(on[:, None], (before[:, None] + inside) * digits, inside)
        before = np.where(on, before * nothing[:, 0], before)
    return inside + after, before


def likelihood(columns: Columns, text: Sequence[int]) -> float:
    """The log of the probability that the net reads just these digits from the whole strip (CTC's forward sum)."""
    signs = [NOTHING]
    for digit in text:
        signs += [digit, NOTHING]
    logs = np.log(np.maximum(columns, 1e-12))[:, signs]
    skip = np.array([place % 2 == 1 and place > 1 and signs[place] != signs[place - 2] for place in range(len(signs))])
    state = np.full(len(signs), -np.inf)
    state[:2] = logs[0, :2]
    for row in logs[1:]:
        one, two = np.append(-np.inf, state[:-1]), np.append([-np.inf, -np.inf], state[:-2])[: len(state)]
        state = np.logaddexp(np.logaddexp(state, one), np.where(skip, two, -np.inf)) + row
    return float(np.logaddexp.reduce(state[-2:]))


def plain_text(columns: Columns) -> list[int]:
    """The likeliest sign of each column, repeats and nothings dropped."""
    best = columns.argmax(axis=1)
    kept = best[np.append(True, best[1:] != best[:-1])] if len(best) else best
    return [int(value) for value in kept if value != NOTHING]


def best_text(columns: Columns, pattern: Pattern | None = None, width: int = 5) -> tuple[list[int], float]:
    """The likeliest digits of a strip, with the log of its probability, of those that fit the pattern (a prefix beam search)."""
    if pattern is None and len(columns) and float(columns.max(axis=1).min()) >= _PLAIN:
        plain = plain_text(columns)
        return plain, likelihood(columns, plain)
    state = None if pattern is None else pattern.start
    beams: dict[tuple[int, ...], _Beam] = {(): _Beam(0.0, -np.inf, state)}
    logs = np.log(np.maximum(columns, 1e-12))
    for row, likely in zip(logs, columns[:, :DIGITS] > _UNLIKELY, strict=True):
        if not likely.any():
            beams = {text: _Beam(beam.total + row[NOTHING], -np.inf, beam.state) for text, beam in beams.items()}
            continue
        grown: dict[tuple[int, ...], _Beam] = {}
        digits = np.flatnonzero(likely).tolist()
        for text, beam in beams.items():
            _stay(grown, text, beam, row)
            for digit in digits:
                _append(grown, text, beam, digit, float(row[digit]), pattern)
        totals = {text: beam.total for text, beam in grown.items()}
        least = max(totals.values()) - _FAR_BEHIND
        beams = {
            text: grown[text] for text in sorted(totals, key=totals.__getitem__, reverse=True)[:width] if totals[text] >= least
        }
    ends = [
        (beam.total, found)
        for found, beam in beams.items()
        if pattern is None or beam.state is None or pattern.accepts(beam.state)
    ]
    total, best = max(ends, default=(-np.inf, ()))
    return list(best), total


@dataclass(slots=True)
class _Beam:
    """A text so far: the log of its probability when nothing, or its last digit, stands in the column; what may follow."""

    ended: float
    going: float
    state: int | None

    @property
    def total(self) -> float:
        return _log_sum(self.ended, self.going)


def _log_sum(one: float, other: float) -> float:
    """log(e^one + e^other), for plain numbers a tenth of numpy's time."""
    high, low = (one, other) if one >= other else (other, one)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))


def _stay(grown: dict[tuple[int, ...], _Beam], text: tuple[int, ...], beam: _Beam, row: npt.NDArray[np.float64]) -> None:
    known = grown.setdefault(text, _Beam(-np.inf, -np.inf, beam.state))
    known.ended = _log_sum(known.ended, beam.total + float(row[NOTHING]))
    if text:
        known.going = _log_sum(known.going, beam.going + float(row[text[-1]]))


def _append(
    grown: dict[tuple[int, ...], _Beam], text: tuple[int, ...], beam: _Beam, digit: int, log: float, pattern: Pattern | None
) -> None:
    state = None if pattern is None or beam.state is None else pattern.step(beam.state, str(digit))
    start = beam.ended if text and text[-1] == digit else beam.total
    if (pattern is not None and state is None) or start == -np.inf:
        return
    known = grown.setdefault((*text, digit), _Beam(-np.inf, -np.inf, state))
    known.going = _log_sum(known.going, start + log)


def aligned(columns: Columns, text: Sequence[int]) -> list[tuple[int, int]]:
    """For each digit of a text the columns it most likely stands in: from the middle of one gap to that of the next."""
    signs = [NOTHING]
    for digit in text:
        signs += [digit, NOTHING]
    logs = np.log(np.maximum(columns, 1e-12))[:, signs]
    best = np.full((len(columns), len(signs)), -np.inf)
    back = np.zeros(best.shape, np.int64)
    best[0, :2] = logs[0, :2]
    skip = np.array([place % 2 == 1 and place > 1 and signs[place] != signs[place - 2] for place in range(len(signs))])
    for row in range(1, len(columns)):
        before = best[row - 1]
        two = np.where(skip, np.append([-np.inf, -np.inf], before[:-2])[: len(before)], -np.inf)
        ways = np.stack([before, np.append(-np.inf, before[:-1]), two])
        back[row] = ways.argmax(axis=0)
        best[row] = ways.max(axis=0) + logs[row]
    place = int(best[-1, -2:].argmax()) + len(signs) - 2 if len(signs) > 1 else 0
    path = np.zeros(len(columns), np.int64)
    for row in range(len(columns) - 1, -1, -1):
        path[row] = place
        place -= int(back[row, place])
    runs = [np.flatnonzero(path == 2 * index + 1) for index in range(len(text))]
    edges = [0, *((int(one[-1]) + int(other[0]) + 1) // 2 for one, other in pairwise(runs)), len(columns)]
    return [*pairwise(edges)] if len(text) else []
