"""Degraded glyphs: seeded, never empty, with a neighbour's ink where there is one."""

import numpy as np
import pytest

from inkdigits.synthesis.degrade import degraded
from made_strokes import seven


def test_spoiling_is_seeded_and_gives_glyphs() -> None:
    canvas = seven(np.random.default_rng(0))
    first, again = (
        np.stack(
            [
                degraded(canvas, np.random.default_rng(seed), canvas)
                for seed in range(60)
            ]
        )
        for _ in range(2)
    )
    assert np.array_equal(first, again)
    assert first.shape == (60, 28, 28)
    assert first.dtype == np.uint8
    assert len({glyph.tobytes() for glyph in first}) == 60
    assert first.any(axis=(1, 2)).all()


def test_a_neighbour_changes_the_glyph() -> None:
    canvas = seven(np.random.default_rng(0))
    alone, beside = (
        np.stack(
            [degraded(canvas, np.random.default_rng(seed), other) for seed in range(20)]
        )
        for other in (None, canvas)
    )
    assert not np.array_equal(alone, beside)


@pytest.mark.parametrize("seed", range(5))
def test_an_empty_canvas_gives_no_error(seed: int) -> None:
    blank = np.zeros((72, 72), np.uint8)
    assert degraded(blank, np.random.default_rng(seed)).shape == (28, 28)
