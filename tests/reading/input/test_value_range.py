"""The range of a picture's values: the narrowest usual one that holds them."""

import pytest

from inkdigits.reading.input.value_range import ValueRange, range_of


@pytest.mark.parametrize(
    ("lowest", "largest", "whole", "expected"),
    [
        (0, 255, False, (0, 255)),
        (0, 0.3, False, (0, 1)),
        (-0.05, 1.05, False, (0, 1)),
        (-1, 0.2, False, (-1, 1)),
        (-0.42, 2.8, False, (-0.42, 2.8)),
        (-3, -3, False, (-3, -2)),
        (0, 16, False, (0, 16)),
        (0, 200, False, (0, 255)),
        (0, 258, False, (0, 255)),
        (0, 4000, False, (0, 4095)),
        (0, 1e9, False, (0, 1e9)),
        (0, 0, True, (0, 1)),
        (0, 2, True, (0, 255)),
        (-128, 127, True, (-128, 127)),
        (0, 60_000, True, (0, 65535)),
    ],
)
def test_the_likeliest_range_holds_the_values(
    lowest: float, largest: float, whole: bool, expected: tuple[float, float]
) -> None:
    assert range_of(lowest, largest, whole=whole) == ValueRange(*expected)
