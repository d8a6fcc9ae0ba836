"""A second opinion on which digit a mark is: the digit network's, of the marks that the marks network is not sure of."""

from dataclasses import dataclass, replace

import numpy as np

from inkdigits.reading.classifier import DIGITS, Classifier
from inkdigits.reading.input.pages import Grey
from inkdigits.reading.marks.found import Floats, Found
from inkdigits.reading.marks.glyphs import glyph_of


@dataclass(frozen=True, slots=True)
class OpinionSettings:
    """When another opinion is asked for."""

    sure: float = 0.97  # a share from which the marks network needs no other: asking takes half a millisecond
    least: float = 1e-4  # no digit is ruled out by either network alone


OPINION = OpinionSettings()


def with_second_opinion(grey: Grey, found: Found, classifier: Classifier, settings: OpinionSettings = OPINION) -> Found:
    """The marks with both networks' shares multiplied, where a mark looks like a digit but not surely like one."""
    best = found.classes.argmax(axis=1)
    share = found.classes.max(axis=1)
    asked = np.flatnonzero((best < DIGITS) & (share < settings.sure))
    if not len(asked):
        return found
    glyphs = np.stack([glyph_of(grey, found.boxes[index]) for index in asked])
    classes = found.classes.copy()
    classes[asked, :DIGITS] = _joined(classes[asked, :DIGITS], classifier.scores(glyphs).probabilities, settings)
    return replace(found, classes=classes)


def _joined(one: Floats, other: Floats, settings: OpinionSettings) -> Floats:
    """The product of two sets of shares, with the sum of the first."""
    product = np.maximum(one, settings.least) * np.maximum(other, settings.least)
    joined: Floats = (product / product.sum(axis=1, keepdims=True) * one.sum(axis=1, keepdims=True)).astype(np.float32)
    return joined
