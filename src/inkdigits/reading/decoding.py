"""A line's pieces → the best way to join them to digits: every way is scored by the net, the cheapest path through them wins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inkdigits.reading.classifier import Scores
from inkdigits.reading.linenet import Columns, emissions
from inkdigits.reading.numbers.patterns import Pattern
from inkdigits.reading.pieces import Piece, overlap
from inkdigits.reading.strip import Strip

MOST_PIECES = 6
_WIDEST = 1.45
_WIDEST_GAP = 0.3
_OVERLAP = 0.3
_SMALLEST = 0.4
_LEAST_PROBABILITY = 1e-6


@dataclass(frozen=True, slots=True)
class Costs:
    """What each unlikely thing costs, in units of −log probability; settled on training strings and composed lines."""

    cut: float = 0.11
    cut_pen: float = 0.27
    gap: float = 1.0
    join: float = 0.05
    small: float = 100.0
    wide: float = 3.4
    refuse: float = 1.1
    refuse_wide: float = 4.9
    above: float = 8.9
    refuse_small: float = 0.035
    line: float = 2.75
    line_most: float = 1.03


COSTS = Costs()


@dataclass(frozen=True, slots=True)
class Span:
    """Pieces `start` to `end` taken as one mark."""

    start: int
    end: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A span as it was decoded: its digit (None: refused), and the probability of both."""

    span: Span
    digit: int | None
    confidence: float


def is_one_stroke(span: Span, taken: Sequence[Piece]) -> bool:
    """Whether the span is just one stroke, uncut."""
    return span.whole and len({piece.stroke for piece in taken}) == 1


def spans_of(pieces: Sequence[Piece], sure: set[int], height_px: float) -> list[Span]:
    """Every run of neighbouring pieces that may be one mark; `sure` strokes are joined only to what overlaps them."""
    spans = []
    for start, first in enumerate(pieces):
        right = first.right
        for end in range(start + 1, min(start + MOST_PIECES, len(pieces)) + 1):
            taken = pieces[start:end]
            if end - start > 1 and not _may_join(pieces[start : end - 1], pieces[end - 1], right, sure, height_px):
                break
            right = max(right, pieces[end - 1].right)
            tall = max(piece.bottom for piece in taken) - min(piece.top for piece in taken)
            whole = _is_whole(pieces, start, end)
            if whole or right - first.left <= _WIDEST * max(tall, height_px):
                spans.append(Span(start, end, whole))
    return _with_whole_strokes(pieces, spans)


def _may_join(taken: Sequence[Piece], other: Piece, right: int, sure: set[int], height_px: float) -> bool:
    last = taken[-1]
    if other.stroke == last.stroke:
        return True
    overlap = min(right, other.right) - max(min(piece.left for piece in taken), other.left)
    narrower = max(1, min(right - taken[0].left, other.right - other.left))
    if overlap > _OVERLAP * narrower:
        return True
    both_sure = last.stroke in sure and other.stroke in sure
    return not both_sure and other.left - right <= _WIDEST_GAP * height_px


def _is_whole(pieces: Sequence[Piece], start: int, end: int) -> bool:
    """Whether the span holds all of the strokes it has a part of."""
    begins = start == 0 or pieces[start - 1].stroke != pieces[start].stroke
    ends = end == len(pieces) or pieces[end].stroke != pieces[end - 1].stroke
    return begins and ends


def _with_whole_strokes(pieces: Sequence[Piece], spans: list[Span]) -> list[Span]:
    """Each stroke as a whole, however wide, so that there is always a way to refuse it."""
    known = {(span.start, span.end) for span in spans}
    start = 0
    for end in range(1, len(pieces) + 1):
        if end == len(pieces) or pieces[end].stroke != pieces[start].stroke:
            if (start, end) not in known:
                spans.append(Span(start, end, whole=True))
            start = end
    return spans


