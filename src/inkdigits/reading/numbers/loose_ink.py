"""Ink near a number that belongs to none of its marks, such as a digit that was missed."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inkdigits.reading.input.pages import Grey
from inkdigits.reading.marks.boxes import Floats
from inkdigits.reading.marks.pyramid import resized
from inkdigits.reading.percentiles import percentile


@dataclass(frozen=True, slots=True)
class LooseInkSettings:
    """Where ink is searched, and what counts as ink; lengths in heights of the number's digits."""

    beside: float = 1.0  # to the left and right of the number
    margin: float = 0.08  # around each mark: a stroke's soft edge is the mark's own
    # The height at which the number is looked at: more shows nothing more
    seen_px: int = 40
    full_percent: float = 90.0  # of the pixels in the marks' boxes: that dark is ink
    faintest: float = 0.5  # of the way from paper to ink


LOOSE_INK = LooseInkSettings()


def loose_ink(
    grey: Grey, boxes: Floats, height: float, settings: LooseInkSettings = LOOSE_INK
) -> tuple[float, float]:
    """The ink between the marks and on both sides of them, relative to their own ink."""
    reach = settings.beside * height
    left, right = float(boxes[:, 0].min()) - reach, float(boxes[:, 2].max()) + reach
    top, bottom = float(boxes[:, 1].min()), float(boxes[:, 3].max())
    x0, y0 = max(0, int(left)), max(0, int(top))
    part = grey[y0 : max(y0 + 1, round(bottom)), x0 : max(x0 + 1, round(right))]
    if not part.size:
        return 0.0, 0.0
    scale = min(1.0, settings.seen_px / max(height, 1.0))
    shown = resized(part, scale).astype(np.float32)
    contrast = np.abs(shown - np.float32(np.median(shown)))
    margin = settings.margin * height
    corners = (boxes + np.array([-margin, -margin, margin, margin])).astype(np.float64)
    own = _inside(shown.shape, (corners - (x0, y0, x0, y0)) * scale)
    if not own.any():
        return 0.0, 0.0
    ink = contrast > settings.faintest * percentile(
        contrast[own], settings.full_percent
    )
    columns = np.flatnonzero(own.any(axis=0))
    loose = ink & ~own
    between = int(loose[:, columns[0] : columns[-1] + 1].sum())
    total = max(int((ink & own).sum()), 1)
    return between / total, (int(loose.sum()) - between) / total


def _inside(
    shape: tuple[int, ...], boxes: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Which pixels are touched by any of the boxes."""
    touched = np.zeros(shape, bool)
    first = np.maximum(boxes[:, :2], 0).astype(int)
    last = np.ceil(boxes[:, 2:]).astype(int)
    for (left, top), (right, bottom) in zip(first, last, strict=True):
        touched[top:bottom, left:right] = True
    return touched
