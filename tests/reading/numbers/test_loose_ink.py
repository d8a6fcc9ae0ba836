"""Ink that no mark of a number accounts for is seen, between its marks and beside them."""

import cv2
import numpy as np
import pytest

from inkdigits.reading.input.pages import Grey
from inkdigits.reading.numbers.loose_ink import loose_ink

BOXES = np.array([[100, 40, 130, 90], [160, 40, 190, 90]], np.float32)


def page(*strokes: tuple[int, int, int, int], ink: int = 30, paper: int = 220) -> Grey:
    """Two digits' worth of ink in their boxes, and what else is drawn."""
    grey = np.full((140, 400), paper, np.uint8)
    for left, top, right, bottom in [(102, 42, 128, 88), (162, 42, 188, 88)]:
        cv2.ellipse(
            grey,
            ((left + right) // 2, (top + bottom) // 2),
            (12, 22),
            0,
            0,
            360,
            ink,
            4,
        )
    for left, top, right, bottom in strokes:
        cv2.line(grey, (left, top), (right, bottom), ink, 4)
    return grey


@pytest.mark.parametrize(("ink", "paper"), [(30, 220), (230, 40), (150, 180)])
def test_ink_that_is_all_in_marks_is_not_loose(ink: int, paper: int) -> None:
    assert loose_ink(page(ink=ink, paper=paper), BOXES, 50.0) == (0.0, 0.0)


def test_a_missed_digit_is_seen_where_it_stands() -> None:
    between, beside = loose_ink(page((145, 45, 145, 85)), BOXES, 50.0)
    assert between > 0.1
    assert beside == 0
    between, beside = loose_ink(page((80, 45, 80, 85)), BOXES, 50.0)
    assert between == 0
    assert beside > 0.1


def test_what_stands_far_away_is_of_no_account() -> None:
    assert loose_ink(
        page((20, 45, 20, 85), (300, 45, 300, 85), (100, 120, 190, 120)), BOXES, 50.0
    ) == (0.0, 0.0)


def test_a_number_is_seen_alike_at_any_size() -> None:
    small = page((145, 45, 145, 85))
    large = cv2.resize(small, None, fx=6, fy=6, interpolation=cv2.INTER_LINEAR)
    assert loose_ink(np.asarray(large), BOXES * 6, 300.0) == pytest.approx(
        loose_ink(small, BOXES, 50.0), abs=0.1
    )


@pytest.mark.parametrize(
    "box", [[-50, -50, -20, -20], [900, 10, 940, 60], [0, 0, 1, 1]]
)
def test_boxes_beyond_the_page_do_no_harm(box: list[int]) -> None:
    assert np.isfinite(loose_ink(page(), np.array([box], np.float32), 30.0)).all()