def costs_of(
    pieces: Sequence[Piece], spans: Sequence[Span], scores: Scores, height_px: float, costs: Costs = COSTS
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """For each span, what it costs as each of the ten digits, and as what is no digit."""
    digits = (
        scores.probabilities * np.maximum(scores.share, 0)[:, None] / np.maximum(scores.probabilities.max(axis=1), 1e-9)[:, None]
    )
    as_digit = -np.log(np.maximum(digits, _LEAST_PROBABILITY)).astype(np.float64)
    refused = -np.log(np.maximum(scores.refusal, _LEAST_PROBABILITY)).astype(np.float64)
    for index, span in enumerate(spans):
        taken = pieces[span.start : span.end]
        tall = max(piece.bottom for piece in taken) - min(piece.top for piece in taken)
        wide = max(piece.right for piece in taken) - taken[0].left
        extra = costs.cut + costs.cut_pen * taken[0].cut if taken[0].cut else 0.0
        extra += costs.gap * _gaps(taken) / height_px + costs.join * (len({piece.stroke for piece in taken}) - 1)
        above = overlap(pieces[span.start - 1], taken[0]) if span.start and not taken[0].cut else 0.0
        small = max(0.0, _SMALLEST - max(tall, 0.6 * wide) / height_px)
        as_digit[index] += (
            extra
            + costs.above * max(0.0, above - 0.5)
            + costs.small * small
            + costs.wide * max(0.0, wide / max(tall, height_px) - 1.1)
        )
        is_mark = tall < _SMALLEST * height_px and (wide < _SMALLEST * height_px or wide > 1.2 * tall)
        if is_mark:
            refused[index] = min(refused[index], 0.7) + costs.refuse_small
        else:
            refused[index] += costs.refuse + costs.refuse_wide * min(1.0, max(0.0, wide / max(tall, 1) - 0.75) / 0.35)
        refused[index] += extra if is_one_stroke(span, taken) else np.inf
    return as_digit, refused


def add_line_costs(
    spans_costs: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    pieces: Sequence[Piece],
    spans: Sequence[Span],
    strip: Strip,
    columns: Columns,
    costs: Costs = COSTS,
) -> None:
    """To what each span costs, add how unlikely the line net finds just this digit (or none) between the span's bounds."""
    bounds = _bounds(pieces, strip, len(columns))
    runs = np.array([[bounds[span.start], bounds[span.end]] for span in spans], np.int64)
    digits, nothing = emissions(columns, runs)
    as_digit, refused = spans_costs
    as_digit += costs.line * np.minimum(-np.log(np.maximum(digits, 1e-12)), costs.line_most)
    refused += costs.line * np.minimum(-np.log(np.maximum(nothing, 1e-12)), costs.line_most)


def _bounds(pieces: Sequence[Piece], strip: Strip, count: int) -> npt.NDArray[np.int64]:
    """Before, between and after the pieces: the column midway between where one ends and the next begins."""
    right = np.maximum.accumulate([piece.right for piece in pieces])
    middles = [(right[index] + pieces[index + 1].left) / 2 for index in range(len(pieces) - 1)]
    inner = np.maximum.accumulate([round(strip.column(x)) for x in middles]) if middles else np.zeros(0)
    return np.clip(np.concatenate([[0], inner, [count]]), 0, count).astype(np.int64)


def _gaps(taken: Sequence[Piece]) -> float:
    total, right = 0.0, taken[0].right
    for piece in taken[1:]:
        total += max(0, piece.left - right)
        right = max(right, piece.right)
    return total


def best_path(
    count: int, spans: Sequence[Span], as_digit: npt.NDArray[np.float64], refused: npt.NDArray[np.float64]
) -> tuple[list[Mark], float]:
    """The likeliest marks from left to right, and the probability of the whole path among all there are."""
    total = -np.logaddexp(np.logaddexp.reduce(-as_digit, axis=1), -refused)
    ending: list[list[int]] = [[] for _ in range(count + 1)]
    for index, span in enumerate(spans):
        ending[span.end].append(index)
    best, way = np.full(count + 1, np.inf), [-1] * (count + 1)
    forward, backward = np.full(count + 1, -np.inf), np.full(count + 1, -np.inf)
    best[0] = forward[0] = backward[count] = 0.0
    cheapest = np.minimum(as_digit.min(axis=1), refused)
    for end in range(1, count + 1):
        for index in ending[end]:
            start = spans[index].start
            forward[end] = np.logaddexp(forward[end], forward[start] - total[index])
            if best[start] + cheapest[index] < best[end]:
                best[end], way[end] = best[start] + cheapest[index], index
    for end in range(count, 0, -1):
        for index in ending[end]:
            start = spans[index].start
            backward[start] = np.logaddexp(backward[start], backward[end] - total[index])
    marks = []
    end = count
    while end > 0:
        index = way[end]
        span = spans[index]
        share = float(np.exp(min(0.0, forward[span.start] - cheapest[index] + backward[end] - forward[count])))
        digit = int(as_digit[index].argmin()) if as_digit[index].min() <= refused[index] else None
        marks.append(Mark(span, digit, share))
        end = span.start
    return marks[::-1], float(np.exp(min(0.0, -best[count] - forward[count])))


def expected_path(
    count: int,
    spans: Sequence[Span],
    as_digit: npt.NDArray[np.float64],
    refused: npt.NDArray[np.float64],
    pattern: Pattern,
) -> tuple[list[Mark], float] | None:
    """Like `best_path`, among the ways whose digits fit the pattern; None where there is none."""
    beginning: list[list[int]] = [[] for _ in range(count + 1)]
    for index, span in enumerate(spans):
        beginning[span.start].append(index)
    places: list[dict[int, _State]] = [{} for _ in range(count + 1)]
    places[0][pattern.start] = _State(0.0, 0.0)
    for start in range(count):
        for state, reached in places[start].items():
            for index in beginning[start]:
                for digit, cost in _ways(pattern, state, as_digit[index], float(refused[index])):
                    ahead = state if digit is None else pattern.step(state, str(digit))
                    if ahead is None:
                        continue
                    known = places[spans[index].end].setdefault(ahead, _State(np.inf, -np.inf))
                    known.log_sum = float(np.logaddexp(known.log_sum, reached.log_sum - cost))
                    if reached.cost + cost < known.cost:
                        known.cost, known.back = reached.cost + cost, (start, state, index, digit)
    ends = [(reached.cost, state) for state, reached in places[count].items() if pattern.accepts(state) and reached.cost < np.inf]
    if not ends:
        return None
    state = min(ends, key=lambda pair: pair[0])[1]
    reached = places[count][state]
    total = np.logaddexp.reduce([places[count][end].log_sum for _, end in ends])
    confidence = float(np.exp(min(0.0, -reached.cost - total)))
    marks: list[Mark] = []
    while reached.back is not None:
        start, before, index, digit = reached.back
        ways = _ways(pattern, before, as_digit[index], float(refused[index]))
        share = np.exp(-dict(ways)[digit]) / max(sum(np.exp(-cost) for _, cost in ways), 1e-12)
        marks.append(Mark(spans[index], digit, float(share)))
        reached = places[start][before]
    return marks[::-1], confidence


@dataclass(slots=True)
class _State:
    """The cheapest way to a place in the line and in the pattern, and the sum over all ways."""

    cost: float
    log_sum: float
    back: tuple[int, int, int, int | None] | None = None


def _ways(pattern: Pattern, state: int, as_digit: npt.NDArray[np.float64], refused: float) -> list[tuple[int | None, float]]:
    ways: list[tuple[int | None, float]] = [
        (digit, float(as_digit[digit])) for digit in range(10) if pattern.step(state, str(digit)) is not None
    ]
    return [*ways, (None, refused)] if refused < np.inf else ways
