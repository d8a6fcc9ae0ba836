"""Upright bars among digits, which the line net takes for the walls of boxes: where a digit would stand, they are 1s."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from inkdigits.reading.classifier import DIGITS
from inkdigits.reading.decoding import is_one_stroke
from inkdigits.reading.linenet import Columns
from inkdigits.reading.pieces import Place, around
from inkdigits.reading.strip import Strip

if TYPE_CHECKING:
    from inkdigits.reading.page import Work

_ONE, _SURE, _SEEN, _OTHERWISE = 1, 0.6, 0.7, 0.3
_WIDEST, _LEAST_TALL, _MOST_TALL = 0.3, 0.8, 1.25
_LEVEL, _BESIDE_TALL = 0.2, 0.7


def with_bars(columns: Columns, strip: Strip, work: "Work") -> Columns:
    """What the line net sees, with a 1 where it sees nothing though a bar stands there that the digit net is sure of."""
    height_px, strokes = work.line.height_px, [around([*parts]) for _, parts in groupby(work.pieces, attrgetter("stroke"))]
    beside = sorted(place for place in strokes if not _is_bar(place) and _height(place) >= _BESIDE_TALL * height_px)
    seen = columns
    for span, share, shares in zip(work.spans, work.scores.share, work.scores.probabilities, strict=True):
        taken = work.pieces[span.start : span.end]
        if share < _SURE or int(shares.argmax()) != _ONE or not is_one_stroke(span, taken):
            continue
        place = around(taken)
        if _is_bar(place) and _LEAST_TALL <= _height(place) / height_px <= _MOST_TALL and _is_level(place, beside, height_px):
            seen = _with_a_one(seen, strip, place)
    return seen


def _height(place: Place) -> int:
    return place[3] - place[1]


def _is_bar(place: Place) -> bool:
    return place[2] - place[0] <= _WIDEST * _height(place)


def _is_level(place: Place, beside: Sequence[Place], height_px: float) -> bool:
    """Whether it stands at the height of its nearest neighbour on either side, and has one; `beside` goes from left to right."""
    before, after = bisect_left(beside, place[:1]), bisect_left(beside, (place[0] + 1,))
    near = (*beside[max(0, before - 1) : before], *beside[after : after + 1])
    off = [abs(other[1] + other[3] - place[1] - place[3]) / 2 for other in near]
    return bool(off) and max(off) <= _LEVEL * height_px


def _with_a_one(columns: Columns, strip: Strip, place: Place) -> Columns:
    first = min(max(0, int(strip.column(place[0]))), len(columns) - 1)
    last = min(len(columns), int(strip.column(place[2])) + 2)
    part = columns[first:last, :DIGITS]
    at = first + int(part[:, _ONE].argmax())
    if columns[at, _ONE] >= _SEEN or np.delete(part, _ONE, axis=1).max() > _OTHERWISE:
        return columns
    seen = columns.copy()
    seen[at] *= (1 - _SEEN) / (1 - seen[at, _ONE])
    seen[at, _ONE] = _SEEN
    return seen
