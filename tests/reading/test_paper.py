"""Shortcuts say what the long way says."""

import cv2
import numpy as np
import pytest

from inkdigits.reading.glyphs import _bright
from inkdigits.reading.paper import pieces_of


@pytest.mark.parametrize("side", [1, 7, 100, 200])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.4, 1.0])
def test_pieces_are_those_of_opencv(side: int, share: float) -> None:
    rng = np.random.default_rng(side)
    mask = cv2.blur(rng.random((side, side)), (3, 3)) < np.quantile(rng.random(1000), share)
    labels, stats = pieces_of(mask)
    _, expected, figures, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    assert np.array_equal(labels, expected)
    assert np.array_equal(stats[1:], figures[1:])


def test_the_bright_shade_is_the_ninetieth_percentile() -> None:
    rng = np.random.default_rng(0)
    for count in range(1, 400):
        shades = rng.integers(1, 256, count).astype(np.uint8)
        assert _bright(shades) == float(np.percentile(shades, 90))
