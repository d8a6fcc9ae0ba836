"""Light is evened out: paper becomes white under any smooth shadow, ink stays dark."""

import numpy as np
import pytest

from inkdigits.forms.cells import CELLS
from inkdigits.forms.registration.paper import PAPER, even_paper
from inkdigits.reading.input.pages import Grey


def page(height: int = 600, width: int = 400) -> Grey:
    grey = np.full((height, width), 255, np.uint8)
    grey[100:500:40, 50:350] = 0  # print
    return grey


@pytest.mark.parametrize("low", [0.4, 0.7, 1.0])
def test_paper_is_white_whatever_the_shadow(low: float) -> None:
    light = np.linspace(low, 1, 400, dtype=np.float32)[None]
    shadowed = (page() * light).astype(np.uint8)
    even = even_paper(shadowed)
    paper = page() == 255
    assert even[paper].min() > 235
    assert even[~paper].max() < 30


@pytest.mark.parametrize("soft_px", [1, 12, 40])
def test_paper_is_white_up_to_the_edge_of_a_shadow(soft_px: int) -> None:
    """A form's box across the edge is read like any other."""
    y, x = np.mgrid[:2300, :1650].astype(np.float32)
    light = 0.775 + 0.225 * np.tanh((x - 0.6 * y) / soft_px)
    grey = np.full(light.shape, 250, np.uint8)
    grey[100:2200:90, 150:1500] = 0
    even = even_paper((grey * light).astype(np.uint8))
    paper = even[grey == 250]
    # A few pixels along the edge itself may count as ink: no stroke is so thin.
    assert (paper < 255 - CELLS.darkness).mean() < 0.002


def test_an_even_page_is_hardly_changed_and_keeps_its_shape() -> None:
    for grey in (page(), page(80, 60)):
        even = even_paper(grey)
        assert even.shape == grey.shape
        assert np.abs(even.astype(int) - grey).mean() < 2


def test_a_scanners_lid_stays_dark() -> None:
    grey = np.full((300, 200), 250, np.uint8)
    grey[:, :60] = PAPER.darkest // 4
    assert even_paper(grey)[:, :40].max() < 128
