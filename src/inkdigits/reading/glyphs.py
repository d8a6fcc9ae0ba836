"""Ink → the 28×28 glyph that the network expects. The only code for MNIST's framing."""

import cv2
import numpy as np

from inkdigits.reading.input.pages import Grey
from inkdigits.reading.percentiles import percentile
from inkdigits.reading.results import Box

SIZE_PX = 28  # as MNIST has it
INNER_PX = 20  # the longer side of the ink in it
FRAMING = (
    "ink box scaled to 20x20 keeping its aspect, centred by mass in 28x28, ink high"
)
_FAINTEST = 32  # of 255: paler pixels are no ink of the box
_THIN_SHARE = 0.055  # strokes thinner than this share of the digit would vanish
_WANTED_SHARE = 0.1  # what they are widened to: a pen's stroke in MNIST


def ink_box(ink: Grey) -> Box | None:
    """The smallest box that holds all the ink, or None if there is none."""
    columns = np.flatnonzero(ink.max(axis=0) >= _FAINTEST)
    if columns.size == 0:
        return None
    rows = np.flatnonzero(ink.max(axis=1) >= _FAINTEST)
    left = int(columns[0])
    top = int(rows[0])
    # A box ends behind its last pixel.
    right = int(columns[-1]) + 1
    bottom = int(rows[-1]) + 1
    return Box(left, top, right, bottom)


def frame(ink: Grey) -> Grey:
    """The glyph framed as MNIST frames its digits; blank ink gives a blank glyph."""
    if is_framed(ink):
        return ink
    box = ink_box(ink)
    if box is None:
        return np.zeros((SIZE_PX, SIZE_PX), np.uint8)
    crop = _thicken(ink[box.top : box.bottom, box.left : box.right])
    height, width = crop.shape
    # Resizing by a pixel would only blur it.
    if abs(max(height, width) - INNER_PX) <= 1:
        return _centre(np.ascontiguousarray(crop))
    scale = INNER_PX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(
        crop, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    )
    return _centre(_brighten(small))


def is_framed(ink: Grey) -> bool:
    """Whether this is a glyph framed as in MNIST.

    It has 28×28 pixels, its longer side is 20, and its centre of mass is in the middle.
    """
    if ink.shape != (SIZE_PX, SIZE_PX):
        return False
    _, _, width, height = cv2.boundingRect(ink)
    if max(width, height) != INNER_PX:
        # A blank glyph needs no framing.
        return width == 0
    x, y = _centre_of_mass(ink)
    off_x = abs(x - SIZE_PX / 2)
    off_y = abs(y - SIZE_PX / 2)
    # Framing moves by whole pixels, and thus leaves half a pixel.
    return max(off_x, off_y) <= 0.51


def _thicken(crop: Grey) -> Grey:
    """Widen strokes that would vanish in 20×20 to the pen width of MNIST."""
    longest = max(crop.shape)
    if longest <= INNER_PX:
        return np.ascontiguousarray(crop)
    stroke_px = stroke_width_px(crop)
    if stroke_px >= _THIN_SHARE * longest:
        return np.ascontiguousarray(crop)
    grow = max(1, round(_WANTED_SHARE * longest - stroke_px))
    padded = cv2.copyMakeBorder(
        crop, grow, grow, grow, grow, cv2.BORDER_CONSTANT, value=(0,)
    )
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (grow + 1, grow + 1))
    return np.asarray(cv2.dilate(padded, kernel), np.uint8)


def stroke_width_px(ink: Grey) -> float:
    """The usual width of the strokes: four times the mean distance of ink to its edge."""
    mask = cv2.copyMakeBorder(
        (ink >= 96).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(0,)
    )
    if not mask.any():
        return 1.0
    distance = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    return max(1.0, 4.0 * float(distance[mask > 0].mean()) - 1.0)


def _brighten(small: Grey) -> Grey:
    """MNIST's strokes reach full ink.

    Shrinking dims a fine stroke, so the brightest pixel is scaled up again.
    """
    top = percentile(small[small > 0], 90) if small.any() else 255.0
    return (
        small
        if top >= 220
        else np.minimum(small * (235.0 / max(top, 1.0)), 255).astype(np.uint8)
    )


def _centre_of_mass(ink: Grey) -> tuple[float, float]:
    """The place about which the ink is in balance."""
    moments = cv2.moments(ink)
    mass = moments["m00"]
    x = moments["m10"] / mass
    y = moments["m01"] / mass
    return x, y


def _centre(small: Grey) -> Grey:
    """Place the small glyph on its canvas, centred by mass as far as it fits."""
    height, width = small.shape
    x, y = _centre_of_mass(small)
    left = round(SIZE_PX / 2 - x)
    top = round(SIZE_PX / 2 - y)
    # All of the ink stays on the canvas, even if it is off the middle then.
    left = min(max(left, 0), SIZE_PX - width)
    top = min(max(top, 0), SIZE_PX - height)
    glyph = np.zeros((SIZE_PX, SIZE_PX), np.uint8)
    glyph[top : top + height, left : left + width] = small
    return glyph


def lean(ink: Grey) -> float:
    """How far the ink goes to the right for each pixel up."""
    moments = cv2.moments(ink)
    # Of a level line nothing can be said, and it must not be divided by nothing.
    spread_down = max(moments["mu02"], 1e-6)
    return float(-moments["mu11"] / spread_down)
