"""Composed patches: every mark is where its box says, and the same seed gives the same patch."""

from dataclasses import replace

import numpy as np
import pytest

from inkdigits.reading.marks.alphabet import CLASSES
from inkdigits.synthesis.hands import (
    Hand,
    Hands,
    Pen,
    RasterGlyph,
    StrokeGlyph,
    drawn_hands,
)
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
        sheet = Sheet((SIZE_PX, SIZE_PX))
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
        sheet = Sheet((SIZE_PX, SIZE_PX))
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
        sheet = Sheet((SIZE_PX, SIZE_PX))
        write_text(rng, sheet, hands, style_of(rng, hands, 40.0), ".", 90, 150)
        _, left, _, right, _ = sheet.marks[0]
        assert right - left < 20


@pytest.mark.parametrize("sign", ".,:")
def test_a_point_is_seen_however_thin_the_pen(hands: Hands, sign: str) -> None:
    hairline = Pen(width_px=0.35)
    for seed in range(20):
        rng = np.random.default_rng([11, seed])
        sheet = Sheet((SIZE_PX, SIZE_PX))
        style = replace(style_of(rng, hands, 24.0), pen=hairline)
        write_text(rng, sheet, hands, style, sign, 90, 150)
        # As much ink as a pixel and a half that is fully dark.
        assert sheet.ink.sum() > 1.5
        assert sheet.ink.max() > 0.4


def written_with_bars(rng: np.random.Generator, text: str) -> Sheet:
    """Digits as upright bars, each overlapping the one before."""
    bar = RasterGlyph(np.full((40, 8), 255, np.uint8))
    hands = drawn_hands()
    style = style_of(rng, hands, 40.0)
    overlapping = replace(
        style, hand=Hand({"1": [bar], "0": [bar]}, {}), pen=Pen(2.0), gap=-0.15
    )
    sheet = Sheet((SIZE_PX, SIZE_PX))
    write_text(rng, sheet, hands, overlapping, text, 90, 150)
    return sheet


@pytest.mark.parametrize("text", ["1.1", "1,1", "-1", "1:1", "1-1"])
def test_a_sign_between_close_digits_is_seen(text: str) -> None:
    place = next(index for index, sign in enumerate(text) if not sign.isdigit())
    for seed in range(30):
        # Upright bars fill their boxes: what is seen outside of them is the sign.
        sheet = written_with_bars(np.random.default_rng([14, seed]), text)
        boxes = np.array(sheet.marks)[:, 1:].astype(int)
        shown = sheet.ink > 0.3
        left, top, right, bottom = boxes[place]
        of_sign = shown[top:bottom, left:right].sum()
        for left, top, right, bottom in np.delete(boxes, place, axis=0):
            shown[top:bottom, left:right] = False
        assert shown.sum() >= 0.25 * of_sign


def test_a_1_is_not_written_on_its_neighbour_s_stem() -> None:
    for seed in range(30):
        sheet = written_with_bars(np.random.default_rng([16, seed]), "111")
        boxes = np.array(sheet.marks)[:, 1:].astype(int)
        for place, (left, top, right, bottom) in enumerate(boxes):
            beside = np.delete(boxes, place, axis=0)
            own = np.ones((bottom - top, right - left), bool)
            for other_left, _, other_right, _ in beside:
                own[:, max(0, other_left - left) : max(0, other_right - left)] = False
            assert own.mean() > 0.5


@pytest.mark.parametrize("scribble", [(0, 0.2, 1.0), (0, -0.3, 1.0)])
def test_a_point_is_a_blot_whatever_the_hand_trembles(
    scribble: tuple[float, float, float],
) -> None:
    stroke = np.array([(x, 0.5 * y) for y, x in enumerate(scribble)], np.float32)
    plain = drawn_hands()
    hands = replace(plain, signs={**plain.signs, ".": [StrokeGlyph([stroke])]})
    thin = Pen(width_px=1.0)
    for seed in range(20):
        rng = np.random.default_rng([15, seed])
        style = replace(style_of(rng, hands, 40.0), pen=thin)
        sheet = Sheet((SIZE_PX, SIZE_PX))
        write_text(rng, sheet, hands, style, ".", 90, 150)
        _, left, top, right, bottom = (round(side) for side in sheet.marks[0])
        # More than half of its box is ink; of a small comma less is.
        assert (sheet.ink[top:bottom, left:right] > 0.2).mean() > 0.5


def test_the_inside_of_a_percent_sign_stays_open(hands: Hands) -> None:
    broad = Pen(width_px=6.0)
    for seed in range(20):
        rng = np.random.default_rng([12, seed])
        sheet = Sheet((SIZE_PX, SIZE_PX))
        style = replace(style_of(rng, hands, 40.0), pen=broad)
        write_text(rng, sheet, hands, style, "%", 90, 150)
        _, left, top, right, bottom = (round(side) for side in sheet.marks[0])
        inside = sheet.ink[top:bottom, left:right]
        assert (inside > 0.5).mean() < 0.6


def test_writing_is_darker_than_its_paper_is_uneven(hands: Hands) -> None:
    stands_out = []
    for seed in range(60):
        rng = np.random.default_rng([13, seed])
        sheet = Sheet((SIZE_PX, SIZE_PX))
        write_text(rng, sheet, hands, style_of(rng, hands, 40.0), "888", 60, 150)
        patch = photographed(rng, sheet, with_rim=False)
        _, left, top, right, bottom = patch.marks.T
        row = patch.grey[
            int(top.min()) : int(bottom.max()), int(left.min()) : int(right.max())
        ].astype(float)
        above = patch.grey[int(top.min()) - 30 : int(top.min()) - 4].astype(float)
        # Ink may also be brighter than its ground.
        difference = abs(np.median(above) - np.percentile(row, 10))
        other_way = abs(np.median(above) - np.percentile(row, 90))
        stands_out.append(max(difference, other_way) / max(above.std(), 1.0))
    assert np.median(stands_out) > 4
    assert (np.array(stands_out) > 1).mean() > 0.9
