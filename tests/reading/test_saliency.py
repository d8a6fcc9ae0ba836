"""Where the net looks."""

import numpy as np

from inkdigits import Reader
from inkdigits.reading.saliency import saliency
from inkdigits.synthesis.drawn import draw_digit


def test_what_tells_an_eight_from_a_three_is_on_its_left(reader: Reader) -> None:
    glyph = reader.glyph(draw_digit(8))
    heat = saliency(reader.classifier, glyph, 8)
    assert heat.shape == (28, 28)
    assert heat.min() >= 0
    assert heat.max() == 1
    assert heat[:, :14].sum() > heat[:, 14:].sum()


def test_covering_paper_takes_nothing(reader: Reader) -> None:
    glyph = reader.glyph(draw_digit(1))
    assert saliency(reader.classifier, glyph, 1)[:, :2].max() < 0.05


def test_a_blank_glyph_has_a_map_too(reader: Reader) -> None:
    assert np.isfinite(
        saliency(reader.classifier, np.zeros((28, 28), np.uint8), 0)
    ).all()
