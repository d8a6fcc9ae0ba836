"""Papers: always a grey picture of the shape asked for, the same for the same seed."""

from collections.abc import Callable

import numpy as np
import pytest

from inkdigits.synthesis import papers

SHAPE = (60, 90)


def all_steps(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    page = papers.lit(rng, papers.blank(rng, SHAPE))
    page, covered = papers.rimmed(rng, page)
    return papers.taken(rng, page), covered


def test_pictures_are_grey_and_their_seeds_decide() -> None:
    shades = []
    for seed in range(60):
        grey, covered = all_steps(seed)
        again, _ = all_steps(seed)
        assert grey.shape == covered.shape == SHAPE
        assert grey.dtype == np.uint8
        assert np.array_equal(grey, again)
        shades.append(float(grey.mean()))
    assert len(set(shades)) == 60
    # Most paper is light, and some is seen as a negative.
    assert np.mean(np.array(shades) > 128) > 0.6
    assert min(shades) < 90


def test_a_dark_rim_covers_one_side_and_nothing_else_changes() -> None:
    page = np.full(SHAPE, 230, np.float32)
    rims = 0
    for seed in range(120):
        made, covered = papers.rimmed(np.random.default_rng(seed), page)
        assert (made[~covered] == 230).all()
        if covered.any():
            rims += 1
            assert made[covered].mean() < 80
            # In each row the dark pixels touch the left or the right side.
            assert all(row[0] or row[-1] for row in covered if row.any())
    assert 0 < rims < 40


@pytest.mark.parametrize("pattern", [papers._waves, papers._hatch])
def test_printed_patterns_are_shares_of_ink(
    pattern: Callable[..., np.ndarray],
) -> None:
    for seed in range(20):
        made = pattern(np.random.default_rng(seed), SHAPE)
        assert made.shape == SHAPE
        assert 0 <= made.min() <= made.max() <= 1
        assert made.max() > made.min()


def test_seen_again_never_changes_how_strong_the_contrast_is_much() -> None:
    shown = np.zeros(SHAPE, np.float32)
    shown[20:40, 30:60] = 2.0
    for seed in range(40):
        again = papers.seen_again(np.random.default_rng(seed), shown, 0.3)
        like = np.corrcoef(again.ravel(), shown.ravel())[0, 1]
        assert abs(like) > 0.8
