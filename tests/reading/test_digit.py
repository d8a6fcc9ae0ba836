"""The one digit of a picture: near the middle, whole, and with its own box."""

from dataclasses import replace

import numpy as np
import pytest

from inkdigits import Reader
from inkdigits.reading.digit import SETTINGS, FoundDigit, _meant, _several, find_digit
from inkdigits.reading.glyphs import SIZE_PX, frame
from inkdigits.reading.input.pages import Grey, Page
from inkdigits.reading.marks.found import Found
from inkdigits.reading.numbers.rows import Row
from inkdigits.synthesis.drawn import draw_digit, draw_numbers
from made_marks import Sign, found_of


@pytest.fixture(scope="module")
def own(reader: Reader) -> Reader:
    return reader


def found_by(reader: Reader, page: Page) -> FoundDigit:
    return find_digit(page, reader._glyphs, reader._rows)


def grey_of(text: str) -> Grey:
    return np.asarray(draw_numbers([text]).convert("L"))


def test_a_framed_glyph_is_taken_as_it_is(own: Reader) -> None:
    glyph = frame(255 - np.asarray(draw_digit(5)))
    for shown in (glyph, 255 - glyph):
        found = found_by(own, Page(shown))
        assert np.array_equal(found.glyph, glyph)
        assert found.box is not None
        assert found.box.right == SIZE_PX
        assert found.seen is None


def test_the_box_is_that_of_the_ink_at_any_scale(own: Reader) -> None:
    grey = np.full((200, 300), 255, np.uint8)
    digit = np.asarray(draw_digit(3, size_px=80))
    grey[60:140, 100:180] = digit
    ink = np.argwhere(grey < 128)
    top, left = ink.min(axis=0)
    bottom, right = ink.max(axis=0)
    for scale in (1.0, 2.5):
        box = found_by(own, Page(grey, scale)).box
        assert box is not None
        sides = np.array([box.left, box.top, box.right, box.bottom])
        wanted = np.array([left, top, right + 1, bottom + 1]) * scale
        assert np.abs(sides - wanted).max() <= 4 * scale


def test_two_digits_of_a_size_are_several_and_one_is_not(own: Reader) -> None:
    assert found_by(own, Page(grey_of("47"))).several
    assert not found_by(own, Page(grey_of("4"))).several


Marks = list[tuple[Sign, tuple[float, float, float, float]]]
MAIN = ("4", (80.0, 60.0, 120.0, 140.0))


@pytest.mark.parametrize(
    ("other", "several"),
    [
        (("7", (130.0, 60.0, 170.0, 140.0)), True),
        (("7", (130.0, 110.0, 145.0, 138.0)), False),  # small print beside it
        (("7", (160.0, 60.0, 200.0, 140.0)), False),  # cut off by the edge
        (({"7": 0.2, "/": 0.2}, (130.0, 60.0, 170.0, 140.0)), False),  # hardly one
    ],
)
def test_another_whole_digit_of_that_size_counts(
    other: tuple[Sign, tuple[float, float, float, float]], several: bool
) -> None:
    marks: Marks = [MAIN, other]
    assert _several(found_of(marks), 0, (200, 200), SETTINGS) == several
    assert not _several(found_of([MAIN]), 0, (200, 200), SETTINGS)


def test_the_one_in_the_middle_is_meant() -> None:
    corner: Marks = [("7", (0.0, 0.0, 40.0, 80.0)), MAIN, ("1", (150, 150, 190, 200))]
    assert _meant(found_of(corner), (200, 200), SETTINGS) == 1
    # A doubtful one in the middle gives way to a sure one beside it.
    beside: Marks = [({"4": 0.05}, MAIN[1]), ("7", (130.0, 60.0, 170.0, 140.0))]
    assert _meant(found_of(beside), (200, 200), SETTINGS) == 1


def test_paper_has_no_digit(own: Reader) -> None:
    found = found_by(own, Page(np.full((90, 120), 240, np.uint8)))
    assert not found.glyph.any()
    assert found.box is None


@pytest.mark.parametrize("number", ["25", "41", "88", "307"])
def test_a_number_cut_out_at_its_edges_is_several_digits(
    reader: Reader, number: str
) -> None:
    """Its digits touch the edge, as a neighbour's that is cut off would."""
    grey = grey_of(number)
    rows, columns = np.nonzero(grey < 128)
    tight = grey[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    answer = reader.predict(np.ascontiguousarray(tight))
    assert (answer.accepted, answer.reason) == (False, "several digits")


def test_the_row_is_read_only_where_marks_show_one_digit(reader: Reader) -> None:
    asked: list[int] = []

    def digits_of(row: Row, grey: Grey) -> Found:
        asked.append(len(row.marks))
        return found_of([MAIN, ("1", (50.0, 60.0, 60.0, 140.0))])

    clear = Page(grey_of("4"))
    found = find_digit(clear, reader._glyphs, reader._rows, digits_of)
    assert (found.several, asked) == (False, [])
    # Had all ink not been surely one digit, the row's second digit would count.
    doubtful = replace(SETTINGS, sure_whole=1.0)
    found = find_digit(
        clear, reader._glyphs, reader._rows, digits_of, settings=doubtful
    )
    assert (found.several, len(asked)) == (True, 1)
