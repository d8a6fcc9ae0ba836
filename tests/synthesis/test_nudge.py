"""Nudged glyphs: a little different each time, near enough to stay the same digit."""

import numpy as np
import numpy.typing as npt

from inkdigits.reading.glyphs import frame
from inkdigits.synthesis.drawn import draw_digit
from inkdigits.synthesis.nudge import nudged


def glyph(digit: int) -> npt.NDArray[np.uint8]:
    return frame(255 - np.asarray(draw_digit(digit, size_px=80, paper=255, ink=0)))


def test_each_seed_gives_its_own_change_and_always_the_same() -> None:
    three = glyph(3)
    made = [nudged(three, np.random.default_rng(seed)) for seed in range(30)]
    assert len({one.tobytes() for one in made}) == 30
    assert np.array_equal(made[4], nudged(three, np.random.default_rng(4)))
    assert all(one.shape == three.shape and one.dtype == np.uint8 for one in made)


def test_the_middle_of_the_ink_stays_near() -> None:
    three = glyph(3)
    for seed in range(30):
        rows, columns = np.nonzero(nudged(three, np.random.default_rng(seed)) > 60)
        # 1.8 pixels of shift, and a little of bend.
        assert abs(rows.mean() - 13.5) < 5
        assert abs(columns.mean() - 13.5) < 5


def test_enough_of_thin_ink_is_left() -> None:
    thin = np.zeros((28, 28), np.uint8)
    thin[4:24, 14] = 255
    least = min(nudged(thin, np.random.default_rng(seed)).sum() for seed in range(40))
    assert least > 0.4 * thin.sum()
