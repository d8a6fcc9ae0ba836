"""Augmentation: seeded, gentle, in form."""

import numpy as np

from inkdigits.data import load
from inkdigits.reading.classifier import probability_right
from inkdigits.synthesis.augment import STRENGTHS, Strength, augmented
from inkdigits.training.calibration import best_sureness, best_temperature, tempered


def test_the_same_seed_draws_the_same() -> None:
    images = load("digits8x8").first(50).images
    one, again, other = (
        augmented(images, STRENGTHS["strong"], np.random.default_rng(s))
        for s in (1, 1, 2)
    )
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert one.dtype == np.uint8
    assert one.shape == images.shape
    assert np.abs(one.sum(axis=(1, 2)) / images.sum(axis=(1, 2)) - 1).mean() < 0.25


def test_other_pens_make_strokes_thicker_and_thinner() -> None:
    """Nothing else is changed: no turn, no bend to speak of."""
    bar = np.zeros((400, 28, 28), np.uint8)
    bar[:, 5:23, 12:16] = 255
    drawn = (
        augmented(bar, Strength(0, 0, 0, 0, 1e-6, 0.5), np.random.default_rng(3))
        .astype(int)
        .sum(axis=(1, 2))
        / bar[0].sum()
    )
    assert 0.4 < np.isclose(drawn, 1, atol=0.02).mean() < 0.65
    assert drawn.min() < 0.75
    assert drawn.max() > 1.4


def test_temperature_mends_a_net_that_is_too_sure() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 4000)
    honest = rng.dirichlet(np.ones(10) * 0.3, 4000).astype(np.float32)
    labels = np.array(
        [rng.choice(10, p=row / row.sum()) for row in honest.astype(np.float64)]
    )
    too_sure = tempered(honest, 0.5).astype(np.float32)
    assert 1.8 < best_temperature(too_sure, labels) < 2.2


def test_sureness_finds_how_likely_a_share_is_right() -> None:
    """A refusal takes from digits what no temperature can give back: sure ones are righter than they say, unsure ones too."""
    rng = np.random.default_rng(0)
    share = rng.beta(3, 0.3, 20_000)
    honest = probability_right(share, [1.2, 0.9, 0.7])
    fitted = best_sureness(share, rng.random(20_000) < honest, np.ones(20_000))
    mended = probability_right(share, fitted)
    assert np.abs(mended - honest).mean() < np.abs(share - honest).mean() / 5
    assert (np.diff(probability_right(np.linspace(0, 1, 50), fitted)) >= 0).all()
    assert np.allclose(
        probability_right(share, [0.0, 1.0, 1.0]), share.clip(1e-6, 1 - 1e-6), atol=1e-5
    )


def test_sureness_of_a_net_that_is_sure_of_its_mistakes_converges() -> None:
    share = np.full(10_000, 1 - 1e-6)
    share[::10] = 0.6
    right = np.ones(10_000, bool)
    right[::50] = False
    right[5::200] = False  # of these it was as sure as it can be
    fitted = best_sureness(share, right, np.ones(10_000))
    assert np.abs(fitted).max() < 50
    for surely in (True, False):
        group = (share > 0.9) == surely
        shown = probability_right(share[group], fitted).mean()
        assert abs(shown - right[group].mean()) < 0.01
