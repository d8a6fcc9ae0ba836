"""Marks written on a map are the marks decoded from it, each once."""

from dataclasses import replace

import numpy as np
import pytest

from inkdigits.reading.marks.alphabet import CLASS_OF, CLASSES
from inkdigits.reading.marks.boxes import shared_area
from inkdigits.reading.marks.found import (
    PEAKS,
    STRIDE,
    Found,
    joined,
    peaks_of,
    softmax,
)
from made_marks import boxes_of, found_of, map_of

SHAPE = (96, 320)


def by_place(found: Found) -> Found:
    return found.take(np.lexsort((found.boxes[:, 0], found.boxes[:, 1])))


@pytest.mark.parametrize(
    "text", ["0123456789", "12.50", "1,250.00", "10:30", "-17%", "$5=€5", "(3/4)"]
)
def test_known_marks_are_decoded(text: str) -> None:
    wanted = found_of(boxes_of(text))
    found = by_place(peaks_of(map_of(wanted, SHAPE)))
    wanted = by_place(wanted)
    assert np.allclose(found.boxes, wanted.boxes, atol=1e-2)
    assert np.allclose(found.centre, wanted.centre, atol=1e-4)
    assert np.allclose(found.classes, wanted.classes, atol=1e-4)


def test_marks_at_random_places_are_decoded() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        marks = [
            (
                CLASSES[rng.integers(10)],
                (
                    x + dx,
                    y + dy,
                    x + dx + rng.uniform(6, 30),
                    y + dy + rng.uniform(12, 40),
                ),
            )
            for y in range(10, 300, 60)
            for x in range(10, 300, 50)
            for dx, dy in [rng.uniform(0, 10, 2)]
            if rng.random() < 0.7
        ]
        wanted = found_of(marks)
        found = peaks_of(map_of(wanted, (360, 360)))
        assert len(found) == len(wanted)
        assert np.allclose(
            np.sort(found.boxes, axis=0), np.sort(wanted.boxes, axis=0), atol=0.05
        )


def test_the_surest_comes_first() -> None:
    made = found_of(boxes_of("7777"))
    centre = np.array([0.4, 0.9, 0.3, 0.6], np.float32)
    found = peaks_of(map_of(replace(made, centre=centre), SHAPE))
    assert np.allclose(found.centre, np.sort(centre)[::-1], atol=1e-4)


def test_what_is_hardly_a_mark_is_none() -> None:
    made = found_of(boxes_of("12"), centre=0.9 * PEAKS.least_centre)
    assert len(peaks_of(map_of(made, SHAPE))) == 0
    assert peaks_of(map_of(made, SHAPE)).boxes.shape == (0, 4)


def test_a_mark_that_two_places_show_is_one() -> None:
    """Two cells that do not touch, the same box but for a pixel: no neighbour of the other, so both are peaks."""
    box = (40.0, 20.0, 70.0, 60.0)
    beside = (48.0, 20.0, 78.0, 60.0)
    made = found_of([("8", box), ("8", beside)])
    made = replace(made, centre=np.array([0.9, 0.7], np.float32))
    (kept,) = peaks_of(map_of(made, SHAPE)).boxes
    assert np.allclose(kept, box, atol=1e-2)


def test_a_part_of_a_mark_is_none_but_a_comma_under_its_tail_stays() -> None:
    seven = (40.0, 20.0, 70.0, 60.0)
    half = (42.0, 21.0, 66.0, 42.0)
    comma = (58.0, 50.0, 66.0, 58.0)
    sure_first = np.array([0.95, 0.7], np.float32)
    for other, sign, count in ((half, "1", 1), (comma, ",", 2)):
        made = replace(found_of([("7", seven), (sign, other)]), centre=sure_first)
        assert len(peaks_of(map_of(made, SHAPE))) == count


def test_scaled_and_joined_marks_keep_their_signs() -> None:
    made = found_of(boxes_of("12"))
    both = joined([made, made.scaled(3.0)])
    assert len(both) == 4
    assert np.allclose(both.boxes[2:], 3 * made.boxes)
    assert both.classes.argmax(axis=1).tolist() == [CLASS_OF[sign] for sign in "1212"]


def test_shared_area_is_that_of_the_intersection() -> None:
    rng = np.random.default_rng(1)
    corners = rng.integers(0, 40, (50, 2, 2))
    boxes = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
    drawn = np.zeros((50, 40, 40), bool)
    for page, (left, top, right, bottom) in zip(drawn, boxes, strict=True):
        page[top:bottom, left:right] = True
    shared = shared_area(boxes[0].astype(np.float32), boxes.astype(np.float32))
    assert shared.tolist() == [(drawn[0] & page).sum() for page in drawn]


def test_softmax_sums_to_one_whatever_the_scores() -> None:
    scores = np.array([[1000.0, 0.0], [-1000.0, -1000.0], [3.0, 4.0]], np.float32)
    assert np.allclose(softmax(scores).sum(axis=1), 1)
    assert softmax(np.zeros((0, 5), np.float32)).shape == (0, 5)


def test_a_cell_is_four_pixels() -> None:
    assert map_of(found_of([]), (40, 80)).shape[1:] == (40 // STRIDE, 80 // STRIDE)
