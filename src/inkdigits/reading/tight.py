"""Pictures that are filled by their writing.

There is too little paper for a median, so ink and paper are separated as two tones.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.input.pages import Grey

Contrast = npt.NDArray[np.float32]
Slopes: TypeAlias = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TwoToneSettings:
    """When two tones are writing on paper.

    Measured on crops of composed lines and on drawn shadows: 98 of 100 crops lie within these
    bounds, and no shadow does.
    """

    # The least and the most ink, as shares of the picture.
    least_share: float = 0.10
    most_share: float = 0.62
    # The widest stroke, in square roots of the picture's area.
    widest: float = 0.6
    # The largest share of the rim that may be ink.
    most_of_rim: float = 0.32
    # The least distance of ink from paper, in deviations of the paper's noise.
    least_apart: float = 3.6
    # Plane and bound hardly change after so many rounds.
    rounds: int = 4
    # Steps of shade among which the bound is sought.
    bins: int = 64
    # Pixels of the longer side of the picture that plane and bound are sought on.
    small_px: int = 96
    # Pixels that the noise is measured on.
    some: int = 40_000


_TWO_TONE = TwoToneSettings()
# The shade that paper is brought to. Darker paper than the second is not brightened further.
_PAPER_SHADE, _DARKEST_PAPER = 200.0, 60.0
# The blur that takes away the grain of the paper, in pixels.
_GRAIN_PX = 0.8
# From the median distance of a normal distribution to its standard deviation.
_DEVIATIONS = 1.4826


def over_tight_ground(grey: Grey) -> tuple[Contrast, float] | None:
    """The distance of each pixel from a tilted plane of paper, and the noise.

    Other pictures give None.
    """
    small = _small(grey)
    for sign in (-1.0, 1.0):
        ground = _bound_and_slopes(small, sign)
        if ground is not None:
            return _apart(grey, sign, *ground)
    return None


def _small(grey: Grey) -> Contrast:
    """A blurred copy of at most so many pixels a side."""
    height, width = grey.shape
    scale = max(1.0, max(height, width) / _TWO_TONE.small_px)
    if scale == 1.0:
        return _smooth(grey)
    size = (max(1, round(width / scale)), max(1, round(height / scale)))
    return _smooth(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))


def _smooth(grey: Any) -> Contrast:
    """The picture without its grain."""
    blurred = cv2.GaussianBlur(grey, (0, 0), _GRAIN_PX)
    return blurred.astype(np.float32)


def _bound_and_slopes(small: Contrast, sign: float) -> tuple[float, Slopes] | None:
    """How far ink lies from its paper at least, and the paper's plane, found in turn.

    It is None where the two shades are not writing on paper.
    """
    # A plane cannot be told from so thin a strip.
    if min(small.shape) < 3:
        return None
    points = _points(small.shape)
    values = small.ravel().astype(np.float64)
    slopes: Slopes = np.zeros(3)
    for turn in range(_TWO_TONE.rounds + 1):
        beyond = sign * (values - points @ slopes)
        bound = _between(beyond)
        ink = beyond > bound
        if not 0.02 < ink.mean() < 0.8:
            return None
        if turn < _TWO_TONE.rounds:
            paper = points[~ink]
            try:
                plane = np.linalg.solve(paper.T @ paper, paper.T @ values[~ink])
            # What is taken for paper lies on one line.
            except np.linalg.LinAlgError:
                return None
            slopes = np.asarray(plane, np.float64)
    noise = _noise(beyond[~ink])
    apart = float(beyond[ink].mean() - beyond[~ink].mean())
    if apart < _TWO_TONE.least_apart * max(noise, 1.0):
        return None
    return (bound, slopes) if _is_writing(ink.reshape(small.shape)) else None


def _apart(
    grey: Grey, sign: float, bound: float, slopes: Slopes
) -> tuple[Contrast, float]:
    """The whole picture against the plane."""
    heights = _points(grey.shape) @ slopes
    plane = heights.reshape(grey.shape).astype(np.float32)
    signed = _smooth(grey) - plane
    # Evenly spread pixels say as much of the noise as all do.
    every = max(1, grey.size // _TWO_TONE.some)
    some = sign * signed.ravel()[::every]
    paper = some[some <= bound]
    noise = _noise(paper) * _PAPER_SHADE / max(float(plane.mean()), _DARKEST_PAPER)
    brightness = np.maximum(plane, np.float32(_DARKEST_PAPER))
    gain = np.asarray(np.float32(_PAPER_SHADE) / brightness, np.float32)
    return signed * gain, noise / 255.0


def _points(shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """For each pixel 1, and where it lies between the picture's sides, from -1 to 1."""
    height, width = shape[:2]
    rows = np.linspace(-1, 1, height)
    columns = np.linspace(-1, 1, width)
    y, x = np.meshgrid(rows, columns, indexing="ij")
    ones = np.ones_like(x)
    points = np.stack([ones, x, y], axis=-1)
    return points.reshape(-1, 3)


def _noise(paper: npt.NDArray[np.floating[Any]]) -> float:
    """How far the paper's shades are apart; ink among them hardly counts."""
    middle = np.median(paper)
    distances = np.abs(paper - middle)
    return _DEVIATIONS * float(np.median(distances))


def _is_writing(ink: Mask) -> bool:
    """Whether the dark part is writing, and not a shadow or a table's edge.

    Writing covers much of the picture, but no broad area and not most of the border.
    """
    if not _TWO_TONE.least_share < ink.mean() < _TWO_TONE.most_share:
        return False
    rim = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
    if rim.mean() > _TWO_TONE.most_of_rim:
        return False
    to_paper = cv2.distanceTransform(ink.astype(np.uint8), cv2.DIST_L2, 3)
    widest_stroke = 2 * float(to_paper.max())
    return widest_stroke <= _TWO_TONE.widest * float(np.sqrt(ink.size))


def _between(values: npt.NDArray[np.float64]) -> float:
    """The bound that parts the values best into two kinds (Otsu)."""
    bins = _TWO_TONE.bins
    low = float(values.min())
    high = float(values.max())
    span = high - low
    if span < 1e-6:
        return high
    steps = ((values - low) * (bins / span)).astype(np.int64)
    places = np.minimum(steps, bins - 1)
    counts = np.bincount(places, minlength=bins).astype(np.float64)

    # For each bound between two steps: how many values lie below and above it, and their means.
    cumulated = np.cumsum(counts)
    below = cumulated[:-1]
    above = below[-1] + counts[-1] - below
    sums = np.cumsum(counts * np.arange(bins))
    sums_below = sums[:-1]
    mean_below = sums_below / np.maximum(below, 1)
    mean_above = (sums[-1] - sums_below) / np.maximum(above, 1)
    apart = (mean_below - mean_above) ** 2
    best = int((below * above * apart).argmax())
    return low + (best + 1) * span / bins
