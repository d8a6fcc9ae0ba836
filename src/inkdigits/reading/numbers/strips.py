"""A row of marks as a straightened line image, the input of the row network.

row + page → the line its digits stand along → 32 pixels high, its digits about 20 → mean 0 and
spread 1
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.marks.boxes import Floats, median, middles_x, middles_y
from inkdigits.reading.marks.closeup import in_even_contrast
from inkdigits.reading.marks.edges import edge_shade

Grey = npt.NDArray[np.uint8]
# A strip's height: digits are about 20 pixels high on it, as on MNIST's pictures.
HEIGHT_PX = 32
# That of a row which is looked at more closely: digits are about 30 pixels high.
CLOSER_PX = 48


@dataclass(frozen=True, slots=True)
class StripSettings:
    """Which part of the page is shown; lengths in heights of the row's digits."""

    # Above and below the digits there is room for signs, long strokes and a box that is not exact
    high: float = 1.6
    # A row whose digits reach further from its middle line is shown so much higher, at most: a tall
    # 7 between small zeros is whole.
    reach: float = 1.05
    tallest: float = 1.6
    # On both sides: so that a mark that was missed at the end of the row is visible
    margin: float = 1.1
    sloping: float = 3.0  # from this width on a row is straightened
    most_slope: float = 0.3  # a steeper one is due to a wrong mark
    most_px: int = 2048  # a longer strip is not a number
    # The scales of the line images, relative to the height of the digits that was found. The quick
    # network looks at the first one. One scale may be misread where another is not, so a row in
    # doubt is shown to the larger network at each, until the doubt is gone.
    looks: tuple[float, ...] = (0.95, 1.15, 1.05)


STRIPS = StripSettings()


@dataclass(frozen=True, slots=True)
class Window:
    """A sloping part of a page, in pixels; its middle line is through (middle_x, middle_y)."""

    left: int
    width: int
    high: int
    middle_x: float
    middle_y: float
    slope: float

    @property
    def scale(self) -> float:
        """The strip's pixels for one of the page's."""
        return HEIGHT_PX / self.high


def window_of(
    boxes: Floats, digits: Floats, height: float, settings: StripSettings = STRIPS
) -> Window:
    """The part of the page around a row's marks.

    The digits, of this usual height, give the slope of the row.
    """
    left, right = float(boxes[:, 0].min()), float(boxes[:, 2].max())
    is_long = len(digits) > 2 and right - left > settings.sloping * height
    slope = _slope_of(digits, settings.most_slope) if is_long else 0.0
    middle_x = (left + right) / 2
    levels = slope * (middles_x(digits) - middle_x)
    middle_y = median(middles_y(digits) - levels)
    high = settings.high * height
    furthest = np.maximum(
        middle_y + levels - digits[:, 1], digits[:, 3] - middle_y - levels
    )
    needed = 2 * settings.reach * float(furthest.max())
    high = min(max(high, needed), settings.tallest * high)
    first, last = (
        round(left - settings.margin * height),
        round(right + settings.margin * height),
    )
    return Window(
        first,
        max(4, last - first),
        max(4, round(high)),
        middle_x,
        middle_y,
        slope,
    )


def _slope_of(digits: Floats, most: float) -> float:
    """The rise of the line through the digits' middles: least squares."""
    x, y = middles_x(digits), middles_y(digits)
    off_x, off_y = x - x.mean(), y - y.mean()
    slope = float((off_x * off_y).sum()) / max(float((off_x**2).sum()), 1e-6)
    return min(max(slope, -most), most)


def looks_of(
    boxes: Floats, digits: Floats, height: float, settings: StripSettings = STRIPS
) -> list[Window]:
    """The windows of a row, one per scale."""
    return [
        window_of(boxes, digits, look * height, settings) for look in settings.looks
    ]


def strip_of(grey: Grey, window: Window, high_px: int = HEIGHT_PX) -> Floats:
    """The strip, (high_px, width); beyond the page there is paper."""
    shown = straightened(grey, window, edge_shade(grey))
    return in_even_contrast(shrunk(shown, high_px))


def straightened(grey: Grey, window: Window, shade: int) -> Grey:
    """The window's pixels, its middle line level: each column is moved by whole pixels."""
    height, width = grey.shape
    x = np.arange(window.left, window.left + window.width)[None]
    middles = window.middle_y + window.slope * (x - window.middle_x)
    tops = np.floor(middles - window.high / 2 + 0.5).astype(np.int64)
    y = tops + np.arange(window.high)[:, None]
    is_on_page = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    shown = grey[y.clip(0, height - 1), x.clip(0, width - 1)]
    return np.where(is_on_page, shown, np.uint8(shade)).astype(np.uint8)


def shrunk(
    window: Grey, high_px: int = HEIGHT_PX, settings: StripSettings = STRIPS
) -> Grey:
    """The same, so many pixels high."""
    scale = high_px / window.shape[0]
    width = min(max(8, round(window.shape[1] * scale)), settings.most_px)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(
        cv2.resize(window, (width, high_px), interpolation=method), np.uint8
    )
