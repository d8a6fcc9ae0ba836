"""Augmentation: digits rotated, shifted, scaled, sheared and bent anew each epoch.

Some also get thicker or thinner strokes. The same seed and epoch give the same digits.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

_GRID = 4  # points per side of the grid that bends are drawn on
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_THINNER, _THICKER = 0.7, 1.0  # at most, in pixels of ink removed or added all around
_CHUNK, _GAP_PX = (
    512,
    12,
)  # pictures that are sampled as one column, and the background between them


@dataclass(frozen=True, slots=True)
class Strength:
    """The largest value of each change: degrees, share of size, shear, pixels.

    `bend_px` is the standard deviation of the bends. `other_pens` is the share of
    pictures whose strokes become thicker or thinner.
    """

    rotate_deg: float
    scale: float
    shear: float
    shift_px: float
    bend_px: float = 0.0
    other_pens: float = 0.0


# The recipes name one of these.
STRENGTHS = {
    "light": Strength(10, 0.1, 0.1, 1.5),
    "strong": Strength(15, 0.15, 0.25, 2.5),
    "elastic": Strength(12, 0.12, 0.2, 2.0, 0.6, 0.3),
}


def augmented(
    images: npt.NDArray[np.uint8], strength: Strength, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """Each image with its own random change about its centre."""
    matrices = _matrices(len(images), strength, rng, (images.shape[1] - 1) / 2)
    drawn = (
        _bent(images, matrices, strength.bend_px, rng)
        if strength.bend_px
        else _moved(images, matrices)
    )
    return (
        _by_other_pens(drawn, strength.other_pens, rng)
        if strength.other_pens
        else drawn
    )


def drawn_anew(
    images: npt.NDArray[np.uint8], how: str, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """Augment with the named strength; "none" leaves the images as they are."""
    return images if how == "none" else augmented(images, STRENGTHS[how], rng)


def _moved(
    images: npt.NDArray[np.uint8], matrices: npt.NDArray[np.float64]
) -> npt.NDArray[np.uint8]:
    out = np.empty_like(images)
    size = (images.shape[2], images.shape[1])
    for index, matrix in enumerate(matrices):
        cv2.warpAffine(
            images[index], matrix, size, dst=out[index], flags=cv2.INTER_LINEAR
        )
    return out


def _by_other_pens(
    images: npt.NDArray[np.uint8], share: float, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """Make the strokes of some images thicker or thinner.

    They are changed as one column; the background around each keeps them apart.
    """
    picked = np.flatnonzero(rng.random(len(images)) < share)
    by = rng.uniform(-_THINNER, _THICKER, (len(picked), 1, 1)).astype(np.float32)
    some = images[picked]
    column = some.reshape(-1, images.shape[2])
    thick, thin = (
        change(column, _CROSS).reshape(some.shape) for change in (cv2.dilate, cv2.erode)
    )
    # Part of the way to strokes with one pixel more, or less, all around.
    towards = np.where(by > 0, thick, thin).astype(np.float32)
    images[picked] = np.round(some + np.abs(by) * (towards - some)).astype(np.uint8)
    return images


def _bent(
    images: npt.NDArray[np.uint8],
    matrices: npt.NDArray[np.float64],
    bend_px: float,
    rng: np.random.Generator,
) -> npt.NDArray[np.uint8]:
    """The glyphs, each transformed by its matrix and bent.

    The position that a pixel is taken from is linear in the change, so one product with
    the basis gives the maps of many glyphs. They are sampled together, stacked in one
    column, because a call of OpenCV takes longer than sampling one glyph.
    """
    count, height, width = images.shape
    basis = _basis(height, width)
    step = height + _GAP_PX
    bends = rng.normal(0, bend_px, (count, 2, _GRID * _GRID))
    wanted = np.concatenate([matrices, bends], axis=2).astype(np.float32)
    out = np.empty_like(images)
    # Memory is reused for every chunk: new pages would have to be mapped first.
    maps = np.empty((2, _CHUNK, height * width), np.float32)
    for first in range(0, count, _CHUNK):
        changes = wanted[first : first + _CHUNK]
        chunk = slice(first, first + len(changes))
        # Each glyph is further down the column than the one before it.
        changes[:, 1, 2] += step * np.arange(len(changes), dtype=np.float32)
        for axis in (0, 1):
            np.matmul(changes[:, axis], basis, out=maps[axis, : len(changes)])
        from_x, from_y = (
            maps[axis, : len(changes)].reshape(-1, width) for axis in (0, 1)
        )
        with_gaps = np.pad(images[chunk], ((0, 0), (0, _GAP_PX), (0, 0)))
        column = with_gaps.reshape(-1, width)
        target = out[chunk].reshape(-1, width)
        cv2.remap(column, from_x, from_y, cv2.INTER_LINEAR, dst=target)
    return out


@cache
def _basis(height: int, width: int) -> npt.NDArray[np.float32]:
    """For each pixel: x, y, 1, and how far each point of the bend grid moves it."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    # One grid for each of its points, with 1 there and 0 elsewhere.
    units = np.eye(_GRID * _GRID, dtype=np.float32)
    grids = units.reshape(-1, _GRID, _GRID)
    bends = []
    for grid in grids:
        bend = cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        bends.append(bend)
    basis = np.stack([x, y, np.ones_like(x), *bends])
    return basis.reshape(len(basis), -1)


def _matrices(
    count: int, strength: Strength, rng: np.random.Generator, middle: float
) -> npt.NDArray[np.float64]:
    """One matrix per glyph: rotation, scale and shear about the centre, and a shift."""
    most_angle = strength.rotate_deg
    angle = np.deg2rad(rng.uniform(-most_angle, most_angle, count))
    growth_x, growth_y = rng.uniform(-strength.scale, strength.scale, (2, count))
    scale_x = 1 + growth_x
    scale_y = 1 + growth_y
    shear = rng.uniform(-strength.shear, strength.shear, count)
    cos = np.cos(angle)
    sin = np.sin(angle)

    matrices = np.zeros((count, 2, 3))
    matrices[:, 0, 0] = scale_x * cos
    matrices[:, 0, 1] = scale_x * (shear * cos - sin)
    matrices[:, 1, 0] = scale_y * sin
    matrices[:, 1, 1] = scale_y * (shear * sin + cos)

    most_shift = strength.shift_px
    shift = rng.uniform(-most_shift, most_shift, (count, 2))
    # The centre stays where it is, apart from the shift.
    mapped_middle = matrices[:, :, :2] @ np.array([middle, middle])
    matrices[:, :, 2] = middle - mapped_middle + shift
    return matrices
