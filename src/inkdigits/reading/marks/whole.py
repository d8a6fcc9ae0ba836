"""All of a picture's ink as one mark, for digits drawn as large as their picture.

The strokes of such a digit vanish at the scales of the marks network, but they remain in a
close-up.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.input.pages import Grey
from inkdigits.reading.marks.alphabet import DIGITS
from inkdigits.reading.marks.boxes import Floats
from inkdigits.reading.marks.closeup import ALONE, closeups
from inkdigits.reading.marks.edges import (
    edge_of,
    edge_shade,
    rim_shade,
    with_rim,
)
from inkdigits.reading.marks.found import Found
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.glyphs import ink_of
from inkdigits.reading.marks.pyramid import resized
from inkdigits.reading.percentiles import percentile


@dataclass(frozen=True, slots=True)
class WholeSettings:
    """What counts as ink, and when it may be one digit."""

    # The longer side of the picture on which ink is looked for: grain is gone there
    seen_px: int = 128
    darkest_percent: float = 99.7  # of its pixels: the rest may be specks
    least_contrast: float = 12.0  # grey levels: less is blank paper
    faintest: float = 0.4  # of the way from paper to the darkest ink: less is paper
    # Of the picture's longer side: what is broader than this is a shadow. Strokes of a bold digit
    # that fills its picture have a fifth
    broadest: float = 0.3
    # Of a side of the picture: ink along so much of it is a margin, where the page ends
    margin: float = 0.9
    # Sureness of a mark that surely looks like a digit: one that the marks network finds may be
    # surer
    trust: float = 0.8


WHOLE = WholeSettings()


def whole_mark(
    grey: Grey, network: GlyphNetwork, settings: WholeSettings = WHOLE
) -> Found:
    """All ink as one mark, scored by how much it looks like a digit; none on blank paper."""
    box = ink_box(grey, settings)
    if box is None:
        return Found.none()
    classes = network(closeups(grey, box[None], ALONE))
    sure = classes[:, : len(DIGITS)].sum(axis=1) * np.float32(settings.trust)
    return Found(box[None], sure, classes)


def all_ink(grey: Grey) -> Grey:
    """All ink of a picture that shows one digit and nothing else, white on black.

    Blank paper gives one black pixel.
    """
    box = ink_box(grey)
    return np.zeros((1, 1), np.uint8) if box is None else ink_of(grey, box).drawn


def one_stroke(grey: Grey) -> Grey | None:
    """All ink, white on black, if it is one stroke."""
    box = ink_box(grey)
    ink = None if box is None else ink_of(grey, box)
    return ink.drawn if ink and ink.is_one_stroke() else None


def shows_several(found: Found, settings: WholeSettings = WHOLE) -> bool:
    """Whether two marks are surer to be digits than all ink together may be."""
    sure = found.centre * found.digit_share
    return int((sure > settings.trust).sum()) > 1


def ink_box(grey: Grey, settings: WholeSettings = WHOLE) -> Floats | None:
    """Around everything that differs from the paper at the picture's edge.

    A margin, as beside a scanned page, is cut off first: the ink is fainter than it.
    """
    scale = min(1.0, settings.seen_px / max(grey.shape))
    small = resized(grey, scale)
    ink = cv2.absdiff(small, np.full_like(small, edge_shade(small)))
    # Most shadows reach the picture's edge. In even light, as on a drawing, all ink is narrow.
    if np.ptp(edge_of(small)) >= settings.least_contrast:
        ink = cv2.min(ink, _narrow(small, rim_shade(grey), settings))
    left = top = 0
    while True:
        most = percentile(ink, settings.darkest_percent)
        if most < settings.least_contrast:
            return None
        inked = ink > settings.faintest * most
        x, y, width, height = cv2.boundingRect(inked.astype(np.uint8))
        # A picture cropped tight to its digit has strokes along its sides.
        is_tight = (height, width) == ink.shape
        west, east = _margins(inked.mean(axis=0) >= settings.margin)
        north, south = _margins(inked.mean(axis=1) >= settings.margin)
        if is_tight or not west + east + north + south:
            break
        left, top = left + west, top + north
        ink = ink[north : ink.shape[0] - south, west : ink.shape[1] - east]
    x, y = left + x, top + y
    box: Floats = np.array([x, y, x + width, y + height], np.float32)
    return box / np.float32(scale)


def _narrow(small: Grey, shade: int | None, settings: WholeSettings) -> Grey:
    """How much each pixel differs from what is broader than a stroke: paper, or a shadow on it.

    Beyond the picture there is paper of a shade; beyond a page its edge goes on.
    """
    reach = round(settings.broadest * max(small.shape) / 2)
    square = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    around = with_rim(small, 2 * reach, shade)
    darker = cv2.morphologyEx(around, cv2.MORPH_BLACKHAT, square)
    lighter = cv2.morphologyEx(around, cv2.MORPH_TOPHAT, square)
    height, width = small.shape
    inner = slice(2 * reach, 2 * reach + height), slice(2 * reach, 2 * reach + width)
    return np.asarray(cv2.max(darker, lighter)[inner], np.uint8)


def _margins(is_full: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """How many lines at the beginning and at the end are full of ink."""
    return int(is_full.argmin()), int(is_full[::-1].argmin())
