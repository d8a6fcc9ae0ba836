"""Composed pages: seeded, of every kind, with the text that stands on them."""

import numpy as np
import pytest

from inkdigits.synthesis import composed
from inkdigits.synthesis.drawn import draw_digit


def hand(rng: np.random.Generator) -> composed.Draw:
    def draw(rng: np.random.Generator) -> tuple[composed.Grey, int]:
        digit = int(rng.integers(10))
        return 255 - np.asarray(
            draw_digit(
                digit, size_px=60, paper=255, ink=0, seed=int(rng.integers(1000))
            )
        ), digit

    return draw


@pytest.mark.parametrize("kind", composed.KINDS)
def test_each_kind_is_seeded_and_holds_ink(kind: str) -> None:
    page, again, other = (
        composed.compose(np.random.default_rng(seed), hand, kind) for seed in (1, 1, 2)
    )
    assert np.array_equal(page.grey, again.grey)
    assert page.lines == again.lines
    assert page.grey.shape != other.grey.shape or not np.array_equal(
        page.grey, other.grey
    )
    assert page.grey.dtype == np.uint8
    assert all(line.isdigit() for line in page.lines)
    assert int(page.grey.max()) - int(page.grey.min()) > 60


def test_digits_touch_as_often_as_asked() -> None:
    loose, tight = (
        composed.compose(np.random.default_rng(3), hand, "plain", touching=share)
        for share in (0.0, 1.0)
    )
    assert loose.grey.shape[1] > tight.grey.shape[1]


def test_kinds_come_in_turn() -> None:
    assert [page.kind for page in composed.pages(1, 13, hand)] == [
        *composed.KINDS,
        *composed.KINDS[:2],
    ]
