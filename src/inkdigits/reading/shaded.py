"""Paper in uneven light, estimated by a closing.

It fills dark strokes, and follows every shadow that is wider than a stroke.
"""

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.input.pages import Grey

Contrast = npt.NDArray[np.float32]
# The longer side of the picture that the ground is sought on. The ground has no detail.
_SMALL_PX = 160
# The widest stroke as a share of that side; what is wider is a shadow.
_WIDEST_STROKE = 0.16
# The shade that paper is brought to, and the darkest paper that is brought there.
_PAPER_SHADE, _DARKEST_PAPER = np.float32(200.0), np.float32(60)


def over_closed_ground(grey: Grey) -> tuple[Contrast, float]:
    """How much darker than its paper each pixel is (0 to 1), and the paper's noise."""
    paper = _closed(grey).astype(np.float32)
    smooth = cv2.GaussianBlur(grey, (0, 0), 0.8).astype(np.float32)
    gain = _PAPER_SHADE / np.maximum(paper, _DARKEST_PAPER)
    darker = (paper - smooth) * gain
    # A closing of noise lies above the noise's middle.
    darker -= np.median(darker)
    # From the median distance of a normal distribution to its standard deviation.
    noise = 1.4826 * float(np.median(np.abs(darker)))
    return np.clip(darker / 255.0, 0, 1).astype(np.float32), noise / 255.0


def _closed(grey: Grey) -> Grey:
    """Close the picture, with its border extended outwards.

    So areas that are dark up to the border, such as a table's edge, count as paper.
    """
    scale = min(1.0, _SMALL_PX / max(grey.shape))
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 0.8)
    # An odd number, so that the disc has a middle.
    reach = max(3, int(_WIDEST_STROKE * max(small.shape)) | 1)
    edged = cv2.copyMakeBorder(small, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    closed = cv2.morphologyEx(edged, cv2.MORPH_CLOSE, disc)
    without_rim = np.ascontiguousarray(closed[reach:-reach, reach:-reach])
    height, width = grey.shape
    full_size = cv2.resize(without_rim, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(full_size, np.uint8)
