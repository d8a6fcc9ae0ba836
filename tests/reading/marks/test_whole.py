"""All of a picture's ink as one mark: a digit of any size and pen; neither blank paper nor a number of several digits."""

import numpy as np
import pytest

from inkdigits.reading.marks.found import Found
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.whole import all_ink, ink_box, shows_several, whole_mark
from inkdigits.synthesis.drawn import draw_digit, draw_numbers, with_margin, with_shadow
from made_marks import found_of


@pytest.fixture(scope="module")
def network() -> GlyphNetwork:
    return GlyphNetwork()


@pytest.mark.parametrize(
    ("size_px", "stroke_px"), [(60, 4), (400, 3), (1200, 4), (1200, 60)]
)
def test_a_large_digit_is_found_whatever_its_pen(
    network: GlyphNetwork, size_px: int, stroke_px: int
) -> None:
    right = 0
    for digit in range(10):
        grey = np.asarray(
            draw_digit(digit, size_px=size_px, stroke_px=stroke_px), np.uint8
        )
        found = whole_mark(grey, network)
        (left, top, right_side, bottom), *_ = found.boxes.tolist()
        rows, columns = np.nonzero(grey < 128)
        assert left == pytest.approx(columns.min(), abs=0.03 * size_px)
        assert top == pytest.approx(rows.min(), abs=0.03 * size_px)
        assert right_side == pytest.approx(columns.max() + 1, abs=0.03 * size_px)
        assert bottom == pytest.approx(rows.max() + 1, abs=0.03 * size_px)
        right += int(found.classes.argmax()) == digit
    assert right >= 9


@pytest.mark.parametrize("dark", [10, 120])
def test_a_margin_beside_the_page_is_no_ink(dark: int) -> None:
    for digit in range(10):
        page = draw_digit(digit, ink=130, height=0.3, at=(0.6, 0.5))
        plain, beside = (
            ink_box(np.asarray(picture, np.uint8))
            for picture in (page, with_margin(page, dark=dark))
        )
        assert plain is not None
        assert beside == pytest.approx(plain, abs=2)


@pytest.mark.parametrize("size_px", [220, 400])
def test_a_shadow_on_a_page_is_no_ink(size_px: int) -> None:
    for digit in range(10):
        page = draw_digit(digit, size_px=size_px, height=0.4)
        plain, shaded = (
            ink_box(np.asarray(picture.convert("L"), np.uint8))
            for picture in (page, with_shadow(page, depth=0.5))
        )
        assert plain is not None
        assert shaded == pytest.approx(plain, abs=0.04 * size_px)


def test_strokes_along_the_sides_of_a_tight_picture_are_ink() -> None:
    two = np.full((60, 40), 255, np.uint8)
    two[:3] = two[-3:] = 20
    assert ink_box(two) == pytest.approx(np.array([0, 0, 40, 60]), abs=1)


def test_a_negative_has_the_same_ink() -> None:
    for digit in range(10):
        grey = np.asarray(draw_digit(digit, ink=20, paper=235), np.uint8)
        assert np.array_equal(all_ink(grey), all_ink(255 - grey))


def test_blank_paper_has_no_ink() -> None:
    assert not all_ink(np.full((120, 90), 240, np.uint8)).any()


def test_blank_paper_has_none(network: GlyphNetwork) -> None:
    assert len(whole_mark(np.full((90, 120), 240, np.uint8), network)) == 0


@pytest.mark.parametrize("number", ["305", "48", "1998", "27"])
def test_several_digits_are_not_one(network: GlyphNetwork, number: str) -> None:
    found = whole_mark(np.asarray(draw_numbers([number]), np.uint8), network)
    assert found.digit_share.max() < 0.9


def test_several_sure_digits_leave_no_room_for_one() -> None:
    four = ("4", (10.0, 10.0, 30.0, 50.0))
    seven = ("7", (35.0, 10.0, 55.0, 50.0))
    assert shows_several(found_of([four, seven]))
    assert not shows_several(found_of([four]))
    point = (".", (57.0, 44.0, 61.0, 50.0))
    assert not shows_several(found_of([four, point]))
    assert not shows_several(Found.none())
