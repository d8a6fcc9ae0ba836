"""A grey page with its light evened out: paper is white everywhere, whatever shadow lies on it."""

from dataclasses import dataclass

import cv2
import numpy as np

from inkdigits.reading.input.pages import Grey


@dataclass(frozen=True, slots=True)
class PaperSettings:
    """How the paper's shade is estimated."""

    # The longer side of the picture it is estimated on: a pixel of A4 is a millimetre,
    # hardly more than the edge of a shadow.
    small_px: int = 320
    # Of that picture: print and ink up to this size are not paper.
    hole_px: int = 13
    # Of that picture: what is left of the paper's grain is no shade.
    blur_px: float = 1.5
    darkest: int = 40  # grey levels: a shade below is the scanner's lid, not paper


PAPER = PaperSettings()


def even_paper(grey: Grey, settings: PaperSettings = PAPER) -> Grey:
    """The page divided by the shade of its paper."""
    scale = settings.small_px / max(grey.shape)
    small = (
        cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        if scale < 1
        else grey
    )
    hole = np.ones((settings.hole_px, settings.hole_px), np.uint8)
    # A closing fills what is dark and small, and leaves the edge of a shadow where it is.
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, hole)
    paper = cv2.GaussianBlur(closed, (0, 0), settings.blur_px)
    shade = cv2.resize(
        paper, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR
    )
    return np.asarray(
        cv2.divide(grey, np.maximum(shade, settings.darkest), scale=255), np.uint8
    )
