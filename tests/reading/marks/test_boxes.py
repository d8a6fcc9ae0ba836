"""Boxes: their sides, middles and areas, and what two of them share."""

import numpy as np
import pytest

from inkdigits.reading.marks import boxes as of

BOXES = np.array([[10, 20, 30, 60], [0, 0, 4, 2], [25, 50, 45, 90]], np.float32)


def test_sides_middles_and_areas() -> None:
    assert of.widths(BOXES).tolist() == [20, 4, 20]
    assert of.heights(BOXES).tolist() == [40, 2, 40]
    assert of.middles_x(BOXES).tolist() == [20, 2, 35]
    assert of.middles_y(BOXES).tolist() == [40, 1, 70]
    assert of.areas(BOXES).tolist() == [800, 8, 800]
    assert of.from_left(BOXES).tolist() == [1, 0, 2]


def test_what_boxes_share() -> None:
    box = BOXES[0]
    assert of.shared_area(box, BOXES).tolist() == [800, 0, 50]
    assert of.share_of_smaller(box, BOXES).tolist() == pytest.approx([1, 0, 50 / 800])
    inside = np.array([[12, 22, 16, 24]], np.float32)
    assert of.share_of_smaller(box, inside).tolist() == [1]


def test_no_boxes_have_no_sides() -> None:
    none = np.zeros((0, 4), np.float32)
    assert len(of.areas(none)) == len(of.share_of_smaller(BOXES[0], none)) == 0
