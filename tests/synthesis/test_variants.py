"""Fours are closed only where their bar still crosses the stem; a 9 like a P has its stem on the left."""

import numpy as np
import pytest

from inkdigits.synthesis.variants import closed_four, four_with_loop, nine_like_p
from made_strokes import NINE

HOOK = np.array([[2.0, 0.0], [0.0, 6.0], [8.0, 6.0]], np.float32)
STEM = np.array([[6.0, 0.5], [5.5, 10.0]], np.float32)


def moved(stroke: np.ndarray, x: float, y: float) -> np.ndarray:
    return stroke + np.array([x, y], np.float32)


@pytest.mark.parametrize("stem", [STEM, STEM[::-1]], ids=["down", "up"])
def test_the_pen_goes_from_the_stems_top_to_the_hook(stem: np.ndarray) -> None:
    made = closed_four([HOOK, stem])
    assert made is not None
    hook, own_stem = made
    assert hook.tolist() == [[6.0, 0.5], *HOOK.tolist()]
    assert own_stem.tolist() == STEM.tolist()


@pytest.mark.parametrize(
    "strokes",
    [
        [HOOK],
        [HOOK, STEM, STEM],
        [
            moved(HOOK, -2, 0),
            moved(STEM, 2, 0),
        ],  # the bar ends at the stem: closed, it is a 9
        [moved(HOOK, 6, 0), STEM],  # the hook begins to the right of the stem
        [moved(HOOK, 0, 4), STEM],  # it begins halfway down
        [HOOK, STEM * [1, 0.5]],  # the stem is as short as the hook
        [HOOK, np.array([[6.0, 0.5], [-2.0, 10.0]])],  # it leans like a bar
        [HOOK[:1], STEM],
    ],
)
def test_other_shapes_stay_as_they_are(strokes: list[np.ndarray]) -> None:
    assert closed_four(strokes) is None


def test_a_bar_from_the_loop_across_the_stem_makes_a_nine_a_four() -> None:
    made = four_with_loop([NINE])
    assert made is not None
    nine, bar = made
    assert nine is NINE
    assert bar[:, 1].tolist() == [5, 5], "at the loop's end"
    assert bar[0].tolist() == [2, 5]
    assert 8 < bar[1, 0] < 11


@pytest.mark.parametrize(
    "strokes",
    [
        [NINE, NINE],
        [NINE[:2]],
        [NINE[:6]],  # no stem
        [NINE[5:]],  # no loop
        [NINE * [1, -1]],  # a 6
        [NINE * [-1, 1]],  # its stem is left of its loop
        [np.concatenate([NINE[:-1], [[1.0, 10.0]]])],  # its foot curls
        [np.concatenate([NINE[:5], [[7.0, 3.9], [5.5, 10.0]]])],  # its stem begins low
    ],
)
def test_other_nines_stay_nines(strokes: list[np.ndarray]) -> None:
    assert four_with_loop(strokes) is None


def test_a_nine_like_a_p_has_its_stem_on_the_left() -> None:
    loop = np.array([[6.0, 1.0], [0.0, 2.0], [6.0, 4.0]], np.float32)
    stem = np.array([[6.0, 1.0], [6.0, 10.0]], np.float32)
    turned_loop, turned_stem = nine_like_p([loop, stem])
    assert turned_stem[:, 0].max() < turned_loop[:, 0].mean()
    assert turned_stem[:, 1].tolist() == stem[:, 1].tolist()
