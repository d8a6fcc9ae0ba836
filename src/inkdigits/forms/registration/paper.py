"""A grey page with its light evened out: paper is white everywhere, whatever shadow lies on it."""

from dataclasses import dataclass

import cv2
import numpy as np

from inkdigits.reading.input.pages import Grey


@dataclass(frozen=True, slots=True)
class PaperSettings:
    """How the paper's shade is estimated."""

    small_px: int = 160  # the longer side of the picture it is estimated on
    hole_px: int = 7  # of that picture: print and ink up to this size are not paper
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
    paper = cv2.GaussianBlur(cv2.dilate(small, hole), (0, 0), settings.hole_px / 2)
    shade = cv2.resize(
        paper, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR
    )
    return np.asarray(
        cv2.divide(grey, np.maximum(shade, settings.darkest), scale=255), np.uint8
    )
