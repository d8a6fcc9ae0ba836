"""A close-up of each mark: a small square with the mark in its middle, in normalised contrast.

box + its row's height → a window on the page → 32×32 grey → mean 0 and spread 1
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.marks.boxes import Floats
from inkdigits.reading.marks.edges import edge_shade

Grey = npt.NDArray[np.uint8]
# A close-up's sides: a mark's longer side is 20 pixels on it, as on MNIST's pictures.
SIZE_PX = 32


@dataclass(frozen=True, slots=True)
class CloseupSettings:
    """Which part of the page is shown; lengths in parts of the mark's longer side."""

    # So wide that a mark cut short by its box is still whole, and its neighbours show it is one
    window: float = 1.6
    # A mark is shown as if at least so high, in heights of its row: a point stays small
    of_row: float = 0.7
    least_spread: float = 1.0  # grey levels: blank paper is not made into a drawing


CLOSEUP = CloseupSettings()
ALONE = np.zeros(1, np.float32)  # the row's height of one mark that stands in no row


def closeups(
    grey: Grey, boxes: Floats, row_heights: Floats, settings: CloseupSettings = CLOSEUP
) -> Floats:
    """The close-ups of all boxes as the glyph network takes them, (N, 32, 32, 1).

    `row_heights` are the heights of the digits in each mark's row; 0 if it is alone.
    """
    shade = edge_shade(grey)
    windows = np.zeros((len(boxes), SIZE_PX, SIZE_PX), np.uint8)
    for index, (box, height) in enumerate(
        zip(boxes.tolist(), row_heights.tolist(), strict=True)
    ):
        windows[index] = cut_window(grey, *window_of(box, height, settings), shade)
    return in_even_contrast(windows, settings)[..., None]


def window_of(
    box: list[float], row_height: float, settings: CloseupSettings = CLOSEUP
) -> tuple[int, int, int]:
    """Left, top and side of the square around a box, in whole pixels."""
    left, top, right, bottom = box
    side = max(
        4,
        round(
            settings.window
            * max(right - left, bottom - top, settings.of_row * row_height)
        ),
    )
    return round((left + right - side) / 2), round((top + bottom - side) / 2), side


def cut_window(grey: Grey, left: int, top: int, side: int, shade: int) -> Grey:
    """The square at 32×32; beyond the page there is paper of this shade."""
    height, width = grey.shape
    x0, y0 = min(max(left, 0), width), min(max(top, 0), height)
    x1, y1 = max(min(left + side, width), x0), max(min(top + side, height), y0)
    square = np.full((side, side), shade, np.uint8)
    square[y0 - top : y1 - top, x0 - left : x1 - left] = grey[y0:y1, x0:x1]
    if side == SIZE_PX:
        return square
    method = cv2.INTER_AREA if side > SIZE_PX else cv2.INTER_LINEAR
    return np.asarray(
        cv2.resize(square, (SIZE_PX, SIZE_PX), interpolation=method), np.uint8
    )


def in_even_contrast(windows: Grey, settings: CloseupSettings = CLOSEUP) -> Floats:
    """Faint ink and strong ink look alike: each window's grey levels with mean 0 and spread 1."""
    values = windows.astype(np.float32)
    off = values - values.mean(axis=(-2, -1), keepdims=True)
    spread = values.std(axis=(-2, -1), keepdims=True)
    even: Floats = off / np.maximum(spread, np.float32(settings.least_spread))
    return even
