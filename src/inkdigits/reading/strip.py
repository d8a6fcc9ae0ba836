"""A line's ink, levelled and brought to one height: what the line net sees."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.input.pages import Grey
from inkdigits.reading.lines import BOTTOM, LEFT, RIGHT, TOP, Boxes, StrokeLine
from inkdigits.reading.sheet import Sheet

HEIGHT_PX = 32
COLUMN_PX = 2  # the net answers for every second column of pixels
_DIGIT_PX, _ROOM_PX, _SMALLEST_SHARE = 20.0, 30.0, 0.6
_SIDE_PX = 6
_MAJOR = 0.6
_STEEPEST, _LEAST_TO_LEVEL = 0.3, 4


@dataclass(frozen=True, slots=True)
class Strip:
    """A line's ink (255 = full) in a strip; sheet column x lies at strip column `_SIDE_PX + (x - left) * scale`."""

    ink: Grey
    left: int
    scale: float

    def column(self, sheet_x: float) -> float:
        """Which of the net's answers belongs to a column of the sheet."""
        return (_SIDE_PX + (sheet_x - self.left) * self.scale) / COLUMN_PX

    def sheet_x(self, column: float) -> float:
        return self.left + (column * COLUMN_PX - _SIDE_PX) / self.scale


def strip_of(sheet: Sheet, line: StrokeLine) -> Strip:
    """The ink of a line's own strokes."""
    boxes = sheet.boxes[line.strokes]
    left, top = max(0, int(boxes[:, LEFT].min()) - 1), max(0, int(boxes[:, TOP].min()) - 1)
    right, bottom = int(boxes[:, RIGHT].max()) + 1, int(boxes[:, BOTTOM].max()) + 1
    part = np.s_[top:bottom, left:right]
    own = np.zeros(len(sheet.boxes) + 1, np.uint8)
    own[np.array(line.strokes) + 1] = 1
    mask = own[sheet.labels[part]]
    rim = cv2.dilate(mask, np.ones((3, 3), np.uint8)) > 0
    ink = np.where(rim & ((mask > 0) | (sheet.labels[part] == 0)), sheet.ink[part], 0)
    shifted = boxes - np.array([left, top, left, top, 0])
    image, scale = levelled(np.asarray(ink, np.uint8), shifted, line.height_px)
    return Strip(image, left, scale)


def levelled(ink: Grey, boxes: Boxes, height_px: float) -> tuple[Grey, float]:
    """The ink sheared level, scaled so that strokes of the given height have one height; and the scale."""
    major = boxes[boxes[:, BOTTOM] - boxes[:, TOP] >= _MAJOR * height_px]
    major = major if len(major) else boxes
    slope, start = _drift(major)
    middles = start + slope * (boxes[:, LEFT] + boxes[:, RIGHT]) / 2
    reach = max(float((middles - boxes[:, TOP]).max()), float((boxes[:, BOTTOM] - middles).max()), 1.0)
    usual = _DIGIT_PX / max(height_px, 1.0)
    scale = max(min(usual, _ROOM_PX / 2 / reach), _SMALLEST_SHARE * usual)
    shrink = max(1, min(int(0.75 / scale), *ink.shape))
    small = cv2.resize(ink, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA) if shrink > 1 else ink
    across, down = ink.shape[1] / small.shape[1], ink.shape[0] / small.shape[0]
    width = round(ink.shape[1] * scale) + 2 * _SIDE_PX
    matrix = np.array([[scale * across, 0, _SIDE_PX], [-scale * slope * across, scale * down, HEIGHT_PX / 2 - scale * start]])
    image = cv2.warpAffine(small, matrix, (width + width % COLUMN_PX, HEIGHT_PX), flags=cv2.INTER_LINEAR)
    return np.asarray(image, np.uint8), scale


def _drift(boxes: npt.NDArray[np.int64]) -> tuple[float, float]:
    """The line through the strokes' middles: its slope and where it starts."""
    x, y = (boxes[:, LEFT] + boxes[:, RIGHT]) / 2, (boxes[:, TOP] + boxes[:, BOTTOM]) / 2
    if len(boxes) < _LEAST_TO_LEVEL:
        return 0.0, float(np.average(y, weights=boxes[:, RIGHT] - boxes[:, LEFT] + 1))
    slope = float(np.clip(np.polyfit(x, y, 1)[0], -_STEEPEST, _STEEPEST))
    return slope, float(np.median(y - slope * x))
