"""Which mark each one is, told from its close-up; or which digit, by a learner's own network.

The marks network sees a whole page and says where marks are. What a mark is shows better from close by.
"""

from dataclasses import dataclass, replace

import numpy as np

from inkdigits.reading.classifier import DIGITS, Classifier
from inkdigits.reading.input.pages import Grey
from inkdigits.reading.marks.closeup import closeups
from inkdigits.reading.marks.found import Floats, Found
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.glyphs import glyph_of


@dataclass(frozen=True, slots=True)
class NamingSettings:
    """How the two networks' shares become one; chosen on held-out numbers."""

    from_afar: float = 0.3  # the weight of what the marks network says, the close-up's being 1
    least: float = 1e-4  # no class is ruled out by either network alone


NAMING = NamingSettings()


def named(grey: Grey, found: Found, row_height: float, network: GlyphNetwork, settings: NamingSettings = NAMING) -> Found:
    """The marks of a row with the shares of both networks."""
    near = network(closeups(grey, found.boxes, row_height))
    logs = np.log(np.maximum(near, settings.least))
    logs += settings.from_afar * np.log(np.maximum(found.classes, settings.least))
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    classes: Floats = (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)
    return replace(found, classes=classes)


def with_own_digits(grey: Grey, found: Found, classifier: Classifier) -> Found:
    """The marks with a learner's network saying which digit each digit is."""
    asked = np.flatnonzero(found.classes.argmax(axis=1) < DIGITS)
    if not len(asked):
        return found
    glyphs = np.stack([glyph_of(grey, found.boxes[index]) for index in asked])
    classes = found.classes.copy()
    is_digit = classes[asked, :DIGITS].sum(axis=1, keepdims=True)
    classes[asked, :DIGITS] = classifier.scores(glyphs).probabilities * is_digit
    return replace(found, classes=classes)
