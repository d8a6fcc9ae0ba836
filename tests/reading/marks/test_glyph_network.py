"""The glyph network: shares of one, whatever the batch."""

import numpy as np
import pytest

from inkdigits.reading.marks.alphabet import CLASSES
from inkdigits.reading.marks.boxes import Floats
from inkdigits.reading.marks.closeup import ALONE, closeups
from inkdigits.reading.marks.glyph_network import _BATCH, EXISTENCE, GlyphNetwork
from inkdigits.synthesis.drawn import draw_digit


@pytest.fixture(scope="module")
def network() -> GlyphNetwork:
    return GlyphNetwork()


def closeup_of(digit: int) -> Floats:
    grey = np.asarray(draw_digit(digit, size_px=60, height=0.6).convert("L"))
    ink = np.argwhere(grey < 128)
    (top, left), (bottom, right) = ink.min(axis=0), ink.max(axis=0) + 1
    box = np.array([[left, top, right, bottom]], np.float32)
    return closeups(grey, box, ALONE)


def test_shares_sum_to_one_and_are_the_same_in_any_batch(network: GlyphNetwork) -> None:
    one = np.concatenate([closeup_of(digit) for digit in range(10)])
    alone = np.concatenate([network(one[index : index + 1]) for index in range(10)])
    many = network(np.concatenate([one] * (_BATCH // 10 + 2)))
    assert np.allclose(alone.sum(axis=1), 1, atol=1e-5)
    for start in range(0, len(many), 10):
        assert np.allclose(many[start : start + 10], alone, atol=1e-3)


def test_most_drawn_digits_are_named(network: GlyphNetwork) -> None:
    named = [CLASSES[network(closeup_of(digit))[0].argmax()] for digit in range(10)]
    assert sum(name == str(digit) for digit, name in enumerate(named)) >= 9


def test_no_closeups_give_no_shares(network: GlyphNetwork) -> None:
    assert network(np.zeros((0, 32, 32, 1), np.float32)).shape == (0, len(CLASSES))


def test_the_file_has_a_weight_for_each_kind_of_evidence(network: GlyphNetwork) -> None:
    assert len(network.existence) == len(EXISTENCE) + 1
    assert network.temperature > 0
