"""A closing follows shadows and fills strokes."""

import cv2
import numpy as np

from inkdigits.reading.shaded import over_closed_ground


def test_strokes_stand_out_on_both_sides_of_a_hard_shadow() -> None:
    page = np.full((160, 240), 230, np.uint8)
    page[:, 120:] = 110
    for x in (60, 180):
        cv2.line(page, (x, 40), (x, 120), 30, 6)
    contrast, noise = over_closed_ground(page)
    assert contrast.min() >= 0
    assert contrast.max() <= 1
    strokes = [float(contrast[60:100, x].min()) for x in (60, 180)]
    # Away from its edge, a shadow is paper like any other.
    paper = float(max(contrast[:, 90:110].max(), contrast[:, 200:].max()))
    assert min(strokes) > 0.3
    assert paper < 0.05
    assert noise < 0.02


def test_a_dark_table_beyond_the_papers_edge_is_paper_too() -> None:
    page = np.full((160, 240), 230, np.uint8)
    page[:, :70] = 60
    contrast, _ = over_closed_ground(page)
    assert contrast[:, :60].max() < 0.05
