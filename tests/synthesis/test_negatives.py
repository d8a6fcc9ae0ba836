"""Drawn non-digits: of many kinds, each with some form."""

import numpy as np

from inkdigits.synthesis.canvas import CANVAS_PX
from inkdigits.synthesis.negatives import drawn_negative
from made_strokes import seven


def test_negatives_are_many_and_none_is_empty_of_form() -> None:
    rng = np.random.default_rng(0)
    made = [
        drawn_negative(rng, (seven(rng), digit % 10), (seven(rng), 7))
        for digit in range(120)
    ]
    assert len({one.tobytes() for one in made}) == 120
    assert all(one.dtype == np.uint8 for one in made)


def test_a_seed_gives_the_same_non_digit() -> None:
    one, again = (
        drawn_negative(np.random.default_rng(4), (seven(rng), 7), (seven(rng), 7))
        for rng in (np.random.default_rng(1), np.random.default_rng(1))
    )
    assert np.array_equal(one, again)
    assert one.shape == (CANVAS_PX, CANVAS_PX)
