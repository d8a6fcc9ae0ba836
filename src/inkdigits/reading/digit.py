"""The one digit of a picture: its box, and its ink framed for a digit network.

page → framed as MNIST has it? that is the glyph
     → all of its ink, where that surely is one digit
     → the digits of the rows that `read` finds: the surest, or the one in the middle → its ink
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from inkdigits.reading.classifier import Classifier
from inkdigits.reading.glyphs import SIZE_PX, frame, is_framed
from inkdigits.reading.input.pages import Grey, Page
from inkdigits.reading.joint import Seen
from inkdigits.reading.marks.boxes import (
    Floats,
    heights,
    middles_x,
    middles_y,
    shared_area,
)
from inkdigits.reading.marks.closeup import ALONE, closeups
from inkdigits.reading.marks.found import Found, joined
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.glyphs import ink_of
from inkdigits.reading.marks.whole import whole_mark
from inkdigits.reading.numbers.rows import Row, is_digit
from inkdigits.reading.picture_ref import PictureRef
from inkdigits.reading.results import Box


@dataclass(frozen=True, slots=True)
class DigitSettings:
    """Which mark counts as the picture's digit."""

    # Lowest score of a mark that may be the digit if there is nothing better
    least: float = 0.1
    another: float = 0.5  # lowest score at which a second digit counts
    least_like: float = 0.4  # of the digit's height: a lower one is not a second digit
    most_like: float = 2.5  # of the digit's height: nor is a higher one
    # How much the whole way from the picture's middle takes from a digit's sureness
    off_middle: float = 0.8
    # Of the picture's side: a mark nearer to the edge is cut off, a neighbour
    whole: float = 0.02
    # A digit that takes so much of the box of all ink is all there is
    most_ink: float = 0.5
    # At this score for all of the ink as one digit, nothing else is tried
    sure_whole: float = 0.96
    sure_own: float = 0.5  # the same, for a user's own network, for ink in one stroke


SETTINGS = DigitSettings()
# The rows of marks on a grey page, as `read` finds them.
FindsRows = Callable[[Grey], Sequence[Row]]
# The digits that a row shows when it is read as a whole.
DigitsOf = Callable[[Row, Grey], Found]
_BLANK = np.zeros((SIZE_PX, SIZE_PX), np.uint8)


@dataclass(frozen=True, slots=True)
class FoundDigit:
    """The digit's glyph, its box on the picture, and whether there are others.

    The glyph is all zero if there is no digit.

    `seen` is None for a glyph that came framed, with no picture around it.
    """

    glyph: Grey
    box: Box | None = None
    several: bool = False
    seen: Seen | None = None
    picture: PictureRef | None = None


def find_digit(
    page: Page,
    glyphs: GlyphNetwork,
    find_rows: FindsRows,
    digits_of: DigitsOf | None = None,
    own_digits: Classifier | None = None,
    settings: DigitSettings = SETTINGS,
) -> FoundDigit:
    """Find the digit that is most likely meant.

    It is the one with the highest score, or the one nearest to the middle if there are several.
    Rows are only asked for if the picture is not clearly one digit, and `digits_of` only
    whether there are several, where single marks show but one.
    """
    grey = page.grey
    # Data sets' glyphs are framed already: another framing could only blur them.
    if grey.shape == (SIZE_PX, SIZE_PX):
        for glyph in (grey, 255 - grey):
            if glyph.any() and is_framed(glyph):
                return FoundDigit(glyph, Box(0, 0, SIZE_PX, SIZE_PX).scaled(page.scale))
    # Most pictures show one digit that fills them, which is the quickest to find.
    whole = whole_mark(grey, glyphs)
    if whole.digit_share.max(initial=0) > settings.sure_whole or _is_own_sign(
        grey, whole, own_digits, settings
    ):
        return _framed(page, whole, whole, glyphs)
    rows = find_rows(grey)
    digits = _digits(rows, settings)
    if not len(digits):
        return _framed(page, whole, whole, glyphs) if len(whole) else FoundDigit(_BLANK)
    best = _meant(digits, grey.shape, settings)
    several = _several(digits, best, grey.shape, settings)
    if digits_of is not None and not several:
        beside = digits_of(_row_of(rows, digits.boxes[best]), grey)
        several = _is_in_number(beside, digits.boxes[best], settings)
    digit = _with_all_ink(digits.take(np.array([best])), whole, settings)
    return _framed(page, digit, whole, glyphs, several=several)


