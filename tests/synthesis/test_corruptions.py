"""Corruptions: seeded, stronger by strength, always glyphs."""

import numpy as np
import pytest

from inkdigits.reading.glyphs import frame
from inkdigits.synthesis.corruptions import CORRUPTIONS, STRENGTHS, corrupted
from inkdigits.synthesis.drawn import draw_digit

GLYPHS = np.stack(
    [
        frame(255 - np.asarray(draw_digit(digit, size_px=80, paper=255, ink=0)))
        for digit in range(10)
    ]
)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corruption_is_seeded_and_grows_with_its_strength(name: str) -> None:
    changes = []
    for strength in STRENGTHS:
        one, again = (
            corrupted(GLYPHS, name, strength),
            corrupted(GLYPHS, name, strength),
        )
        assert np.array_equal(one, again)
        assert one.shape == GLYPHS.shape
        assert one.dtype == np.uint8
        changes.append(np.abs(one.astype(int) - GLYPHS).mean())
    assert changes[0] > 0
    assert changes[-1] > changes[0]
    assert not np.array_equal(
        corrupted(GLYPHS, name, 3, seed=1), corrupted(GLYPHS, name, 3)
    ) or name in (
        "scale",
        "brightness",
        "edges",
    )
