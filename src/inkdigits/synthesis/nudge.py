"""Small changes to a framed glyph, as by another hand, pen or frame."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.glyphs import SIZE_PX
from inkdigits.synthesis.warps import smooth_bends, turned_and_stretched

Glyph = npt.NDArray[np.uint8]
_MIDDLE = (SIZE_PX - 1) / 2
_GRID_Y, _GRID_X = np.mgrid[:SIZE_PX, :SIZE_PX].astype(np.float32)


@dataclass(frozen=True, slots=True)
class NudgeSettings:
    """How much a glyph is changed at most, in either direction; set by hand."""

    # Degrees.
    angle_deg: float = 13
    # Columns per row.
    shear: float = 0.2
    # The log of the factor in each direction: 0.13 is 14 %.
    stretch: float = 0.13
    # Pixels.
    shift_px: float = 1.8
    # How often a glyph is bent, and the spread of the bends in pixels.
    bent: float = 0.4
    bend_px: float = 0.7
    # Points per side of the grid that bends are drawn on; they are smooth in between.
    bend_points: int = 4
    # How often the pen is changed.
    other_pen: float = 0.35


NUDGE = NudgeSettings()
# A pixel and its four neighbours.
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


def nudged(glyph: Glyph, rng: np.random.Generator) -> Glyph:
    """Turn, shear, stretch, shift and bend a glyph a little, in one sampling.

    Some glyphs then get a heavier or lighter pen.
    """
    moved = _moved(glyph, rng)
    return _pen(moved, rng) if rng.random() < NUDGE.other_pen else moved


def _moved(glyph: Glyph, rng: np.random.Generator) -> Glyph:
    """Take each pixel from where the change maps it to."""
    (xx, xy), (yx, yy) = _linear(rng)
    # The glyph's centre stays where it is, apart from the shift.
    shift_x, shift_y = rng.uniform(-NUDGE.shift_px, NUDGE.shift_px, 2) + _MIDDLE
    from_middle_x = _GRID_X - _MIDDLE
    from_middle_y = _GRID_Y - _MIDDLE
    x = xx * from_middle_x + xy * from_middle_y + shift_x
    y = yx * from_middle_x + yy * from_middle_y + shift_y
    if rng.random() < NUDGE.bent:
        bend_x, bend_y = smooth_bends(rng, SIZE_PX, NUDGE.bend_points, NUDGE.bend_px)
        x = x + bend_x
        y = y + bend_y
    moved = cv2.remap(
        glyph, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR
    )
    return np.asarray(moved, np.uint8)


def _linear(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """A rotation after a stretch and a shear, as a matrix."""
    most_angle = NUDGE.angle_deg
    angle = np.deg2rad(rng.uniform(-most_angle, most_angle))
    shear = rng.uniform(-NUDGE.shear, NUDGE.shear)
    # Drawn as logarithms: half as wide is as likely as twice as wide.
    growth = rng.uniform(-NUDGE.stretch, NUDGE.stretch, 2)
    wider, taller = np.exp(growth)
    return turned_and_stretched(angle, shear, wider, taller)


def _pen(glyph: Glyph, rng: np.random.Generator) -> Glyph:
    """Blend with strokes that are a pixel wider, or narrower.

    They are narrowed only if enough of the ink is left.
    """
    change = cv2.dilate if rng.random() < 0.5 else cv2.erode
    changed = np.asarray(change(glyph, _CROSS), np.uint8)
    if int(changed.sum()) < 0.4 * int(glyph.sum()):
        return glyph
    share = rng.uniform(0.2, 0.9)
    return np.asarray(cv2.addWeighted(glyph, 1 - share, changed, share, 0), np.uint8)
