"""Marks → rows of marks side by side, each at one scale.

marks at each scale → rows at that scale → of overlapping rows, the one with the highest score
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from inkdigits.reading.marks.alphabet import CLASS_OF, DIGITS, OTHER
from inkdigits.reading.marks.boxes import (
    areas,
    from_left,
    heights,
    median,
    middles_y,
    overlapping,
    share_of_smaller,
    shared_area,
)
from inkdigits.reading.marks.found import Found

Floats = npt.NDArray[np.float32]
Levels = Sequence[tuple[float, Found]]
_OTHER = CLASS_OF[OTHER]


@dataclass(frozen=True, slots=True)
class RowSettings:
    """When marks belong to one row; lengths in heights of the neighbouring digits."""

    least_mark: float = 0.3  # a mark counts when it is at least so surely one
    # Between two digits of a line: wide gaps become spaces in its text
    widest_gap: float = 2.4
    least_overlap: float = 0.4  # of the lower digit's height
    # Heights of two neighbours, the larger by the smaller: some write a low 0 beside a tall 6
    most_unlike: float = 3.2
    sign_reach: float = 1.2  # how far from a digit a sign may stand
    sign_above: float = 0.1  # how far a sign's middle may be above the next digit's
    sign_below: float = 0.35  # and how far below
    # Rows that overlap so much of the lower one's height are on one line of writing
    level: float = 0.5
    same_place: float = 0.4  # share of the smaller row that lies on the other
    doubt: float = 0.25  # a digit speaks for its row where it is surer than this
    # Digits' worth of certainty from which a row is a number, however unsure its text.
    # Of held-out rows too unlikely to be right, all 5 with as much are numbers; with 3
    # digits' worth, 5 of 18 were not.
    surely_number: float = 4.0


ROWS = RowSettings()


@dataclass(frozen=True, slots=True)
class Row:
    """Marks from left to right, with their joint score.

    `scale` is the scale at which it was found, and `support` the share of its digits that were also
    found at another scale.
    """

    marks: Found
    score: float
    scale: float = 1.0
    support: float = 0.0

    @property
    def box(self) -> Floats:
        boxes = self.marks.boxes
        return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])

    @property
    def is_surely_number(self) -> bool:
        """Whether its digits are a number, whichever they are."""
        return self.score >= ROWS.surely_number

    @property
    def height(self) -> float:
        """The usual height of its digits."""
        digits = self.marks.boxes[is_digit(self.marks)]
        return median(heights(digits)) if len(digits) else 0.0


def is_digit(found: Found) -> npt.NDArray[np.bool_]:
    """The marks whose likeliest class is a digit."""
    return np.asarray(found.classes.argmax(axis=1) < len(DIGITS))


def rows_of(levels: Levels, settings: RowSettings = ROWS) -> list[Row]:
    """The page's rows, from top to bottom.

    Each is read at the scale with the highest score.
    """
    rows = [row for scale, found in levels for row in _rows_at(found, scale, settings)]
    rows.sort(key=lambda row: -row.score)
    boxes = np.array([row.box for row in rows], np.float32).reshape(-1, 4)
    best: list[int] = []
    for index, box in enumerate(boxes):
        if (share_of_smaller(box, boxes[best]) < settings.same_place).all():
            best.append(index)
    chosen = in_reading_order([rows[index] for index in best], settings)
    return [replace(row, support=_support(row, levels)) for row in chosen]


def in_reading_order(rows: Sequence[Row], settings: RowSettings = ROWS) -> list[Row]:
    """From top to bottom, and from left to right where rows stand side by side."""
    lines: list[list[Row]] = []
    for row in sorted(rows, key=lambda row: float(row.box[1] + row.box[3])):
        if lines and _stand_level(lines[-1][0].box, row.box, settings):
            lines[-1].append(row)
        else:
            lines.append([row])
    return [
        row for line in lines for row in sorted(line, key=lambda row: float(row.box[0]))
    ]


def _stand_level(one: Floats, other: Floats, settings: RowSettings) -> bool:
    overlap = min(one[3], other[3]) - max(one[1], other[1])
    return bool(overlap > settings.level * min(one[3] - one[1], other[3] - other[1]))


def _support(row: Row, levels: Levels) -> float:
    """The share of the row's digits that were found with the same class at another scale."""
    digits = row.marks.take(np.flatnonzero(is_digit(row.marks)))
    best = digits.classes.argmax(axis=1)
    half = 0.5 * areas(digits.boxes)
    seen = np.zeros(len(digits), bool)
    for found in (found for scale, found in levels if scale != row.scale):
        named = found.classes.argmax(axis=1)
        for one, other in overlapping(digits.boxes, found.boxes):
            covered = shared_area(digits.boxes[one], found.boxes[other]) > half[one]
            seen[one[covered & (named[other] == best[one])]] = True
    return float(seen.sum()) / max(len(digits), 1)


