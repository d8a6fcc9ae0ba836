"""Small changes to a glyph that is framed already: what another hand,
pen or frame would have made of it.
"""

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.glyphs import SIZE_PX

Glyph = npt.NDArray[np.uint8]
_MIDDLE = (SIZE_PX - 1) / 2
_GRID_Y, _GRID_X = np.mgrid[:SIZE_PX, :SIZE_PX].astype(np.float32)
# A pixel and its four neighbours.
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


def nudged(glyph: Glyph, rng: np.random.Generator) -> Glyph:
    """Turned, sheared, stretched, shifted and bent a little in one sampling,
    then a heavier or lighter pen.
    """
    moved = _moved(glyph, rng)
    return _pen(moved, rng) if rng.random() < 0.35 else moved


def _moved(glyph: Glyph, rng: np.random.Generator) -> Glyph:
    angle, shear = np.deg2rad(rng.uniform(-13, 13)), rng.uniform(-0.2, 0.2)
    stretch = np.exp(rng.uniform(-0.13, 0.13, 2))
    cos, sin = np.cos(angle), np.sin(angle)
    linear = np.array([[cos, -sin], [sin, cos]]) @ np.array([[stretch[0], shear], [0, stretch[1]]])
    shift = rng.uniform(-1.8, 1.8, 2) + _MIDDLE
    x = linear[0, 0] * (_GRID_X - _MIDDLE) + linear[0, 1] * (_GRID_Y - _MIDDLE) + shift[0]
    y = linear[1, 0] * (_GRID_X - _MIDDLE) + linear[1, 1] * (_GRID_Y - _MIDDLE) + shift[1]
    if rng.random() < 0.4:
        bend = rng.normal(0, 0.7, (2, 4, 4)).astype(np.float32)
        x = x + cv2.resize(bend[0], (SIZE_PX, SIZE_PX), interpolation=cv2.INTER_CUBIC)
        y = y + cv2.resize(bend[1], (SIZE_PX, SIZE_PX), interpolation=cv2.INTER_CUBIC)
    return np.asarray(
        cv2.remap(glyph, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR), np.uint8
    )


def _pen(glyph: Glyph, rng: np.random.Generator) -> Glyph:
    """Between the stroke as it is and one a pixel wider (or narrower,
    where enough of it is left).
    """
    change = cv2.dilate if rng.random() < 0.5 else cv2.erode
    other = np.asarray(change(glyph, _CROSS), np.uint8)
    if int(other.sum()) < 0.4 * int(glyph.sum()):
        return glyph
    share = rng.uniform(0.2, 0.9)
    return np.asarray(cv2.addWeighted(glyph, 1 - share, other, share, 0), np.uint8)
