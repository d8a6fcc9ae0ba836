"""Pictures that their writing fills: too little paper for a median,
so ink and paper are told apart as two kinds of shade.
"""

from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.input.pages import Grey

Contrast = npt.NDArray[np.float32]
Slopes: TypeAlias = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
# Measured on crops of composed lines and on drawn shadows: of crops, 98 in 100 lie within these,
# and no shadow does.
_LEAST_SHARE, _MOST_SHARE = 0.10, 0.62
_WIDEST = 0.6  # the widest stroke, in square roots of the area
_MOST_OF_RIM = 0.32  # the share of the rim that is ink
_LEAST_APART = 3.6  # between ink and paper, in deviations of the paper's noise
_ROUNDS = 4  # plane and bound hardly change after these
_BINS = 64  # in which the bound is sought
_SMALL_PX = 96  # the longer side of what they are sought on
_SOME = 40_000  # pixels that the noise is measured on


def over_tight_ground(grey: Grey) -> tuple[Contrast, float] | None:
    """How far each pixel lies above or below a tilted plane of paper, and the paper's noise.

    Other pictures give None.
    """
    small = _small(grey)
    for sign in (-1.0, 1.0):
        found = _bound_and_slopes(small, sign)
        if found is not None:
            return _apart(grey, sign, *found)
    return None


def _small(grey: Grey) -> Contrast:
    scale = max(1.0, max(grey.shape) / _SMALL_PX)
    size = (max(1, round(grey.shape[1] / scale)), max(1, round(grey.shape[0] / scale)))
    small = grey if scale == 1.0 else cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(small, (0, 0), 0.8).astype(np.float32)


def _bound_and_slopes(small: Contrast, sign: float) -> tuple[float, Slopes] | None:
    """How far ink lies from its paper at least, and the paper's plane, found in turn.

    It is None where the two shades are not writing on paper.
    """
    if min(small.shape) < 3:  # a plane cannot be told from so thin a strip
        return None
    points = _points(small.shape)
    values = small.ravel().astype(np.float64)
    slopes: Slopes = np.zeros(3)
    for turn in range(_ROUNDS + 1):
        beyond = sign * (values - points @ slopes)
        bound = _between(beyond)
        ink = beyond > bound
        if not 0.02 < ink.mean() < 0.8:
            return None
        if turn < _ROUNDS:
            paper = points[~ink]
            try:
                slopes = np.asarray(
                    np.linalg.solve(paper.T @ paper, paper.T @ values[~ink]), np.float64
                )
            except np.linalg.LinAlgError:  # what is taken for paper lies on one line
                return None
    noise = _noise(beyond[~ink])
    apart = float(beyond[ink].mean() - beyond[~ink].mean())
    writing = apart >= _LEAST_APART * max(noise, 1.0) and _is_writing(ink.reshape(small.shape))
    return (bound, slopes) if writing else None


def _apart(grey: Grey, sign: float, bound: float, slopes: Slopes) -> tuple[Contrast, float]:
    """The whole picture against the plane."""
    plane = (_points(grey.shape) @ slopes).reshape(grey.shape).astype(np.float32)
    signed = cv2.GaussianBlur(grey, (0, 0), 0.8).astype(np.float32) - plane
    some = sign * signed.ravel()[:: max(1, grey.size // _SOME)]
    noise = _noise(some[some <= bound]) * 200.0 / max(float(plane.mean()), 60.0)
    return signed * (np.float32(200.0) / np.maximum(plane, np.float32(60))), noise / 255.0


def _points(shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """For each pixel 1, and where it lies between the picture's sides, from -1 to 1."""
    y, x = np.meshgrid(np.linspace(-1, 1, shape[0]), np.linspace(-1, 1, shape[1]), indexing="ij")
    return np.stack([np.ones_like(x), x, y], axis=-1).reshape(-1, 3)


def _noise(paper: npt.NDArray[np.floating[Any]]) -> float:
    return 1.4826 * float(np.median(np.abs(paper - np.median(paper))))


def _is_writing(ink: Mask) -> bool:
    """Much of the picture, but neither a broad area nor most of the rim,
    as a shadow or a table's edge has.
    """
    rim = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
    if not _LEAST_SHARE < ink.mean() < _MOST_SHARE or rim.mean() > _MOST_OF_RIM:
        return False
    distance = cv2.distanceTransform(ink.astype(np.uint8), cv2.DIST_L2, 3)
    return 2 * float(distance.max()) <= _WIDEST * float(np.sqrt(ink.size))


def _between(values: npt.NDArray[np.float64]) -> float:
    """The bound that parts the values best into two kinds (Otsu)."""
    low, high = float(values.min()), float(values.max())
    if high - low < 1e-6:
        return high
    places = np.minimum(((values - low) * (_BINS / (high - low))).astype(np.int64), _BINS - 1)
    counts = np.bincount(places, minlength=_BINS).astype(np.float64)
    below = np.cumsum(counts)[:-1]
    sums = np.cumsum(counts * np.arange(_BINS))
    above = below[-1] + counts[-1] - below
    apart = (sums[:-1] / np.maximum(below, 1) - (sums[-1] - sums[:-1]) / np.maximum(above, 1)) ** 2
    return low + (int((below * above * apart).argmax()) + 1) * (high - low) / _BINS