def _rows_at(found: Found, scale: float, settings: RowSettings) -> list[Row]:
    found = found.take(np.flatnonzero(found.centre >= settings.least_mark))
    if not len(found):
        return []
    best = found.classes.argmax(axis=1)
    digits = np.flatnonzero(best < len(DIGITS))
    signs = np.flatnonzero((best >= len(DIGITS)) & (best != _OTHER))
    group = _grouped(found.boxes[digits], settings)
    rows = []
    for number in range(group.max() + 1 if len(group) else 0):
        members = digits[group == number]
        beside = _signs_beside(found, members, signs, settings)
        marks = found.take(np.concatenate([members, beside]))
        marks = marks.take(from_left(marks.boxes))
        sure = found.centre[members] * found.digit_share[members]
        rows.append(Row(marks, float((sure - settings.doubt).sum()), scale))
    return rows


def _grouped(boxes: Floats, settings: RowSettings) -> npt.NDArray[np.int64]:
    """A number for each digit, the same for all that stand in one row."""
    count = len(boxes)
    parent = list(range(count))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    order = np.argsort(boxes[:, 0], kind="stable")
    ordered = boxes[order]
    reach = ordered.copy()
    reach[:, 2] += np.float32(settings.widest_gap) * heights(ordered)
    for one, other in overlapping(reach, ordered):
        linked = (one < other) & _linked(ordered[one], ordered[other], settings)
        left, right = order[one[linked]].tolist(), order[other[linked]].tolist()
        for index, near in zip(left, right, strict=True):
            parent[root(near)] = root(index)
    return np.unique([root(index) for index in range(count)], return_inverse=True)[
        1
    ].astype(np.int64)


def _linked(
    boxes: Floats, others: Floats, settings: RowSettings
) -> npt.NDArray[np.bool_]:
    """Which of these pairs of digits, the other one further right, are neighbours."""
    smaller = np.minimum(heights(boxes), heights(others))
    larger = np.maximum(heights(boxes), heights(others))
    lower_top = np.maximum(boxes[:, 1], others[:, 1])
    overlap = np.minimum(boxes[:, 3], others[:, 3]) - lower_top
    stand_level = overlap > settings.least_overlap * smaller
    stand_near = others[:, 0] - boxes[:, 2] < settings.widest_gap * smaller
    are_alike = larger < settings.most_unlike * smaller
    return np.asarray(stand_level & stand_near & are_alike)


def _signs_beside(
    found: Found,
    members: npt.NDArray[np.int64],
    signs: npt.NDArray[np.int64],
    settings: RowSettings,
) -> npt.NDArray[np.int64]:
    """The signs that stand near one of the row's digits, and at the height of signs."""
    if not len(signs):
        return signs
    boxes, own = found.boxes[signs], found.boxes[members]
    height = median(heights(own))
    gap = np.maximum(boxes[:, None, 0], own[None, :, 0]) - np.minimum(
        boxes[:, None, 2], own[None, :, 2]
    )
    nearest = gap.argmin(axis=1)
    middle = middles_y(boxes)
    beside = own[nearest]
    stands = (middle > beside[:, 1] - settings.sign_above * height) & (
        middle < beside[:, 3] + settings.sign_below * height
    )
    return signs[stands & (gap.min(axis=1) < settings.sign_reach * height)]
