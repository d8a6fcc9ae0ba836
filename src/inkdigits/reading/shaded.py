"""Paper under light that changes: a closing fills dark strokes,
and follows every shadow that is wider than a stroke.
"""

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.input.pages import Grey

Contrast = npt.NDArray[np.float32]
_SMALL_PX = 160  # the longer side of what the ground is sought on: it has no detail
_WIDEST_STROKE = 0.16  # of that side; what is wider is a shadow


def over_closed_ground(grey: Grey) -> tuple[Contrast, float]:
    """How much darker than its paper each pixel is (0 to 1), and the paper's noise."""
    paper = _closed(grey).astype(np.float32)
    smooth = cv2.GaussianBlur(grey, (0, 0), 0.8).astype(np.float32)
    darker = (paper - smooth) * (np.float32(200.0) / np.maximum(paper, np.float32(60)))
    darker -= np.median(darker)  # a closing of noise lies above its middle
    noise = 1.4826 * float(np.median(np.abs(darker)))
    return np.clip(darker / 255.0, 0, 1).astype(np.float32), noise / 255.0


def _closed(grey: Grey) -> Grey:
    """The rim is drawn on outwards, so that what is dark up to the rim,
    as a table's edge, counts as paper.
    """
    scale = min(1.0, _SMALL_PX / max(grey.shape))
    small = cv2.GaussianBlur(
        cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), (0, 0), 0.8
    )
    reach = max(3, int(_WIDEST_STROKE * max(small.shape)) | 1)
    edged = cv2.copyMakeBorder(small, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    closed = np.ascontiguousarray(
        cv2.morphologyEx(edged, cv2.MORPH_CLOSE, disc)[reach:-reach, reach:-reach]
    )
    return np.asarray(
        cv2.resize(closed, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR), np.uint8
    )
