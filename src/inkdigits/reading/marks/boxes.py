"""Boxes as rows of left, top, right, bottom, and common operations on them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]
# Boxes that are compared with all others at once: more are no faster.
_AT_ONCE = 64


def widths(boxes: Floats) -> Floats:
    return boxes[:, 2] - boxes[:, 0]


def heights(boxes: Floats) -> Floats:
    return boxes[:, 3] - boxes[:, 1]


def middles_x(boxes: Floats) -> Floats:
    """Half the way from left to right, for each box."""
    return np.asarray((boxes[:, 0] + boxes[:, 2]) / 2, boxes.dtype)


def middles_y(boxes: Floats) -> Floats:
    """Half the way from top to bottom, for each box."""
    return np.asarray((boxes[:, 1] + boxes[:, 3]) / 2, boxes.dtype)


def areas(boxes: Floats) -> Floats:
    return np.asarray((boxes[:, 2:] - boxes[:, :2]).prod(axis=1), boxes.dtype)


def shared_area(box: Floats, boxes: Floats) -> Floats:
    """The area that a box shares with each of others.

    With several boxes: the first's with the first of the others, and so on.
    """
    low = np.maximum(box[..., :2], boxes[:, :2])
    high = np.minimum(box[..., 2:], boxes[:, 2:])
    shared: Floats = np.clip(high - low, 0, None).prod(axis=1)
    return shared


def overlapping(boxes: Floats, others: Floats) -> Iterator[tuple[Indices, Indices]]:
    """Pairs of a box and another that overlap: their places in `boxes`, and in `others`.

    In order, some boxes at a time: a page has up to 4,000, and all pairs may take a gigabyte.
    """
    for start in range(0, len(boxes), _AT_ONCE):
        left, top, right, bottom = boxes[start : start + _AT_ONCE].T[..., None]
        across = (left < others[:, 2]) & (right > others[:, 0])
        level = (top < others[:, 3]) & (bottom > others[:, 1])
        one, other = np.nonzero(across & level)
        yield one + start, other


def share_of_smaller(box: Floats, boxes: Floats) -> Floats:
    """The part of the smaller box that lies on the other, for each of the others."""
    smaller = np.minimum(areas(box[None]), areas(boxes))
    return np.asarray(shared_area(box, boxes) / np.maximum(smaller, 1e-6), boxes.dtype)


def from_left(boxes: Floats) -> npt.NDArray[np.int64]:
    """The boxes' places in order from left to right, by their middles."""
    return np.argsort(boxes[:, 0] + boxes[:, 2], kind="stable")


def median(values: npt.NDArray[np.floating[Any]]) -> float:
    """The same as numpy's, which takes five times as long for a few values."""
    ordered = np.sort(values)
    half = len(ordered) // 2
    if len(ordered) % 2:
        return float(ordered[half])
    return float((ordered[half - 1] + ordered[half]) / 2)
