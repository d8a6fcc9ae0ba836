"""Fours are closed only where their bar still crosses the stem; a 9 like a P has its stem on the left."""

import numpy as np
import pytest

from inkdigits.synthesis.variants import closed_four, nine_like_p

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


def test_a_nine_like_a_p_has_its_stem_on_the_left() -> None:
    loop = np.array([[6.0, 1.0], [0.0, 2.0], [6.0, 4.0]], np.float32)
    stem = np.array([[6.0, 1.0], [6.0, 10.0]], np.float32)
    turned_loop, turned_stem = nine_like_p([loop, stem])
    assert turned_stem[:, 0].max() < turned_loop[:, 0].mean()
    assert turned_stem[:, 1].tolist() == stem[:, 1].tolist()
