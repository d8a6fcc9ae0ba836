"""The class of each mark, or none, by its close-up or by a user's own network.

The marks network sees a whole page and says where marks may be. Their classes are easier to tell
from a close-up.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inkdigits.reading.classifier import DIGITS, Classifier
from inkdigits.reading.input.pages import Grey
from inkdigits.reading.marks.alphabet import CLASS_OF, OTHER
from inkdigits.reading.marks.boxes import Floats, heights, median, middles_x, middles_y
from inkdigits.reading.marks.closeup import closeups
from inkdigits.reading.marks.found import Found
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.glyphs import glyph_of

_OTHER = CLASS_OF[OTHER]


@dataclass(frozen=True, slots=True)
class NamingSettings:
    """How the answers of the two networks are combined; chosen on held-out numbers."""

    # The weight of the classes that the marks network names, the close-up's being 1
    from_afar: float = 0.3
    least: float = 1e-4  # no class is ruled out by either network alone
    strong: float = 0.3  # sureness of a digit that tells how high its row is
    # Heights of such a digit to left and right within which others are taken to be in its row
    beside: float = 3.0
    above: float = 1.0  # and so many heights up and down


NAMING = NamingSettings()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The position of each mark among the confidently detected digits around it.

    `heights`: their usual height, its own where there are none. `beside`: whether there are any.
    `off`: how far its middle is above or below theirs, in those heights.
    """

    heights: Floats
    beside: npt.NDArray[np.bool_]
    off: Floats


def named(
    grey: Grey, found: Found, network: GlyphNetwork, settings: NamingSettings = NAMING
) -> Found:
    """The marks classified by both networks, with the joint probability that each is a mark."""
    around = surroundings(found, settings)
    near = network(closeups(grey, found.boxes, around.heights))
    logs = np.log(np.maximum(near, settings.least))
    logs += settings.from_afar * np.log(np.maximum(found.classes, settings.least))
    shares = np.exp(logs - logs.max(axis=1, keepdims=True, initial=-np.inf))
    shares[:, _OTHER] = 0
    classes: Floats = (
        shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)
    ).astype(np.float32)
    odds = network.existence[0] + existence_evidence(found, near, around) @ np.array(
        network.existence[1:]
    )
    return Found(found.boxes, np.asarray(1 / (1 + np.exp(-odds)), np.float32), classes)


def surroundings(found: Found, settings: NamingSettings = NAMING) -> Surroundings:
    """The positions of the marks among the digits that the marks network is sure of."""
    x, y = middles_x(found.boxes), middles_y(found.boxes)
    tall = heights(found.boxes)
    looks_like_digit = found.classes.argmax(axis=1) < DIGITS
    strong = np.flatnonzero(looks_like_digit & (found.centre >= settings.strong))
    across = np.abs(x[:, None] - x[strong][None])
    down = np.abs(y[:, None] - y[strong][None])
    is_near = (across < settings.beside * tall[strong]) & (
        down < settings.above * tall[strong]
    )
    is_itself = np.arange(len(found))[:, None] == strong[None]
    usual, off = tall.copy(), np.zeros(len(found), np.float32)
    for index in np.flatnonzero(is_near.any(axis=1)):
        near = strong[is_near[index]]
        usual[index] = median(tall[near])
        off[index] = abs(y[index] - median(y[near])) / max(usual[index], 1e-6)
    beside = (is_near & ~is_itself).any(axis=1)
    return Surroundings(np.asarray(usual, np.float32), beside, off)


def existence_evidence(
    found: Found, near: Floats, around: Surroundings
) -> npt.NDArray[np.float64]:
    """The evidence that each is a mark, in the order of `glyph_network.EXISTENCE`."""
    digit = near[:, :DIGITS].sum(axis=1) / np.maximum(
        near[:, :_OTHER].sum(axis=1), 1e-6
    )
    in_row = digit * around.beside
    own = np.maximum(heights(found.boxes), 1e-3)
    columns = [
        _log_odds(found.centre),
        -_log_odds(near[:, _OTHER]),
        -_log_odds(found.classes[:, _OTHER]),
        in_row,
        in_row * np.abs(np.log(own / np.maximum(around.heights, 1e-3))),
        in_row * around.off,
    ]
    return np.stack(columns, axis=1).astype(np.float64)


def _log_odds(share: Floats) -> npt.NDArray[np.float64]:
    bounded = np.clip(share.astype(np.float64), 1e-4, 1 - 1e-4)
    return np.asarray(np.log(bounded / (1 - bounded)))


def with_own_digits(grey: Grey, found: Found, classifier: Classifier) -> Found:
    """The marks, with the digits classified by a user's own network."""
    asked = np.flatnonzero(found.classes.argmax(axis=1) < DIGITS)
    if not len(asked):
        return found
    glyphs = np.stack([glyph_of(grey, found.boxes[index]) for index in asked])
    classes = found.classes.copy()
    is_digit = classes[asked, :DIGITS].sum(axis=1, keepdims=True)
    classes[asked, :DIGITS] = classifier.scores(glyphs).probabilities * is_digit
    return Found(found.boxes, found.centre, classes)
