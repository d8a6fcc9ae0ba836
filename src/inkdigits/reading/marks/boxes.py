"""Boxes as rows of left, top, right, bottom, and common operations on them."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


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
    """The area that a box shares with each of others."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared: Floats = np.clip(high - low, 0, None).prod(axis=1)
    return shared


def share_of_smaller(box: Floats, boxes: Floats) -> Floats:
    """The part of the smaller box that lies on the other, for each of the others."""
    smaller = np.minimum(areas(box[None]), areas(boxes))
    return np.asarray(shared_area(box, boxes) / np.maximum(smaller, 1e-6), boxes.dtype)


def from_left(boxes: Floats) -> npt.NDArray[np.int64]:
    """The boxes' places in order from left to right, by their middles."""
    return np.argsort(boxes[:, 0] + boxes[:, 2], kind="stable")
