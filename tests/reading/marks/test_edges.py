"""Beyond a small picture's edge there is paper; a page's edge goes on."""

import numpy as np

from inkdigits.reading.marks.edges import PAGE_PX, edge_shade, rim_shade, with_rim


def test_a_stroke_that_reaches_a_small_pictures_edge_ends_there() -> None:
    grey = np.full((40, 60), 230, np.uint8)
    grey[:, 28:32] = 20
    framed = with_rim(grey, 12, rim_shade(grey))
    assert framed.shape == (64, 84)
    assert (framed[:12] == 230).all()
    assert (framed[12:-12, 12:-12] == grey).all()


def test_a_pages_edge_goes_on_as_it_is() -> None:
    page = np.tile(np.linspace(90, 250, PAGE_PX).astype(np.uint8), (PAGE_PX, 1))
    framed = with_rim(page, 5, rim_shade(page))
    assert (framed[0] == framed[5]).all()
    assert (framed[:, 0] == 90).all()


def test_papers_shade_is_that_of_most_of_the_edge() -> None:
    grey = np.full((30, 30), 200, np.uint8)
    grey[:, :10] = 0
    assert edge_shade(grey) == 200
