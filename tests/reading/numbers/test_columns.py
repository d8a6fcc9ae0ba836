"""Columns of marks: the likeliest texts, the probability of each, and where its marks stand."""

import itertools

import numpy as np
import pytest

from inkdigits.reading.marks.alphabet import CLASS_OF, CLASSES, OTHER
from inkdigits.reading.marks.boxes import Floats
from inkdigits.reading.numbers.columns import (
    COLUMNS,
    Columns,
    ColumnSettings,
    digit_logs,
    likely_texts,
    log_shares,
    places,
)
from inkdigits.reading.numbers.row_network import log_softmax
from inkdigits.reading.numbers.strips import Window

NONE = CLASS_OF[OTHER]
# Every column counts, or a probability summed by hand would be another one.
ALL = ColumnSettings(sure=1.1)


def columns(shown: str, sure: float = 9.0) -> Floats:
    """One column for each sign; `_` is a column with no mark."""
    scores = np.zeros((len(shown), len(CLASSES)), np.float32)
    for column, sign in zip(scores, shown, strict=True):
        column[NONE if sign == "_" else CLASS_OF[sign]] = sure
    return log_softmax(scores)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ("_1_2_", "12"),
        ("11__1", "11"),
        ("111", "1"),
        ("_12.5_0", "12.50"),
        ("____", ""),
        ("%", "%"),
        ("7_7_7", "777"),
    ],
)
def test_a_text_is_what_its_columns_spell(shown: str, text: str) -> None:
    assert likely_texts(columns(shown))[0] == text


def test_a_probability_is_the_sum_of_all_ways_to_spell_a_text() -> None:
    """Counted out: every way in which four columns can show three classes."""
    rng = np.random.default_rng(3)
    few = [CLASS_OF["1"], CLASS_OF["2"], NONE]
    scores = np.full((4, len(CLASSES)), -60.0, np.float32)
    scores[:, few] = rng.normal(0, 1, (4, 3))
    logs = log_softmax(scores)
    total: dict[str, float] = {}
    for way in itertools.product(few, repeat=4):
        marks = [mark for mark, _ in itertools.groupby(way) if mark != NONE]
        text = "".join(CLASSES[mark] for mark in marks)
        share = float(np.exp(logs[np.arange(4), way].sum()))
        total[text] = total.get(text, 0.0) + share
    found = dict(zip(total, np.exp(log_shares(logs, list(total), ALL)), strict=True))
    assert found == pytest.approx(total, rel=1e-5)
    assert sum(total.values()) == pytest.approx(1.0)


def test_columns_that_surely_show_the_same_say_it_once() -> None:
    logs = columns("_111__1__22_", sure=14.0)
    for text in ("112", "12", "1112"):
        all_of_them, once = (
            float(log_shares(logs, [text], each)[0]) for each in (ALL, COLUMNS)
        )
        assert np.exp(once) == pytest.approx(np.exp(all_of_them), abs=1e-3)
    assert likely_texts(logs)[0] == likely_texts(logs, ALL)[0] == "112"


def test_the_likeliest_texts_come_in_their_order() -> None:
    rng = np.random.default_rng(4)
    for seed in range(10):
        scores = rng.normal(0, 1, (14, len(CLASSES))).astype(np.float32)
        scores[:, NONE] += 8
        scores[[2, 6, 11], rng.integers(0, 10, 3)] += 10
        texts = likely_texts(log_softmax(scores))
        shares = log_shares(log_softmax(scores), texts)
        assert shares[0] == shares.max(), seed


def test_marks_stand_where_their_columns_are() -> None:
    assert places(columns("__11_1___5"), "115") == [(2, 3), (5, 5), (9, 9)]
    assert places(columns("____"), "") == []


def test_empty_columns_between_marks_change_nothing_but_part_them() -> None:
    short, long = columns("1_1_5", 14.0), columns("1___1____________5______", 14.0)
    assert likely_texts(short)[0] == likely_texts(long)[0] == "115"
    assert log_shares(short, ["115"])[0] == pytest.approx(
        log_shares(long, ["115"])[0], abs=0.02
    )


def test_each_part_of_a_row_says_its_own_digit() -> None:
    window = Window(left=100, width=90, high=32, middle_x=145, middle_y=16, slope=0.0)
    seen = Columns(columns("_4__7____"), window, step=10.0)
    logs = digit_logs(seen, [100, 130, 160, 190, 250])
    assert [int(each.argmax()) for each in logs[:2]] == [4, 7]
    assert np.exp(logs[:2].max(axis=1)).min() > 0.95
    # Where nothing stands, and beyond the strip, no digit is likely.
    assert np.exp(logs[2:]).sum(axis=1).max() < 0.05
