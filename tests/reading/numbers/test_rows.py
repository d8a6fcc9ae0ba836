"""Marks that stand side by side are a row: from left to right, from top to bottom, whatever order they come in."""

import numpy as np
import pytest

from inkdigits.reading.marks.alphabet import CLASSES
from inkdigits.reading.marks.found import Found, joined
from inkdigits.reading.numbers.rows import Row, is_digit, rows_of
from made_marks import HEIGHT_PX, boxes_of, found_of, no_mark


def signs_of(row: Row) -> str:
    return "".join(CLASSES[index] for index in row.marks.classes.argmax(axis=1))


def shuffled(found: Found, seed: int) -> Found:
    return found.take(np.random.default_rng(seed).permutation(len(found)))


@pytest.mark.parametrize("seed", range(5))
def test_rows_are_read_from_left_to_right_and_from_top_to_bottom(seed: int) -> None:
    texts = ["34625", "78", "12.50", "10:30", "-7"]
    marks = [
        mark
        for place, text in enumerate(texts)
        for mark in boxes_of(text, top=20 + 60 * place)
    ]
    rows = rows_of([(1.0, shuffled(found_of(marks), seed))])
    assert [signs_of(row) for row in rows] == texts


def test_a_wide_gap_parts_two_numbers() -> None:
    marks = [*boxes_of("12"), *boxes_of("34", left=20 + 44 + 3 * HEIGHT_PX)]
    assert [signs_of(row) for row in rows_of([(1.0, found_of(marks))])] == ["12", "34"]


def test_digits_set_apart_on_a_line_are_one_row() -> None:
    marks = [*boxes_of("12"), *boxes_of("34", left=20 + 44 + 1.5 * HEIGHT_PX)]
    assert [signs_of(row) for row in rows_of([(1.0, found_of(marks))])] == ["1234"]


def test_low_zeros_beside_a_tall_six_are_one_row() -> None:
    marks = [
        ("0", (20.0, 40.0, 32.0, 52.0)),
        ("0", (45.0, 40.0, 57.0, 52.0)),
        ("6", (70.0, 20.0, 84.0, 54.0)),
    ]
    assert [signs_of(row) for row in rows_of([(1.0, found_of(marks))])] == ["006"]


def test_a_sloping_number_is_one_row() -> None:
    marks = [(sign, (x, y + 6 * place, right, bottom + 6 * place))
             for place, (sign, (x, y, right, bottom)) in enumerate(boxes_of("3141592"))]  # fmt: skip
    assert [signs_of(row) for row in rows_of([(1.0, found_of(marks))])] == ["3141592"]


def test_a_sign_far_from_all_digits_belongs_to_no_row() -> None:
    far = (",", (200.0, 45.0, 205.0, 53.0))
    above = ("-", (25.0, -40.0, 37.0, -34.0))
    rows = rows_of([(1.0, found_of([*boxes_of("12"), far, above]))])
    assert [signs_of(row) for row in rows] == ["12"]


def test_signs_and_words_alone_are_no_row() -> None:
    word = [no_mark((x, 20.0, x + 18.0, 50.0)) for x in (20.0, 45.0, 70.0)]
    assert rows_of([(1.0, found_of([*word, (",", (90.0, 45.0, 95.0, 53.0))]))]) == []
    assert rows_of([(1.0, found_of([]))]) == []
    assert rows_of([]) == []


def test_a_row_that_two_sizes_show_is_taken_once_at_the_surer() -> None:
    sure, unsure = (
        found_of(boxes_of("345"), centre=0.95),
        found_of(boxes_of("345"), centre=0.6),
    )
    (row,) = rows_of([(1.0, unsure), (0.5, sure)])
    assert row.scale == 0.5
    assert row.support == 1
    (alone,) = rows_of([(1.0, sure), (0.5, found_of([]))])
    assert alone.support == 0


def test_another_digit_at_the_other_size_is_no_support() -> None:
    (row,) = rows_of(
        [(1.0, found_of(boxes_of("345"))), (0.5, found_of(boxes_of("365"), centre=0.5))]
    )
    assert row.support == pytest.approx(2 / 3)


def test_the_height_is_that_of_the_digits() -> None:
    (row,) = rows_of([(1.0, found_of(boxes_of("1,250.00")))])
    assert row.height == pytest.approx(HEIGHT_PX)
    assert row.box[0] == pytest.approx(20)
    assert int(is_digit(row.marks).sum()) == 6


def test_far_rows_do_not_touch_each_other() -> None:
    """Each row is the same whether others are on the page or not."""
    one, other = found_of(boxes_of("123")), found_of(boxes_of("45.6", top=200))
    both = rows_of([(1.0, joined([one, other]))])
    apart = [row for found in (one, other) for row in rows_of([(1.0, found)])]
    assert [signs_of(row) for row in both] == [signs_of(row) for row in apart]
    assert [row.score for row in both] == pytest.approx([row.score for row in apart])
