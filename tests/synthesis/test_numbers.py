"""Numbers are written with known signs only."""

import numpy as np

from inkdigits.reading.marks.alphabet import CLASSES
from inkdigits.synthesis.numbers import any_number


def test_numbers_are_written_with_known_signs_only() -> None:
    rng = np.random.default_rng(0)
    for _ in range(500):
        number = any_number(rng)
        assert set(number) <= set(CLASSES) | {" "}
        assert any(sign.isdigit() for sign in number)
