"""Boxes as rows of left, top, right, bottom, and common operations on them."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]


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


def overlapping(boxes: Floats, others: Floats) -> tuple[Indices, Indices]:
    """Each pair of a box and another that overlap: its place in `boxes`, and in `others`.

    Far faster than each box with each other one, where most are far apart.
    """
    order = np.argsort(others[:, 0], kind="stable")
    lefts = others[order, 0]
    widest = widths(others).max(initial=0)
    first = np.searchsorted(lefts, boxes[:, 0] - widest, side="left")
    last = np.searchsorted(lefts, boxes[:, 2], side="left")
    counts = np.maximum(last - first, 0)
    one = np.repeat(np.arange(len(boxes)), counts)
    # The count-th of those that are near enough across.
    count = np.arange(len(one)) - np.repeat(np.cumsum(counts) - counts, counts)
    other = order[np.repeat(first, counts) + count]
    meet = (
        (others[other, 2] > boxes[one, 0])
        & (others[other, 1] < boxes[one, 3])
        & (others[other, 3] > boxes[one, 1])
    )
    return one[meet], other[meet]


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
