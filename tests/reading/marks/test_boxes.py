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


def test_overlapping_pairs_are_those_that_share_an_area() -> None:
    rng = np.random.default_rng(2)
    corners = rng.uniform(0, 300, (2, 150, 2))
    sides = rng.uniform(1, 40, (2, 150, 2)) * rng.choice([1, 6], (2, 150, 1))
    some, others = np.concatenate([corners, corners + sides], axis=2).astype(np.float32)
    pairs = [
        pair
        for one, other in of.overlapping(some, others)
        for pair in zip(one.tolist(), other.tolist(), strict=True)
    ]
    wanted = {
        (one, int(other))
        for one, box in enumerate(some)
        for other in np.flatnonzero(of.shared_area(box, others) > 0)
    }
    assert len(wanted) > 300
    assert pairs == sorted(wanted)
    one, other = np.array(pairs).T
    shared = of.shared_area(some[one], others[other])
    for pair, area in zip(pairs, shared, strict=True):
        assert area == of.shared_area(some[pair[0]], others)[pair[1]]
    none = np.zeros((0, 4), np.float32)
    for each in ((none, others), (some, none), (none, none)):
        assert sum(len(one) for one, _ in of.overlapping(*each)) == 0


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_the_median_is_numpys(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count).astype(np.float32)
    assert of.median(values) == np.median(values)
