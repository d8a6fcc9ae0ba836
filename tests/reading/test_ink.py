"""The ink of the one digit that a picture shows."""

from dataclasses import astuple

import numpy as np
import pytest

from inkdigits.reading.glyphs import ink_box
from inkdigits.reading.ink import WORK_PX, find, find_ink, found
from inkdigits.synthesis.drawn import draw_digit, with_specks


@pytest.mark.parametrize("digit", [0, 3, 7])
def test_a_negative_has_the_same_ink(digit: int) -> None:
    picture = np.asarray(draw_digit(digit, ink=20, paper=235))
    assert np.array_equal(find_ink(picture), find_ink(255 - picture))


def test_no_ink_is_found_on_blank_paper() -> None:
    assert not find_ink(np.full((120, 90), 240, np.uint8)).any()


def test_large_pictures_are_worked_on_at_a_whole_fraction_of_their_size() -> None:
    picture = np.asarray(draw_digit(4, size_px=1300, stroke_px=60))
    ink = find(picture)
    assert max(ink.map.shape) <= WORK_PX
    assert ink.scale == 3


def test_specks_beside_a_digit_are_no_part_of_it() -> None:
    clean = draw_digit(6, size_px=200)
    alone = ink_box(find_ink(np.asarray(clean)))
    among_specks = ink_box(find_ink(np.asarray(with_specks(clean, count=12))))
    assert alone is not None
    assert among_specks is not None
    assert np.allclose(astuple(alone), astuple(among_specks), atol=3)


def test_the_first_way_is_the_one_that_is_taken_alone() -> None:
    picture = np.asarray(draw_digit(2))
    assert np.array_equal(next(iter(found(picture))).map, find_ink(picture))
