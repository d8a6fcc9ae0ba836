"""Shared changes of shape: turns keep lengths, bends are smooth and as strong as asked."""

import numpy as np
import pytest

from inkdigits.synthesis.warps import smooth_bends, turned_and_stretched


def test_a_turn_alone_keeps_lengths() -> None:
    turn = turned_and_stretched(0.3, 0, 1, 1)
    assert turn @ turn.T == pytest.approx(np.eye(2))
    assert np.linalg.det(turn) == pytest.approx(1)


def test_stretching_grows_each_side_by_its_own_factor() -> None:
    assert turned_and_stretched(0, 0, 2, 3) == pytest.approx(np.diag([2, 3]))


def test_a_shear_moves_points_across_by_their_height() -> None:
    assert turned_and_stretched(0, 0.5, 1, 1) @ [0, 4] == pytest.approx([2, 4])


def test_bends_are_smooth_and_grow_with_their_strength() -> None:
    weak, strong = (
        smooth_bends(np.random.default_rng(2), 28, 4, strength)
        for strength in (0.5, 2.0)
    )
    for across, down in (weak, strong):
        assert across.shape == down.shape == (28, 28)
        assert across.dtype == np.float32
    assert strong[0] == pytest.approx(4 * weak[0], rel=1e-4, abs=1e-5)
    # Between two neighbours the bend changes by a fraction of its strength.
    assert np.abs(np.diff(weak[0], axis=1)).max() < 0.5
