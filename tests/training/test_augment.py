"""Augmentation: seeded, gentle, in form."""

import numpy as np

from inkdigits.data import load
from inkdigits.training.augment import STRENGTHS, augmented
from inkdigits.training.calibration import best_temperature, tempered


def test_the_same_seed_draws_the_same() -> None:
    images = load("digits8x8").first(50).images
    one, again, other = (augmented(images, STRENGTHS["strong"], np.random.default_rng(s)) for s in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert one.dtype == np.uint8
    assert one.shape == images.shape
    assert np.abs(one.sum(axis=(1, 2)) / images.sum(axis=(1, 2)) - 1).mean() < 0.25


def test_temperature_mends_a_net_that_is_too_sure() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 4000)
    honest = rng.dirichlet(np.ones(10) * 0.3, 4000).astype(np.float32)
    labels = np.array([rng.choice(10, p=row / row.sum()) for row in honest.astype(np.float64)])
    too_sure = tempered(honest, 0.5).astype(np.float32)
    assert 1.8 < best_temperature(too_sure, labels) < 2.2
