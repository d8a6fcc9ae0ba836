"""A close-up shows a mark in the middle, as large as its row makes it, in even contrast, whatever the page is like."""

import numpy as np
import pytest

from inkdigits.reading.input.pages import Grey
from inkdigits.reading.marks.closeup import (
    ALONE,
    CLOSEUP,
    SIZE_PX,
    closeups,
    cut_window,
    window_of,
)
from inkdigits.reading.marks.edges import edge_shade
from inkdigits.synthesis import drawn


def page() -> Grey:
    grey = np.full((120, 200), 230, np.uint8)
    grey[30:90, 80:110] = 40
    return grey


BOX = np.array([[80, 30, 110, 90]], np.float32)
SIXTY = np.array([60.0])


def test_a_mark_stands_in_the_middle_and_fills_its_share() -> None:
    (shown,) = closeups(page(), BOX, SIXTY)
    rows, columns = np.nonzero(shown[..., 0] < -0.5)
    assert (rows.min() + rows.max()) / 2 == pytest.approx((SIZE_PX - 1) / 2, abs=1)
    assert (columns.min() + columns.max()) / 2 == pytest.approx(
        (SIZE_PX - 1) / 2, abs=1
    )
    assert np.ptp(rows) + 1 == pytest.approx(SIZE_PX / CLOSEUP.window, abs=1)


def test_a_point_stays_small_in_its_row() -> None:
    grey = np.full((100, 100), 230, np.uint8)
    grey[60:66, 50:56] = 40
    box = np.array([[50, 60, 56, 66]], np.float32)
    in_row, alone = (
        closeups(grey, box, np.array([40.0]))[0],
        closeups(grey, box, ALONE)[0],
    )
    assert (in_row < -1).sum() < 0.2 * (alone < -1).sum()


def test_faint_and_strong_ink_look_alike_but_blank_paper_stays_blank() -> None:
    strong = page()
    faint = (200 + (strong.astype(float) - 230) / 5).astype(np.uint8)
    assert (
        np.abs(closeups(strong, BOX, SIXTY) - closeups(faint, BOX, SIXTY)).max() < 0.15
    )
    blank = np.full((120, 200), 230, np.uint8)
    blank[::2] += 2
    assert np.abs(closeups(blank, BOX, SIXTY)).max() < 0.5


def test_beyond_the_page_there_is_paper() -> None:
    """A digit that touches the picture's edges is shown as if its picture were larger."""
    grey = np.asarray(drawn.draw_digit(5, size_px=40, height=1.0), np.uint8)
    left, top, side = window_of([0.0, 0.0, 40.0, 40.0], 40.0)
    assert left < 0
    shade = edge_shade(grey)
    assert shade > 200
    framed = np.pad(grey, 30, constant_values=shade)
    assert np.array_equal(
        cut_window(grey, left, top, side, shade),
        cut_window(framed, left + 30, top + 30, side, shade),
    )


@pytest.mark.parametrize(
    "box",
    [[-50, -50, -20, -20], [300, 300, 340, 380], [10, 10, 10, 10], [-500, 20, 900, 40]],
)
def test_no_box_is_too_odd(box: list[float]) -> None:
    assert np.isfinite(
        closeups(page(), np.array([box], np.float32), np.array([20.0]))
    ).all()
