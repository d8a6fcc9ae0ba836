"""Photos and cut-outs: seeded, with the digit's ink in them, on paper of many shades."""

import numpy as np

from inkdigits.synthesis.drawn import draw_digit
from inkdigits.synthesis.photographed import cutting, photo

DIGIT = 255 - np.asarray(draw_digit(5, size_px=60, height=1.0, ink=0, paper=255))


def test_a_seed_gives_its_photo_and_always_the_same() -> None:
    shots = [
        np.asarray(photo(DIGIT, np.random.default_rng(seed))) for seed in range(12)
    ]
    again = np.asarray(photo(DIGIT, np.random.default_rng(3)))
    assert np.array_equal(shots[3], again)
    assert len({shot.tobytes() for shot in shots}) == 12
    assert all(shot.ndim == 3 and shot.dtype == np.uint8 for shot in shots)


def test_the_ink_is_darker_than_the_paper_around_it() -> None:
    for seed in range(12):
        ink, nothing = (
            np.asarray(photo(sign, np.random.default_rng(seed)).convert("L")).astype(
                int
            )
            for sign in (DIGIT, np.zeros_like(DIGIT))
        )
        assert ink.shape == nothing.shape
        assert (nothing - ink).max() > 20


def test_a_cut_out_shows_its_digit_and_sometimes_its_neighbours() -> None:
    row = np.hstack([DIGIT, DIGIT, DIGIT])
    side = DIGIT.shape[1]
    box = (side, 0, side, DIGIT.shape[0])
    cuts = [cutting(row, box, np.random.default_rng(seed)) for seed in range(40)]
    shares = [cut.width / cut.height for cut in cuts]
    assert max(shares) > 1.3 * min(shares)
    again = cutting(row, box, np.random.default_rng(0))
    assert np.array_equal(np.asarray(cuts[0]), np.asarray(again))


def test_a_box_at_the_rim_of_its_row_is_cut_too() -> None:
    box = (0, 0, DIGIT.shape[1], DIGIT.shape[0])
    assert min(cutting(DIGIT, box, np.random.default_rng(1)).size) > 5
