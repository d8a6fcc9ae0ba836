"""A page at several sizes, and the marks that the network finds on each.

The network knows writing from 12 to 46 pixels high. A page is shown to it at its own size and at halves of it; a small
picture also enlarged, so that a digit of any height is seen at a size it knows.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.marks.edges import rim_shade, with_rim
from inkdigits.reading.marks.found import PEAKS, Found, PeakSettings, peaks_of

Grey = npt.NDArray[np.uint8]
Run = Callable[[Grey], npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class PyramidSettings:
    """Which sizes a page is shown at."""

    most_px: int = 2_600_000  # pixels at the largest size: an A4 page at 160 dpi, where small writing is 12 px high
    least_side_px: int = 24  # a size at which the shorter side has fewer pixels shows nothing more
    enlarge_below_px: int = 64  # pictures with a shorter side below this are shown enlarged too
    rim_px: int = 12  # paper put around, so that marks at the edge are seen whole


PYRAMID = PyramidSettings()


def levels_of(shape: tuple[int, int], settings: PyramidSettings = PYRAMID) -> list[float]:
    """The scales at which a page of this height and width is shown, the largest first."""
    height, width = shape
    scale = min(1.0, float(np.sqrt(settings.most_px / (height * width))))
    scales = [2.0] if min(height, width) < settings.enlarge_below_px else []
    while True:
        scales.append(scale)
        scale /= 2
        if min(height, width) * scale < settings.least_side_px:
            return scales


def find_at(grey: Grey, scale: float, run: Run, rim: int, peaks: PeakSettings = PEAKS) -> Found:
    """The marks that the network finds at one size, in the page's own pixels."""
    shown = resized(grey, scale)
    found = peaks_of(run(with_rim(shown, rim, rim_shade(grey))), peaks)
    return Found((found.boxes - rim) / np.float32(scale), found.centre, found.classes)


def resized(grey: Grey, scale: float) -> Grey:
    if scale == 1.0:
        return grey
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, size, interpolation=method), np.uint8)
