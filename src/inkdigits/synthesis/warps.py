"""Changes of shape that several kinds of drawings share: turns, stretches and smooth bends."""

import cv2
import numpy as np
import numpy.typing as npt

Rng = np.random.Generator


def turned_and_stretched(
    angle: float, shear: float, wider: float, taller: float
) -> npt.NDArray[np.float64]:
    """A rotation (in radians) after a stretch and a shear, as a 2×2 matrix."""
    cos = np.cos(angle)
    sin = np.sin(angle)
    rotation = np.array([[cos, -sin], [sin, cos]])
    stretch = np.array([[wider, shear], [0, taller]])
    return rotation @ stretch


def smooth_bends(
    rng: Rng, shape: tuple[int, int], points: tuple[int, int], bend_px: float
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """How far each pixel of a picture moves across and down.

    A few points, so many down and across, move at random. All between them follow, as by an
    unsteady hand.
    """
    moves = rng.normal(0, bend_px, (2, *points))
    moves_x, moves_y = moves.astype(np.float32)
    height, width = shape
    size = (width, height)
    across = cv2.resize(moves_x, size, interpolation=cv2.INTER_CUBIC)
    down = cv2.resize(moves_y, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(across, np.float32), np.asarray(down, np.float32)
