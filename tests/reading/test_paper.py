"""The quick ways of finding ink give what the plain ones do."""

import cv2
import numpy as np
import pytest

from inkdigits.reading.paper import contrast_of, pieces_of
from inkdigits.reading.rules import _may_hold
from inkdigits.synthesis import drawn


@pytest.mark.parametrize(("ink", "paper"), [(30, 250), (220, 15), (128, 255)])
def test_on_flat_ground_contrast_is_the_distance_from_the_paper(
    ink: int, paper: int
) -> None:
    grey = np.asarray(drawn.draw_digit(5, ink=ink, paper=paper))
    contrast, _ = contrast_of(grey)
    far = np.abs(grey.astype(np.float64) - paper) / max(paper, 255 - paper)
    assert np.allclose(contrast, far, atol=1e-6)


def test_no_run_is_missed_by_looking_at_the_amount_of_ink_first() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        ink = np.zeros((60, 90), np.uint8)
        for _ in range(4):
            top, left = rng.integers(0, 55), rng.integers(0, 80)
            ink[top : top + rng.integers(1, 4), left : left + rng.integers(1, 90)] = 1
        for across in (True, False):
            length = max(12, int(0.6 * ink.shape[1 if across else 0]))
            kernel = np.ones((1, length) if across else (length, 1), np.uint8)
            if cv2.morphologyEx(ink, cv2.MORPH_OPEN, kernel).any():
                assert _may_hold(ink, length, across)


@pytest.mark.parametrize("side", [1, 7, 100, 200])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.4, 1.0])
def test_pieces_are_those_of_opencv(side: int, share: float) -> None:
    rng = np.random.default_rng(side)
    mask = cv2.blur(rng.random((side, side)), (3, 3)) < np.quantile(
        rng.random(1000), share
    )
    labels, stats = pieces_of(mask)
    _, expected, figures, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=8
    )
    assert np.array_equal(labels, expected)
    assert np.array_equal(stats[1:], figures[1:])
