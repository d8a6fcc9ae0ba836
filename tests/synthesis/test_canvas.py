"""Strokes on a canvas: each drawing differs, stays inside, and is repeated by its seed."""

import numpy as np

from inkdigits.synthesis.canvas import CANVAS_PX, draw
from made_strokes import SEVEN, seven


def test_strokes_are_drawn_differently_each_time_within_the_canvas() -> None:
    drawn = [seven(np.random.default_rng(seed)) for seed in range(20)]
    assert all(
        canvas.shape == (CANVAS_PX, CANVAS_PX) and canvas.max() > 200
        for canvas in drawn
    )
    assert len({canvas.tobytes() for canvas in drawn}) == 20
    assert not any(
        canvas[0].any() or canvas[-1].any() or canvas[:, 0].any() or canvas[:, -1].any()
        for canvas in drawn
    )
    assert np.array_equal(seven(np.random.default_rng(3)), drawn[3])


def test_strokes_too_long_for_the_canvas_are_made_smaller() -> None:
    drawn = draw([3 * SEVEN[0]], np.random.default_rng(0))
    rows, columns = np.nonzero(drawn)
    assert rows.min() > 0
    assert rows.max() < CANVAS_PX - 1
    assert columns.min() > 0
    assert columns.max() < CANVAS_PX - 1


def test_no_strokes_give_an_empty_canvas() -> None:
    assert not draw([], np.random.default_rng(0)).any()
