"""Composed patches: every mark is where its box says, and the same seed gives the same patch."""

from dataclasses import replace

import numpy as np
import pytest

from inkdigits.reading.marks.alphabet import CLASSES
from inkdigits.synthesis.hands import Hands, StrokeGlyph, drawn_hands
from inkdigits.synthesis.patches import (
    SIZE_PX,
    Sheet,
    compose,
    photographed,
    style_of,
    write_text,
)


@pytest.fixture(scope="module")
def hands() -> Hands:
    return drawn_hands()


def test_the_same_seed_gives_the_same_patch(hands: Hands) -> None:
    one, other = (compose(np.random.default_rng([3, 4]), hands) for _ in range(2))
    assert (one.grey == other.grey).all()
    assert (one.marks == other.marks).all()


def test_marks_lie_on_the_patch_and_are_of_known_classes(hands: Hands) -> None:
    for seed in range(40):
        patch = compose(np.random.default_rng(seed), hands)
        assert patch.grey.shape == (SIZE_PX, SIZE_PX)
        if len(patch.marks):
            assert set(patch.marks[:, 0].astype(int)) <= set(range(len(CLASSES)))
            middle_x = (patch.marks[:, 1] + patch.marks[:, 3]) / 2
            assert ((middle_x >= 0) & (middle_x <= SIZE_PX)).all()
            assert (patch.marks[:, 3:] > patch.marks[:, 1:3]).all()


def test_a_box_holds_its_ink_and_no_more(hands: Hands) -> None:
    for seed in range(20):
        rng = np.random.default_rng([7, seed])
        sheet = Sheet(SIZE_PX)
        style = style_of(rng, hands, 40.0)
        write_text(rng, sheet, hands, style, "7", 90, 150)
        _, left, top, right, bottom = (round(side) for side in sheet.marks[0])
        outside = sheet.ink.copy()
        outside[top:bottom, left:right] = 0
        assert outside.max() == 0
        inside = sheet.ink[top:bottom, left:right]
        assert inside.any(axis=0).all()
        assert inside.any(axis=1).all()


def test_a_turned_mark_stays_in_its_box(hands: Hands) -> None:
    for seed in range(20):
        rng = np.random.default_rng([8, seed])
        sheet = Sheet(SIZE_PX)
        sheet.ink[100:140, 120:130] = 1.0
        sheet.marks.append((1, 120, 100, 130, 140))
        patch = photographed(rng, sheet, with_rim=False)
        _, left, top, right, bottom = patch.marks[0]
        assert abs((left + right) / 2 - 125) < 8
        assert 38 <= bottom - top <= 48


def test_a_point_written_as_a_dash_stays_a_point() -> None:
    dash = StrokeGlyph([np.array([(0, 0), (1, 0.02)], np.float32)])
    plain = drawn_hands()
    hands = replace(plain, signs={**plain.signs, ".": [dash]})
    for seed in range(20):
        rng = np.random.default_rng([10, seed])
        sheet = Sheet(SIZE_PX)
        write_text(rng, sheet, hands, style_of(rng, hands, 40.0), ".", 90, 150)
        _, left, _, right, _ = sheet.marks[0]
        assert right - left < 20