def _row_of(rows: Sequence[Row], box: Floats) -> Row:
    """The row that has the mark with this box."""
    return next(row for row in rows if (row.marks.boxes == box).all(axis=1).any())


def _is_in_number(digits: Found, box: Floats, settings: DigitSettings) -> bool:
    """Whether a digit's row has others about as high as its box."""
    tall = float(box[3] - box[1])
    return int(_alike(heights(digits.boxes), tall, settings).sum()) > 1


def _alike(tall: Floats, own: float, settings: DigitSettings) -> npt.NDArray[np.bool_]:
    """Which heights are about a digit's own: print is lower, a stroke of a drawing higher."""
    return np.asarray(
        (tall > settings.least_like * own) & (tall < settings.most_like * own)
    )


def _is_own_sign(
    grey: Grey, whole: Found, own_digits: Classifier | None, settings: DigitSettings
) -> bool:
    """Whether a user's own network is sure of all of the ink, in one stroke.

    It may know signs that the bundled networks do not.
    """
    if own_digits is None or not len(whole):
        return False
    ink = ink_of(grey, whole.boxes[0])
    if not ink.is_one_stroke():
        return False
    return (
        float(own_digits.scores(frame(ink.drawn)[None]).confidence[0])
        > settings.sure_own
    )


def _with_all_ink(digit: Found, whole: Found, settings: DigitSettings) -> Found:
    """The digit with the box of all ink, if it takes up most of that.

    Its own box often cuts off long tails.
    """
    return (
        replace(digit, boxes=whole.boxes)
        if _fill(digit.boxes[0], whole) > settings.most_ink
        else digit
    )


def _fill(box: Floats, whole: Found) -> float:
    """The part of the box of all ink that lies in this box."""
    if not len(whole.boxes):
        return 0.0
    all_ink = whole.boxes[0]
    shared = shared_area(all_ink, box[None])[0]
    area = (all_ink[2:] - all_ink[:2]).prod()
    return float(shared / max(area, 1e-6))


def _framed(
    page: Page,
    digit: Found,
    whole: Found,
    glyphs: GlyphNetwork,
    *,
    several: bool = False,
) -> FoundDigit:
    """The digit's ink as a glyph, its box on the picture, and the close-up."""
    ink = ink_of(page.grey, digit.boxes[0])
    ink_box = ink.box()
    box = digit.boxes[0] if ink_box is None else ink_box
    closeup = glyphs(closeups(page.grey, box[None], ALONE))[0]
    seen = Seen(closeup, float(digit.centre[0]), _fill(box, whole))
    left, top, right, bottom = (round(float(side) * page.scale) for side in box)
    return FoundDigit(
        frame(ink.drawn), Box(max(0, left), max(0, top), right, bottom), several, seen
    )


def _digits(rows: Sequence[Row], settings: DigitSettings) -> Found:
    """The likely digits of all the rows that `read` finds."""
    if not rows:
        return Found.none()
    marks = joined([row.marks for row in rows])
    return marks.take(np.flatnonzero(is_digit(marks) & (marks.centre > settings.least)))


def _middle_distance(boxes: Floats, shape: tuple[int, ...]) -> Floats:
    """How far each box's middle is from the picture's, in parts of the picture's sides."""
    height, width = shape[:2]
    x = middles_x(boxes) / width - 0.5
    y = middles_y(boxes) / height - 0.5
    distance = np.hypot(x, y)
    return np.asarray(distance, np.float32)


def _meant(digits: Found, shape: tuple[int, ...], settings: DigitSettings) -> int:
    """The digit that is meant: a sure one near the middle of the picture."""
    sure = digits.centre * digits.digit_share
    off_middle = _middle_distance(digits.boxes, shape)
    return int((sure - settings.off_middle * off_middle).argmax())


def _several(
    digits: Found, best: int, shape: tuple[int, ...], settings: DigitSettings
) -> bool:
    """Whether another whole digit of about that size stands on the picture."""
    height, width = shape[:2]
    boxes = digits.boxes
    rim_x = settings.whole * width
    rim_y = settings.whole * height
    inside = (
        (boxes[:, 0] > rim_x)
        & (boxes[:, 2] < width - rim_x)
        & (boxes[:, 1] > rim_y)
        & (boxes[:, 3] < height - rim_y)
    )
    tall = heights(boxes)
    like = _alike(tall, float(tall[best]), settings)
    sure = digits.centre * digits.digit_share > settings.another
    others = inside & like & sure
    others[best] = False
    return bool(others.any())
