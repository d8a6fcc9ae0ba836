"""A Reader: its settings, and one for all threads and processes."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import inkdigits
from inkdigits import Reader, errors
from inkdigits.reading.input.pages import Page
from inkdigits.reading.options import ReadOptions
from inkdigits.synthesis.drawn import draw_digit, draw_numbers, with_scratch
from worn import long_and_thin

DIGITS = list(range(10))


def test_min_confidence_decides_what_is_accepted(seven: Path) -> None:
    assert Reader(min_confidence=0).predict(seven).accepted
    assert not Reader(min_confidence=1.0).predict(draw_digit(7, seed=3)).accepted
    with pytest.raises(errors.SettingError, match="min_confidence is 7"):
        Reader(min_confidence=7)


def test_a_list_of_none_gives_none(reader: Reader) -> None:
    assert reader.predict([]) == []


def test_shared_reader_and_module_functions_agree(reader: Reader, seven: Path) -> None:
    assert inkdigits.predict(seven) == reader.predict(seven)


def test_a_reader_serves_threads_and_pickles(reader: Reader) -> None:
    pictures = [draw_digit(digit) for digit in DIGITS] * 3
    with ThreadPoolExecutor(4) as pool:
        assert [
            answers[0].digit
            for answers in pool.map(reader.predict, [[p] for p in pictures])
        ] == DIGITS * 3
    assert pickle.loads(pickle.dumps(reader)).predict(draw_digit(2)).digit == 2  # noqa: S301


@pytest.mark.parametrize("digit", [2, 9])
def test_a_scratch_beside_one_digit_is_no_number(reader: Reader, digit: int) -> None:
    page = with_scratch(draw_digit(digit, size_px=1200, height=0.5))
    alone = reader._pages.read(Page(np.asarray(page, np.uint8)), 1, ReadOptions())
    assert len(alone.lines) == 2, "without `predict` it is a number of its own"
    assert reader.read(page).text == str(digit)


def test_a_long_thin_digit_is_shown_but_not_accepted(reader: Reader) -> None:
    page = long_and_thin()
    rows_alone = reader._pages.read(Page(page), 1, ReadOptions())
    assert not rows_alone.lines, "only `predict` finds it"
    (line,) = reader.read(page).lines
    assert (line.text, line.value, line.accepted) == ("4", 4, False)
    assert line.box == reader.predict(page).box


def test_several_threads_read_what_one_reads(reader: Reader) -> None:
    page = draw_numbers(["93652 17", "408", "2001 55", "6"], size_px=40)
    several = Reader(threads=3)
    for own in (several, pickle.loads(pickle.dumps(several))):  # noqa: S301
        assert own.read(page).to_dict() == reader.read(page).to_dict()
    assert len(reader.read(page).lines) >= 4
