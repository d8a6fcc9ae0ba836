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
    rng: Rng, side: int, points: int, bend_px: float
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """How far each pixel of a square moves across and down.

    A few points on each side move at random, all between them follow, as by an unsteady hand.
    """
    moves = rng.normal(0, bend_px, (2, points, points))
    moves_x, moves_y = moves.astype(np.float32)
    size = (side, side)
    across = cv2.resize(moves_x, size, interpolation=cv2.INTER_CUBIC)
    down = cv2.resize(moves_y, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(across, np.float32), np.asarray(down, np.float32)
