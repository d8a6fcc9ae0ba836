"""One person fills in a page, so digits on it that look alike are the same digit.

glyphs of a page → how alike each two are → what those like it are → a second opinion of each
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.input.pages import Grey
from inkdigits.reading.marks.boxes import Floats


@dataclass(frozen=True, slots=True)
class HandSettings:
    """How much the other digits of a page say; chosen on 300 pages by held-out writers."""

    # Glyphs are compared softened and at half their size: no two strokes are the same
    blur_px: float = 1.2
    side_px: int = 14
    sharpness: float = 12.0  # of a glyph's say, by its correlation
    # How many glyphs just like it a digit needs to be heard
    doubt: float = 0.5
    floor: float = 0.01  # share of each digit: all on the page may be misread
    weight: float = 1.0  # of the second opinion's log shares


HAND = HandSettings()


def agreed(glyphs: Grey, logs: Floats, settings: HandSettings = HAND) -> Floats:
    """The log shares of the ten digits, (n, 10), together with what the page's other glyphs say."""
    say = np.exp(settings.sharpness * (_correlations(glyphs, settings) - 1))
    np.fill_diagonal(say, 0.0)  # nobody is a witness in his own case
    heard = say @ np.exp(logs) + settings.doubt / logs.shape[1]
    shares = heard / heard.sum(axis=1, keepdims=True)
    both = logs + settings.weight * np.log(shares + settings.floor)
    return np.asarray(both - np.logaddexp.reduce(both, axis=1, keepdims=True))


def _correlations(glyphs: Grey, settings: HandSettings) -> Floats:
    """How alike each two glyphs are, 1 if they are the same."""
    small = (settings.side_px, settings.side_px)
    seen = np.stack(
        [
            cv2.resize(
                cv2.GaussianBlur(glyph, (0, 0), settings.blur_px),
                small,
                interpolation=cv2.INTER_AREA,
            ).ravel()
            for glyph in glyphs.astype(np.float32)
        ]
    )
    seen -= seen.mean(axis=1, keepdims=True)
    length = np.linalg.norm(seen, axis=1, keepdims=True)
    even: npt.NDArray[np.float32] = seen / np.maximum(length, 1e-6)
    return even @ even.T
