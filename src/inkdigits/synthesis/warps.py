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


def bent_strip(
    rng: Rng, strip: npt.NDArray[np.uint8], apart: float, bend: float
) -> npt.NDArray[np.uint8]:
    """A line image whose strokes are bent, as another hand would draw them.

    Points this far apart move by about `bend`, both in parts of the strip's height.
    """
    height, width = strip.shape
    rows, columns = (max(2, round(side / (apart * height)) + 1) for side in strip.shape)
    moves = rng.normal(0, bend * height, (2, rows, columns)).astype(np.float32)
    across, down = (
        cv2.resize(move, (width, height), interpolation=cv2.INTER_CUBIC)
        for move in moves
    )
    y, x = np.mgrid[:height, :width].astype(np.float32)
    bent = cv2.remap(
        strip,
        x + across,
        y + down,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(bent, np.uint8)


def other_pen(
    rng: Rng, strip: npt.NDArray[np.uint8], share: tuple[float, float]
) -> npt.NDArray[np.uint8]:
    """A line image as by a broader or a finer pen: on each side by a share of a pixel."""
    spread = cv2.erode if rng.random() < 0.5 else cv2.dilate
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    part = rng.uniform(*share)
    other = part * spread(strip, cross) + (1 - part) * strip.astype(np.float32)
    return np.asarray(other + 0.5, np.uint8)
