"""Pen strokes drawn anew each time, with random width, slant and jitter.

This gives endless variants of a few thousand samples.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.data.strokes import Stroke

# Drawings lie on a square canvas, with room around them for any slant.
CANVAS_PX = 72


@dataclass(frozen=True)
class PenSettings:
    """How drawings of the same strokes vary; all values are set by hand."""

    size_px: int = 44  # of a box of side 1
    rim_px: int = 6  # kept free on each side of the canvas
    widths_px: tuple[float, ...] = (1.5, 2.5, 3.5, 4.5, 6.0, 8.0)
    odds: tuple[float, ...] = (0.1, 0.2, 0.25, 0.2, 0.15, 0.1)  # of each width
    slant: float = 0.12  # standard deviation
    # Standard deviation of the logarithm of the width and height factors
    squeeze: float = 0.12
    jitter_px: float = 0.35  # standard deviation of each point


PEN = PenSettings()
_FRACTION_BITS = 4  # of the coordinates that OpenCV draws at


def draw(lines: Sequence[Stroke], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """The strokes in white on a black canvas, with a random pen, slant and hand."""
    width = rng.choice(PEN.widths_px, p=PEN.odds) * rng.uniform(0.8, 1.2)
    slant = rng.normal(0, PEN.slant)
    across, down = np.exp(rng.normal(0, PEN.squeeze, 2))
    matrix = np.array([[across, slant], [0, down]], np.float32) * PEN.size_px
    placed = [
        line @ matrix.T + rng.normal(0, PEN.jitter_px, line.shape) for line in lines
    ]
    # Jitter and slant may have moved points off the canvas.
    scale, offset = _fitted(placed)
    canvas = np.zeros((CANVAS_PX, CANVAS_PX), np.uint8)
    for line in placed:
        # OpenCV takes fractional coordinates as integers with this many fraction bits.
        corners = np.round((line * scale + offset) * (1 << _FRACTION_BITS)).astype(
            np.int32
        )
        cv2.polylines(
            canvas,
            [corners],
            False,
            255,
            max(1, round(width)),
            cv2.LINE_AA,
            _FRACTION_BITS,
        )
    return canvas


def _fitted(
    lines: Sequence[npt.NDArray[np.float64]],
) -> tuple[float, npt.NDArray[np.float64]]:
    """The scale and offset that centre the lines on the canvas.

    Lines are scaled down only if they do not fit.
    """
    points = np.concatenate(lines) if lines else np.zeros((1, 2))
    low = points.min(axis=0)
    high = points.max(axis=0)
    longest = max(float((high - low).max()), 1e-6)
    scale = min(1.0, (CANVAS_PX - 2 * PEN.rim_px) / longest)
    return scale, CANVAS_PX / 2 - scale * (low + high) / 2
