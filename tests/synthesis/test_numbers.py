"""Numbers are written with known signs only."""

from collections.abc import Callable

import numpy as np
import pytest

from inkdigits.reading.marks.alphabet import CLASSES
from inkdigits.reading.numbers.writing import is_well_formed
from inkdigits.synthesis.numbers import any_number, number_to_learn


@pytest.mark.parametrize("draw", [any_number, number_to_learn])
def test_numbers_are_written_with_known_signs_only(
    draw: Callable[[np.random.Generator], str],
) -> None:
    rng = np.random.default_rng(0)
    for _ in range(500):
        number = draw(rng)
        assert is_well_formed(number) or len(number.split()) > 1
        assert set(number) <= set(CLASSES) | {" "}
        assert any(sign.isdigit() for sign in number)
