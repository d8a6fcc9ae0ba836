"""Straightening: however a table is seen, its rows and columns stand apart again."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from inkdigits.forms.straighten import straightened

ROWS, COLUMNS, PITCH_X, PITCH_Y, HEIGHT = 12, 5, 200.0, 90.0, 40.0


def grid() -> np.ndarray:
    """Middles of a table's numbers, a little off their places."""
    rng = np.random.default_rng(3)
    x, y = np.meshgrid(np.arange(COLUMNS) * PITCH_X, np.arange(ROWS) * PITCH_Y)
    exact = np.stack([x.ravel(), y.ravel()], axis=1)
    return exact + rng.normal(0, 2, exact.shape)


def seen(points: np.ndarray, corners: list[tuple[float, float]]) -> np.ndarray:
    """The points where the corners of the page are moved by so much."""
    wide, high = COLUMNS * PITCH_X, ROWS * PITCH_Y
    page = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    matrix = cv2.getPerspectiveTransform(page, page + np.array(corners, np.float32))
    return np.asarray(cv2.perspectiveTransform(points[None], matrix.astype(float))[0])


@pytest.mark.parametrize(
    "corners",
    [
        [(0, 0), (0, 0), (0, 0), (0, 0)],
        [(40, -30), (40, 50), (-50, 50), (-50, -30)],
        [(60, 0), (-60, 0), (0, 0), (0, 0)],
        [(0, 0), (0, 70), (0, -20), (0, 0)],
    ],
)
def test_rows_and_columns_stand_apart(corners: list[tuple[float, float]]) -> None:
    points = seen(grid(), corners)
    widths = np.full(len(points), 60.0)
    across, down = straightened(points, widths, HEIGHT)
    by_row = down.reshape(ROWS, COLUMNS)
    by_column = across.reshape(ROWS, COLUMNS).T
    for values, pitch in ((by_row, PITCH_Y), (by_column, PITCH_X)):
        assert max(np.ptp(each) for each in values) < 0.4 * pitch
        ends = [(each.min(), each.max()) for each in values]
        assert all(one[1] < other[0] for one, other in pairwise(ends))


def test_a_few_marks_are_left_where_they_are() -> None:
    points = np.array([[10.0, 20.0], [300.0, 70.0]])
    across, down = straightened(points, np.array([20.0, 20.0]), HEIGHT)
    assert across.tolist() == [10.0, 300.0]
    assert down.tolist() == [20.0, 70.0]
