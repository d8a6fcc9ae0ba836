"""The one digit of a picture: where it stands, and its ink framed for a digit network.

page → framed as MNIST has it? that is the glyph
     → marks, from the coarsest size to the finest, until a digit is surely found → its ink
"""

from dataclasses import dataclass

import numpy as np

from inkdigits.reading.glyphs import SIZE_PX, is_framed
from inkdigits.reading.input.pages import Grey, Page
from inkdigits.reading.marks.found import Floats, Found
from inkdigits.reading.marks.glyphs import glyph_of
from inkdigits.reading.marks.pyramid import PYRAMID, find_at, levels_of
from inkdigits.reading.numbers.pages import PageReader
from inkdigits.reading.numbers.rows import is_digit, rows_of
from inkdigits.reading.results import Box


@dataclass(frozen=True, slots=True)
class DigitSettings:
    """What counts as the picture's digit."""

    least: float = 0.1  # sureness of a mark that may be the digit when there is nothing better
    sure: float = 0.85  # so sure of a digit that fills much of the picture, finer sizes are not looked at
    fills: float = 0.3  # of the picture's height
    another: float = 0.5  # sureness from which a second digit counts
    least_like: float = 0.4  # of the digit's height: a lower one is no second digit
    most_like: float = 2.5  # of the digit's height: nor is a higher one
    off_middle: float = 0.8  # how much the whole way from the picture's middle takes from a digit's sureness
    whole: float = 0.02  # of the picture's side: a mark nearer to the edge is cut off, a neighbour


SETTINGS = DigitSettings()
_BLANK = np.zeros((SIZE_PX, SIZE_PX), np.uint8)


@dataclass(frozen=True, slots=True)
class FoundDigit:
    """The digit's glyph (all zero where there is none), its box on the picture, and whether others stand beside it."""

    glyph: Grey
    box: Box | None = None
    several: bool = False


def find_digit(page: Page, reader: PageReader, settings: DigitSettings = SETTINGS) -> FoundDigit:
    """The digit that most likely is meant: the surest, and of several the one nearest to the middle."""
    grey = page.grey
    if grey.shape == (SIZE_PX, SIZE_PX):
        for glyph in (grey, 255 - grey):
            if glyph.any() and is_framed(glyph):
                return FoundDigit(glyph, Box(0, 0, SIZE_PX, SIZE_PX).scaled(page.scale))
    digits = _digits(grey, reader, settings)
    if not len(digits):
        return FoundDigit(_BLANK)
    best = _meant(digits, grey.shape, settings)
    box = digits.boxes[best]
    several = _several(digits, best, grey.shape, settings)
    left, top, right, bottom = (round(float(side) * page.scale) for side in box)
    return FoundDigit(glyph_of(grey, box), Box(max(0, left), max(0, top), right, bottom), several)


def _digits(grey: Grey, reader: PageReader, settings: DigitSettings) -> Found:
    """The digits at the coarsest size that shows one surely, else those of all sizes, each once."""
    levels: list[tuple[float, Found]] = []
    for scale in reversed(levels_of(grey.shape, PYRAMID)):
        found = find_at(grey, scale, reader.network, PYRAMID.rim_px)
        levels.append((scale, found))
        digits = found.take(np.flatnonzero(is_digit(found)))
        tall = digits.boxes[:, 3] - digits.boxes[:, 1]
        sure = digits.centre * digits.digit_share
        if ((sure > settings.sure) & (tall > settings.fills * grey.shape[0])).any():
            return digits.take(np.flatnonzero(digits.centre > settings.least))
    rows = rows_of(levels)
    if rows:
        best = max(rows, key=lambda row: row.score).marks
        return best.take(np.flatnonzero(is_digit(best)))
    surest = max((found for _, found in levels), key=lambda found: float(found.centre.max(initial=0)))
    return surest.take(np.flatnonzero(is_digit(surest) & (surest.centre > settings.least)))


def _middle_distance(boxes: Floats, shape: tuple[int, ...]) -> Floats:
    """How far each box's middle is from the picture's, in parts of the picture's sides."""
    x = (boxes[:, 0] + boxes[:, 2]) / 2 / shape[1] - 0.5
    y = (boxes[:, 1] + boxes[:, 3]) / 2 / shape[0] - 0.5
    return np.asarray(np.hypot(x, y), np.float32)


def _meant(digits: Found, shape: tuple[int, ...], settings: DigitSettings) -> int:
    sure = digits.centre * digits.digit_share
    return int((sure - settings.off_middle * _middle_distance(digits.boxes, shape)).argmax())


def _several(digits: Found, best: int, shape: tuple[int, ...], settings: DigitSettings) -> bool:
    """Whether another whole digit of about that size stands on the picture."""
    height, width = shape[:2]
    boxes = digits.boxes
    rim_x, rim_y = settings.whole * width, settings.whole * height
    inside = (boxes[:, 0] > rim_x) & (boxes[:, 2] < width - rim_x) & (boxes[:, 1] > rim_y) & (boxes[:, 3] < height - rim_y)
    tall = boxes[:, 3] - boxes[:, 1]
    like = (tall > settings.least_like * tall[best]) & (tall < settings.most_like * tall[best])
    sure = digits.centre * digits.digit_share > settings.another
    others = inside & like & sure
    others[best] = False
    return bool(others.any())
