"""A mark's ink: the same for either polarity, without its neighbours, in the page's pixels."""

import numpy as np

from inkdigits.reading.glyphs import SIZE_PX
from inkdigits.reading.input.pages import Grey
from inkdigits.reading.marks.boxes import Floats
from inkdigits.reading.marks.glyphs import glyph_of, ink_of
from inkdigits.synthesis.drawn import draw_digit


def page_with(digit: int) -> tuple[Grey, Floats]:
    grey = np.full((120, 200), 235, np.uint8)
    drawn = np.asarray(draw_digit(digit, size_px=80, height=0.6).convert("L"))
    grey[20:100, 60:140] = np.minimum(grey[20:100, 60:140], drawn)
    ink = np.argwhere(grey < 128)
    (top, left), (bottom, right) = ink.min(axis=0), ink.max(axis=0) + 1
    return grey, np.array([left, top, right, bottom], np.float32)


def test_a_negative_gives_the_same_glyph() -> None:
    for digit in range(10):
        grey, box = page_with(digit)
        glyph = glyph_of(grey, box)
        assert glyph.shape == (SIZE_PX, SIZE_PX)
        negative = glyph_of(255 - grey, box)
        assert np.abs(glyph.astype(int) - negative).mean() < 2


def test_the_ink_lies_where_the_box_is() -> None:
    grey, box = page_with(5)
    found = ink_of(grey, box).box()
    assert found is not None
    assert np.abs(found - box).max() <= 2


def test_a_neighbour_that_reaches_in_is_left_out() -> None:
    grey, box = page_with(3)
    alone = glyph_of(grey, box)
    right = int(box[2])
    grey[30:90, right + 1 : right + 5] = 30  # a stroke mostly outside of the box
    assert np.abs(glyph_of(grey, box).astype(int) - alone).mean() < 6


def test_paper_has_no_ink_and_a_digit_has_one_stroke() -> None:
    paper = np.full((60, 60), 235, np.uint8)
    box = np.array([10, 10, 40, 50], np.float32)
    assert ink_of(paper, box).box() is None
    grey, box = page_with(0)
    assert ink_of(grey, box).is_one_stroke()
    split = grey.copy()
    middle = int(box[1] + box[3]) // 2
    split[middle - 4 : middle + 4] = 235
    assert not ink_of(split, box).is_one_stroke()
