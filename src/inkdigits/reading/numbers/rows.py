"""Marks → rows: which marks stand side by side, seen at which size.

marks of each size → rows of that size → of rows that lie on one another, the surest
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inkdigits.reading.marks.alphabet import CLASS_OF, CLASSES, DIGITS, OTHER
from inkdigits.reading.marks.found import Found

Floats = npt.NDArray[np.float32]
_OTHER = CLASS_OF[OTHER]


@dataclass(frozen=True, slots=True)
class RowSettings:
    """When marks belong to one row; lengths in heights of the digits beside."""

    least_mark: float = 0.3  # a mark counts when it is at least so surely one
    widest_gap: float = 1.1  # between two digits of a number
    least_overlap: float = 0.4  # of the lower digit's height
    most_unlike: float = 2.6  # heights of two neighbours, the larger by the smaller
    sign_reach: float = 0.9  # how far from a digit a sign may stand
    same_place: float = 0.4  # share of the smaller row that lies on the other


@dataclass(frozen=True, slots=True)
class Row:
    """Marks from left to right, and how sure the network is of all of them together."""

    marks: Found
    score: float

    @property
    def box(self) -> Floats:
        boxes = self.marks.boxes
        return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])

    @property
    def height(self) -> float:
        """The usual height of its digits."""
        digits = self.marks.boxes[is_digit(self.marks)]
        return float(np.median(digits[:, 3] - digits[:, 1])) if len(digits) else 0.0


def is_digit(found: Found) -> npt.NDArray[np.bool_]:
    """Which marks look most like a digit."""
    return np.asarray(found.classes.argmax(axis=1) < len(DIGITS))


def rows_of(levels: list[Found], settings: RowSettings = RowSettings()) -> list[Row]:
    """The page's rows, from top to bottom; each is read at the one size at which it is surest."""
    rows = [row for found in levels for row in _rows_at(found, settings)]
    rows.sort(key=lambda row: -row.score)
    chosen: list[Row] = []
    for row in rows:
        if all(_share_on(row.box, other.box) < settings.same_place for other in chosen):
            chosen.append(row)
    return sorted(chosen, key=lambda row: (float(row.box[1] + row.box[3]), float(row.box[0])))


def _share_on(one: Floats, other: Floats) -> float:
    """The part of the smaller box that lies on the larger."""
    shared = np.clip(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]), 0, None).prod()
    smaller = min((box[2:] - box[:2]).prod() for box in (one, other))
    return float(shared / max(smaller, 1e-6))


def _rows_at(found: Found, settings: RowSettings) -> list[Row]:
    found = found.take(np.flatnonzero(found.centre >= settings.least_mark))
    if not len(found):
        return []
    best = found.classes.argmax(axis=1)
    digits, signs = np.flatnonzero(best < len(DIGITS)), np.flatnonzero((best >= len(DIGITS)) & (best != _OTHER))
    group = _grouped(found.boxes[digits], settings)
    rows = []
    for number in range(group.max() + 1 if len(group) else 0):
        members = digits[group == number]
        beside = _signs_beside(found, members, signs, settings)
        marks = found.take(np.concatenate([members, beside]))
        marks = marks.take(np.argsort(marks.boxes[:, 0] + marks.boxes[:, 2], kind="stable"))
        sure = found.centre[members] * found.digit_share[members]
        rows.append(Row(marks, float((sure - 0.25).sum())))
    return rows


def _grouped(boxes: Floats, settings: RowSettings) -> npt.NDArray[np.int64]:
    """A number for each digit, the same for those that stand side by side, directly or by others between them."""
    count = len(boxes)
    if not count:
        return np.zeros(0, np.int64)
    height = boxes[:, 3] - boxes[:, 1]
    low = np.maximum(boxes[:, None, 1], boxes[None, :, 1])
    high = np.minimum(boxes[:, None, 3], boxes[None, :, 3])
    smaller, larger = np.minimum(height[:, None], height[None]), np.maximum(height[:, None], height[None])
    gap = np.maximum(boxes[:, None, 0], boxes[None, :, 0]) - np.minimum(boxes[:, None, 2], boxes[None, :, 2])
    linked = (
        (high - low > settings.least_overlap * smaller)
        & (gap < settings.widest_gap * smaller)
        & (larger < settings.most_unlike * smaller)
    )
    group = np.arange(count)
    for index in range(count):
        near = np.flatnonzero(linked[index])
        lowest = group[near].min(initial=group[index])
        for other in {int(group[one]) for one in near} | {int(group[index])}:
            group[group == other] = lowest
    return np.unique(group, return_inverse=True)[1].astype(np.int64)


def _signs_beside(
    found: Found, members: npt.NDArray[np.int64], signs: npt.NDArray[np.int64], settings: RowSettings
) -> npt.NDArray[np.int64]:
    """The signs that stand in the row: near one of its digits, and no higher or lower than signs are."""
    if not len(signs):
        return signs
    boxes, own = found.boxes[signs], found.boxes[members]
    height = float(np.median(own[:, 3] - own[:, 1]))
    gap = np.maximum(boxes[:, None, 0], own[None, :, 0]) - np.minimum(boxes[:, None, 2], own[None, :, 2])
    nearest = gap.argmin(axis=1)
    middle = (boxes[:, 1] + boxes[:, 3]) / 2
    beside = own[nearest]
    stands = (middle > beside[:, 1] - 0.1 * height) & (middle < beside[:, 3] + 0.35 * height)
    return signs[stands & (gap.min(axis=1) < settings.sign_reach * height)]


def spelled(row: Row, wide_gap: float = 0.75) -> str:
    """The row as it is written, with a space where the gap is wide."""
    text, height = "", max(row.height, 1.0)
    before: Floats | None = None
    for box, best in zip(row.marks.boxes, row.marks.classes.argmax(axis=1), strict=True):
        if before is not None and box[0] - before[2] > wide_gap * height:
            text += " "
        text += CLASSES[int(best)]
        before = box
    return text
