"""A page's digits compared with one another: what looks alike is the same digit."""

import cv2
import numpy as np

from inkdigits.forms.one_hand import HAND, agreed
from inkdigits.reading.marks.boxes import Floats


def glyph(
    *lines: tuple[int, int, int, int],
) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    drawn = np.zeros((28, 28), np.uint8)
    for left, top, right, bottom in lines:
        cv2.line(drawn, (left, top), (right, bottom), (255,), 3)
    return drawn


UPRIGHT = glyph((14, 5, 14, 22))
LEANING = glyph((15, 5, 13, 22))
LEVEL = glyph((5, 14, 22, 14))


def logs(*shares: dict[int, float]) -> Floats:
    """The logs of each glyph's shares; what is not named shares the rest."""
    table = np.zeros((len(shares), 10))
    for row, named in enumerate(shares):
        table[row] = (1 - sum(named.values())) / (10 - len(named))
        for digit, share in named.items():
            table[row, digit] = share
    return np.log(table)


def test_a_digit_in_doubt_is_what_those_like_it_are() -> None:
    seen = logs({1: 0.4, 7: 0.5}, {1: 0.98}, {1: 0.98}, {7: 0.98})
    told = np.exp(agreed(np.stack([UPRIGHT, LEANING, UPRIGHT, LEVEL]), seen))
    assert told[0].argmax() == 1
    assert told[0, 1] > 0.9
    assert (told.argmax(axis=1) == [1, 1, 1, 7]).all()
    np.testing.assert_allclose(told.sum(axis=1), 1)


def test_a_digit_that_looks_like_no_other_stays_what_it_is() -> None:
    seen = logs({1: 0.4, 7: 0.5}, {1: 0.98}, {1: 0.98})
    told = agreed(np.stack([LEVEL, UPRIGHT, LEANING]), seen)
    np.testing.assert_allclose(told[0], seen[0], atol=0.01)


def test_one_alone_and_one_that_is_even_have_no_witness() -> None:
    seen = logs({1: 0.4, 7: 0.5})
    np.testing.assert_allclose(agreed(UPRIGHT[None], seen), seen, atol=1e-6)
    even = np.zeros((2, 28, 28), np.uint8)
    np.testing.assert_allclose(
        agreed(even, np.repeat(seen, 2, axis=0)), np.repeat(seen, 2, axis=0), atol=1e-3
    )


def test_nothing_becomes_impossible() -> None:
    seen = logs({1: 0.9}, *[{7: 0.98}] * 50)
    told = agreed(np.stack([UPRIGHT] * 51), seen)
    assert told[0, 1] > seen[0, 1] + np.log(HAND.floor)
