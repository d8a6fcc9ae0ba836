"""Fours whose open top is closed: only those whose bar still crosses the stem."""

import numpy as np
import pytest

from inkdigits.synthesis.closed_fours import closed_four

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
