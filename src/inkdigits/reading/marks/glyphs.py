"""A mark on a grey page → the 28×28 glyph that digit networks expect, framed as in MNIST."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.glyphs import frame, ink_box
from inkdigits.reading.marks.boxes import Floats
from inkdigits.reading.marks.edges import edge_shade
from inkdigits.reading.percentiles import percentile

Grey = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class GlyphSettings:
    """How ink is separated from paper in a mark's box; lengths in parts of its longer side."""

    margin: float = 0.12  # around the box, so that a stroke at its edge is seen whole
    # Smaller marks are enlarged first: a thin stroke is less than a pixel
    least_side_px: int = 40
    faintest: float = 0.35  # of the way from paper to the darkest ink: less is paper
    full: float = 0.75  # of the way: more is full ink
    # Of the box's pixels: the lightest and the darkest are taken here, specks left out
    low_percent: float = 3.0
    high_percent: float = 97.0
    # Pixels around the box that tell how the light falls; with fewer the picture's edge does
    least_rim_px: int = 12
    # Spreads from the rim's median: what is further is a neighbour's ink
    near: float = 3.0
    least_spread: float = 2.0  # grey levels: paper in a drawing has no grain at all
    connected: int = 64  # of 255: ink from here on holds a stroke together
    speck: float = 0.03  # of the ink: a piece of no more is no stroke
    own: float = 0.6  # of a stroke's pixels lie in the box: it is the mark's own


GLYPHS = GlyphSettings()


@dataclass(frozen=True, slots=True)
class MarkInk:
    """A mark's ink, white on black, with its place on the page and its scale."""

    drawn: Grey
    left: int
    top: int
    scale: float

    def box(self) -> Floats | None:
        """The box of the ink, in the page's pixels; None if there is no ink."""
        box = ink_box(self.drawn)
        if box is None:
            return None
        sides = np.array(
            [box.left, box.top, box.right, box.bottom], np.float32
        ) / np.float32(self.scale)
        return sides + np.array([self.left, self.top] * 2, np.float32)

    def is_one_stroke(self) -> bool:
        """Whether all of it is connected, except for specks."""
        strokes = (self.drawn > GLYPHS.connected).astype(np.uint8)
        areas = cv2.connectedComponentsWithStats(strokes, connectivity=8)[2][
            1:, cv2.CC_STAT_AREA
        ]
        return bool((areas > GLYPHS.speck * areas.sum()).sum() == 1)


def glyph_of(grey: Grey, box: Floats, settings: GlyphSettings = GLYPHS) -> Grey:
    """The mark's ink, framed, without that of its neighbours."""
    return frame(ink_of(grey, box, settings).drawn)


def ink_of(grey: Grey, box: Floats, settings: GlyphSettings = GLYPHS) -> MarkInk:
    """Only the mark's ink."""
    crop, inner, origin, scale = _cut(grey, box, settings)
    rim = np.ones(crop.shape, bool)
    rim[inner] = False
    paper = _local_paper(crop, rim, edge_shade(grey), settings)
    difference = crop.astype(np.float32) - paper
    # The rim tells paper; the inside tells whether ink is darker or brighter than that.
    inside = difference[inner]
    low, high = (
        percentile(inside, share)
        for share in (settings.low_percent, settings.high_percent)
    )
    ink = -difference if -low >= high else difference
    top = max(percentile(ink[inner], settings.high_percent), 1.0)
    share = (ink / top - settings.faintest) / (settings.full - settings.faintest)
    drawn = (np.clip(share, 0, 1) * 255).astype(np.uint8)
    return MarkInk(_own_ink(drawn, inner, settings), *origin, scale)


def _cut(
    grey: Grey, box: Floats, settings: GlyphSettings
) -> tuple[Grey, tuple[slice, slice], tuple[int, int], float]:
    """The box with a margin, at a size at which strokes have a width.

    Where in it the box itself lies; origin and scale.
    """
    left, top, right, bottom = (float(side) for side in box)
    longest = max(right - left, bottom - top, 1.0)
    margin = settings.margin * longest + 1
    x0 = min(max(0, round(left - margin)), grey.shape[1] - 1)
    y0 = min(max(0, round(top - margin)), grey.shape[0] - 1)
    x1, y1 = (
        min(grey.shape[1], round(right + margin)),
        min(grey.shape[0], round(bottom + margin)),
    )
    crop = grey[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    scale = max(1.0, settings.least_side_px / longest)
    if scale > 1:
        crop = np.asarray(
            cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC),
            np.uint8,
        )
    height, width = crop.shape
    inner_y = _part((top - y0 - 1) * scale, (bottom - y0 + 1) * scale, height)
    inner_x = _part((left - x0 - 1) * scale, (right - x0 + 1) * scale, width)
    return crop, (inner_y, inner_x), (x0, y0), scale


def _part(first: float, last: float, size: int) -> slice:
    """From `first` to `last`, at least one pixel long and inside of `size`."""
    start = min(max(0, round(first)), size - 1)
    return slice(start, min(max(start + 1, round(last)), size))


def _local_paper(
    crop: Grey, rim: npt.NDArray[np.bool_], edge: int, settings: GlyphSettings
) -> Floats:
    """The paper's shade across the crop: a plane through its rim, for light falls off to one side.

    Around a mark that fills its picture there is no rim: then the picture's edge has the paper's
    shade.
    """
    if rim.sum() < settings.least_rim_px:
        return np.full(crop.shape, edge, np.float32)
    values = crop[rim].astype(np.float32)
    middle = percentile(values, 50)
    spread = percentile(np.abs(values - middle), 50) + settings.least_spread
    y, x = np.nonzero(rim)
    near = np.abs(values - middle) < settings.near * spread
    columns = np.stack([x[near], y[near], np.ones(near.sum())], axis=1).astype(
        np.float32
    )
    plane, *_ = np.linalg.lstsq(columns, values[near], rcond=None)
    height, width = crop.shape
    grid_y, grid_x = np.mgrid[:height, :width]
    return np.asarray(plane[0] * grid_x + plane[1] * grid_y + plane[2], np.float32)


def _own_ink(drawn: Grey, inner: tuple[slice, slice], settings: GlyphSettings) -> Grey:
    """The ink of the strokes that lie mostly inside the box."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (drawn > settings.connected).astype(np.uint8), connectivity=8
    )
    if count <= 2:
        return drawn
    own = np.zeros(count, bool)
    inside = np.bincount(labels[inner].ravel(), minlength=count)
    own[1:] = inside[1:] > settings.own * stats[1:, cv2.CC_STAT_AREA]
    mask = cv2.dilate(own[labels].astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(drawn * mask, np.uint8)
