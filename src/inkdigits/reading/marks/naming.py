"""Which mark each one is, and whether it is one at all, told from its close-up; or which digit, by a learner's own network.

The marks network sees a whole page and says where marks may be. What they are shows better from close by.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inkdigits.reading.classifier import DIGITS, Classifier
from inkdigits.reading.input.pages import Grey
from inkdigits.reading.marks.alphabet import CLASS_OF, OTHER
from inkdigits.reading.marks.closeup import closeups
from inkdigits.reading.marks.found import Floats, Found
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.glyphs import glyph_of

_OTHER = CLASS_OF[OTHER]


@dataclass(frozen=True, slots=True)
class NamingSettings:
    """How the two networks' answers become one; chosen on held-out numbers."""

    from_afar: float = 0.3  # the weight of the classes that the marks network names, the close-up's being 1
    least: float = 1e-4  # no class is ruled out by either network alone
    strong: float = 0.3  # sureness of a digit that tells how high its row is
    beside: float = 3.0  # heights of such a digit to left and right within which others are taken to be in its row
    above: float = 1.0  # and so many heights up and down


NAMING = NamingSettings()


def named(grey: Grey, found: Found, network: GlyphNetwork, settings: NamingSettings = NAMING) -> Found:
    """The marks named by both networks, each as sure as both are that it is a mark of the alphabet."""
    near = network(closeups(grey, found.boxes, row_heights(found, settings)))
    logs = np.log(np.maximum(near, settings.least))
    logs += settings.from_afar * np.log(np.maximum(found.classes, settings.least))
    shares = np.exp(logs - logs.max(axis=1, keepdims=True, initial=-np.inf))
    shares[:, _OTHER] = 0
    classes: Floats = (shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)).astype(np.float32)
    return Found(found.boxes, _existence(found, near, network.existence), classes)


def row_heights(found: Found, settings: NamingSettings = NAMING) -> Floats:
    """For each mark the usual height of the digits around it; its own where there is none."""
    boxes = found.boxes
    own = boxes[:, 3] - boxes[:, 1]
    strong = (found.classes.argmax(axis=1) < DIGITS) & (found.centre >= settings.strong)
    others = boxes[strong]
    tall = others[:, 3] - others[:, 1]
    across = np.abs((boxes[:, None, 0] + boxes[:, None, 2] - others[None, :, 0] - others[None, :, 2]) / 2)
    down = np.abs((boxes[:, None, 1] + boxes[:, None, 3] - others[None, :, 1] - others[None, :, 3]) / 2)
    around = (across < settings.beside * tall) & (down < settings.above * tall)
    heights = [float(np.median(tall[near])) if near.any() else float(alone) for near, alone in zip(around, own, strict=True)]
    return np.array(heights, np.float32)


def _existence(found: Found, near: Floats, weights: tuple[float, ...]) -> Floats:
    """How sure it is that each is a mark of the alphabet."""
    odds = weights[0] + existence_evidence(found, near) @ np.array(weights[1:])
    return np.asarray(1 / (1 + np.exp(-odds)), np.float32)


def existence_evidence(found: Found, near: Floats) -> npt.NDArray[np.float64]:
    """What speaks for each being a mark: its centre, and how little both networks take it for none of the alphabet."""
    columns = [_log_odds(found.centre), -_log_odds(near[:, _OTHER]), -_log_odds(found.classes[:, _OTHER])]
    return np.stack(columns, axis=1)


def _log_odds(share: Floats) -> npt.NDArray[np.float64]:
    bounded = np.clip(share.astype(np.float64), 1e-4, 1 - 1e-4)
    return np.asarray(np.log(bounded / (1 - bounded)))


def with_own_digits(grey: Grey, found: Found, classifier: Classifier) -> Found:
    """The marks with a learner's network saying which digit each digit is."""
    asked = np.flatnonzero(found.classes.argmax(axis=1) < DIGITS)
    if not len(asked):
        return found
    glyphs = np.stack([glyph_of(grey, found.boxes[index]) for index in asked])
    classes = found.classes.copy()
    is_digit = classes[asked, :DIGITS].sum(axis=1, keepdims=True)
    classes[asked, :DIGITS] = classifier.scores(glyphs).probabilities * is_digit
    return Found(found.boxes, found.centre, classes)
