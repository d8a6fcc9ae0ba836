"""Patches of composed pages to learn from, each mark with its exact box.

    hands, numbers, papers → compose() → Patch: grey pixels, marks, regions

Numbers stand in rows, tables and combs, on ruled, patterned and shaded paper, beside words, print,
blots and drawings. A mark counts where the writing is 12 to 46 pixels high; larger and smaller
writing is there to be passed over, so that each size is found at one or two levels of the reader's
pyramid only.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.marks.alphabet import CLASS_OF, DIGITS, OTHER
from inkdigits.reading.marks.boxes import areas
from inkdigits.synthesis import papers
from inkdigits.synthesis.habits import Habits, some_habits
from inkdigits.synthesis.hands import (
    Hand,
    Hands,
    Ink,
    Pen,
    StrokeGlyph,
    cut_close,
)
from inkdigits.synthesis.numbers import number_to_learn

Rng = np.random.Generator
Layer = npt.NDArray[np.float32]
# A patch's side: room for a few rows of the largest writing.
SIZE_PX = 256
# A glyph's ink from which a pixel is seen as ink; full ink is 255.
_IS_INK = 100
# Regions: where nothing is known, and where what is found must not be a digit or sign.
UNKNOWN, WORDS = 0, 1


@dataclass(frozen=True, slots=True)
class Sizes:
    """Heights of writing in pixels, and how often each range is drawn."""

    least_px: float = 12.0  # smaller digits lose their shape at a quarter of the pixels
    # What the network sees around a mark is about three times that
    most_px: float = 46.0
    too_small_px: tuple[float, float] = (4.0, 8.0)
    too_large_px: tuple[float, float] = (72.0, 200.0)
    wrong_size_share: float = 0.08
    # What strokes darken the paper by at least: in shades of grey, and beyond the paper's own
    # unevenness. Less is lost in a camera's noise (papers.py).
    least_ink: float = 20.0
    ink_over_paper: float = 2.0
    # Drawn with a mouse or pen on a screen: no paper, no camera
    on_screen_share: float = 0.25


SIZES = Sizes()
# How often a hand comes from each set: strokes are sharp at any size, scans have real ink.
HAND_SHARES = {
    "mnist": 0.3,
    "pendigits": 0.22,
    "unipen": 0.28,
    "swiss": 0.12,
    "print": 0.08,
}


@dataclass(frozen=True, slots=True)
class SignShape:
    """A sign's height (of flat ones: width), middle and greatest width, in heights of a digit."""

    size: tuple[float, float]
    middle: float
    flat: bool = False
    widest: float = 1.1
    # A thinner pen is widened to so many pixels: a point of a hairline would not be seen.
    least_pen_px: float = 0.0
    # A thinner pen is widened to this share of the sign's size: a point is a blot, however the hand
    # trembles, or it would be a small comma.
    least_pen_share: float = 0.0
    # A broader pen is narrowed to this share of the sign's size: its inside would fill up.
    most_pen_share: float = 0.5
    # The sign's least size in widths of the pen: a point is no smaller than the pen that makes it,
    # and a colon is two points and a gap.
    least_pens: float = 0.0


# Wide ranges: hands differ, and a sign that was never seen so large is read as something else.
SIGN_SHAPES = {
    # A point written as a short dash would else be drawn as high as a point, and as wide as a
    # digit.
    ".": SignShape(
        (0.08, 0.2),
        0.03,
        widest=0.22,
        least_pen_px=1.6,
        least_pens=1.0,
        least_pen_share=0.5,
        most_pen_share=1.0,
    ),
    # Shorter, a comma by a broad pen would be as round as a point.
    ",": SignShape(
        (0.25, 0.45),
        -0.02,
        widest=0.5,
        least_pen_px=1.2,
        least_pens=2.8,
        most_pen_share=0.36,
    ),
    "-": SignShape((0.3, 0.75), 0.48, flat=True, most_pen_share=0.4),
    "/": SignShape((1.0, 1.45), 0.48, most_pen_share=0.2),
    ":": SignShape(
        (0.35, 0.65),
        0.35,
        widest=0.35,
        least_pen_px=1.6,
        least_pens=3.0,
        most_pen_share=0.3,
    ),
    "+": SignShape((0.45, 0.8), 0.48, most_pen_share=0.3),
    "%": SignShape((0.75, 1.1), 0.5, most_pen_share=0.12),
    "=": SignShape((0.4, 0.75), 0.48, flat=True, most_pen_share=0.16),
    "(": SignShape((1.0, 1.5), 0.48, most_pen_share=0.2),
    ")": SignShape((1.0, 1.5), 0.48, most_pen_share=0.2),
    "$": SignShape((1.05, 1.4), 0.5, most_pen_share=0.12),
    "€": SignShape((0.9, 1.15), 0.5, most_pen_share=0.12),
}


@dataclass(frozen=True, slots=True)
class Room:
    """When both of two neighbours can be seen; what cannot be seen teaches to guess."""

    # The share of one's ink that may be under the other's, or nearer to it than `clear`.
    most_hidden: float
    # In heights of a digit, like the next.
    clear: float
    # How far the later of two marks is moved at most.
    furthest: float = 0.6


# A comma may touch, and a slash cross a digit. A camera blurs as far as `clear`.
SIGN_ROOM = Room(most_hidden=0.25, clear=0.08)
# Digits may touch. But a 1 along the stem of a 4 is read by nobody.
DIGIT_ROOM = Room(most_hidden=0.2, clear=0.04)


@dataclass(frozen=True, slots=True)
class Placed:
    """A mark's ink, and where its left upper corner is."""

    sign: str
    ink: Ink
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Patch:
    """Grey pixels.

    Marks as rows of class, left, top, right, bottom; regions as rows of kind and box.

    `has_numbers` says whether any number is written on it, also one of a size that is to be passed
    over.
    """

    grey: npt.NDArray[np.uint8]
    marks: npt.NDArray[np.float32]
    regions: npt.NDArray[np.float32]
    has_numbers: bool = True


class Sheet:
    """Ink and printed lines while a patch is written; both from 0 (none) to 1 (full)."""

    def __init__(self, shape: tuple[int, int]) -> None:
        """An empty sheet, so high and so wide."""
        self.ink: Layer = np.zeros(shape, np.float32)
        self.rules: Layer = np.zeros(shape, np.float32)
        # Each with its class, left, top, right and bottom.
        self.marks: list[tuple[float, ...]] = []
        self.regions: list[tuple[float, ...]] = []
        self.has_numbers = False

    def put(self, glyph: Ink, left: int, top: int, strength: float) -> None:
        """Lay a glyph over the ink, as far as it is on the sheet."""
        high, wide = self.ink.shape
        height, width = glyph.shape
        x0 = max(left, 0)
        y0 = max(top, 0)
        x1 = min(left + width, wide)
        y1 = min(top + height, high)
        if x0 >= x1 or y0 >= y1:
            return
        on_sheet = glyph[y0 - top : y1 - top, x0 - left : x1 - left]
        ink = on_sheet * np.float32(strength / 255)
        target = self.ink[y0:y1, x0:x1]
        # Where strokes cross, the darker one is seen.
        np.maximum(target, ink, out=target)


@dataclass(frozen=True, slots=True)
class Style:
    """How one row is written."""

    hand: Hand
    tall_px: float
    pen: Pen
    gap: float
    unsteady: float
    habits: Habits


def compose(rng: Rng, hands: Hands, side: int = SIZE_PX) -> Patch:
    """One patch of some kind."""
    sheet = Sheet((side, side))
    kind = rng.random()
    if rng.random() < SIZES.wrong_size_share:
        is_small = rng.random() < 0.45
        low, high = SIZES.too_small_px if is_small else SIZES.too_large_px
        tall = _between(rng, low, high)
        _wrong_size(rng, sheet, hands, tall)
    else:
        # Even over heights, not over their logarithms: of small writing a patch holds many more
        # marks as it is.
        tall = float(rng.uniform(SIZES.least_px, SIZES.most_px))
        for share, write in _LAYOUTS:
            kind -= share
            if kind < 0:
                write(rng, sheet, hands, tall)
                break
    # On a screen there is no dirt and no camera.
    if rng.random() < SIZES.on_screen_share:
        return on_screen(rng, sheet)
    _blots(rng, sheet)
    return photographed(rng, sheet)


def _between(rng: Rng, low: float, high: float) -> float:
    """Even over logarithms: each doubling is as likely as the next."""
    exponent = rng.uniform(np.log(low), np.log(high))
    return float(np.exp(exponent))


def style_of(rng: Rng, hands: Hands, tall: float) -> Style:
    """A hand with a pen and a way of writing of its own."""
    pen = Pen(
        width_px=max(0.35, tall * _between(rng, 0.012, 0.16)),
        lean=float(rng.normal(0.08, 0.16)),
        squeeze=float(np.exp(rng.normal(-0.05, 0.18))),
        strength=float(rng.uniform(0.55, 1.0)),
    )
    touching = rng.uniform(-0.1, 0.05)
    close = rng.uniform(0.02, 0.25)
    wide = rng.uniform(0.2, 0.7)
    gap = float(rng.choice([touching, close, wide], p=[0.3, 0.5, 0.2]))
    hand = hands.any_hand(rng, HAND_SHARES)
    unsteady = float(rng.uniform(0.01, 0.07))
    # From numbers of its own, so that a seed's pages differ in nothing else.
    habits = some_habits(rng.spawn(1)[0])
    return Style(hand, tall, pen, gap, unsteady, habits)


def write_text(
    rng: Rng,
    sheet: Sheet,
    hands: Hands,
    style: Style,
    text: str,
    left: float,
    base: float,
) -> float:
    """One number from `left` on, its digits standing on `base`; gives where it ends."""
    tall = style.tall_px
    end = left
    sheet.has_numbers = True
    last: Placed | None = None
    pen = _sign_pen(rng, style)
    for sign in text:
        if sign == " ":
            end += tall * rng.uniform(0.3, 0.8)
            last = None
            continue
        if sign in DIGITS:
            glyph = _digit(rng, style, sign)
            top = glyph.shape[0] + tall * float(style.habits.above[int(sign)])
        else:
            glyph, top = _sign(rng, hands, tall, sign, pen)
        x = round(end + tall * (style.gap + rng.normal(0, 0.04)))
        y = round(base - top + rng.normal(0, style.unsteady * tall))
        mark = Placed(sign, glyph, x, y)
        if last is not None:
            mark = _both_seen(last, mark, tall)
        last, x = mark, mark.x
        # Now and then a digit is paler than the others of its row.
        faint = rng.uniform(0.75, 1.0) if rng.random() < 0.3 else 1.0
        sheet.put(glyph, x, y, style.pen.strength * faint)
        height, width = glyph.shape
        sheet.marks.append((CLASS_OF[sign], x, y, x + width, y + height))
        end = x + width
    return end


def _both_seen(last: Placed, mark: Placed, tall: float) -> Placed:
    """The mark, moved to the right until neither it nor the one before hides the other."""
    are_digits = last.sign in DIGITS and mark.sign in DIGITS
    room = DIGIT_ROOM if are_digits else SIGN_ROOM
    clear_px = max(1, round(room.clear * tall))
    moved = mark
    for away_px in range(round(room.furthest * tall)):
        moved = replace(mark, x=mark.x + away_px)
        hidden = max(_hidden(last, moved, clear_px), _hidden(moved, last, clear_px))
        if hidden <= room.most_hidden:
            break
    return moved


def _hidden(mark: Placed, other: Placed, clear_px: int) -> float:
    """The share of a mark's ink that the other one's covers, or comes so near to.

    A digit is seen whatever sign crosses it.
    """
    height, width = mark.ink.shape
    to_left = mark.x - other.x - other.ink.shape[1]
    is_apart = max(to_left, other.x - mark.x - width) >= clear_px
    is_crossed = mark.sign in DIGITS and other.sign not in DIGITS
    is_ink = mark.ink > _IS_INK
    if is_apart or is_crossed or not is_ink.any():
        return 0.0
    # The other's ink, as far as it is around the mark.
    around = Sheet((height + 2 * clear_px, width + 2 * clear_px))
    left = other.x - mark.x + clear_px
    top = other.y - mark.y + clear_px
    around.put(other.ink, left, top, 1.0)
    reach = 2 * clear_px + 1
    near = cv2.dilate(around.ink, np.ones((reach, reach), np.uint8))
    beneath = near[clear_px:-clear_px, clear_px:-clear_px]
    covered = beneath[is_ink] > _IS_INK / 255
    return float(covered.mean())


def _sign_pen(rng: Rng, style: Style) -> Pen:
    """The pen of the row's signs: as broad as the strokes of its digits."""
    digit = style.hand.pick(rng, "0")
    if isinstance(digit, StrokeGlyph):
        return style.pen
    ink = digit.draw(rng, style.tall_px, 1.3 * style.tall_px, style.pen)
    is_ink = np.pad(ink > _IS_INK, 1).astype(np.uint8)
    to_paper = cv2.distanceTransform(is_ink, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # Across a stroke, the mean distance to the paper's nearest pixel is a quarter of its width and
    # half a pixel.
    width = 4 * (float(to_paper[is_ink > 0].mean()) - 0.5) if is_ink.any() else 0.0
    return replace(style.pen, width_px=max(1.0, width))


def _digit(rng: Rng, style: Style, digit: str) -> Ink:
    """A digit's ink."""
    share = float(np.clip(rng.normal(1.0, 0.02 + style.unsteady), 0.6, 1.3))
    tall = style.tall_px * float(style.habits.tall[int(digit)])
    return style.hand.pick(rng, digit).draw(rng, tall * share, 1.3 * tall, style.pen)


def _sign(
    rng: Rng, hands: Hands, tall: float, sign: str, sign_pen: Pen
) -> tuple[Ink, float]:
    """A sign's ink, and how far its top is above the line the digits stand on."""
    shape = SIGN_SHAPES[sign]
    least_size = max(2.0, shape.least_pens * sign_pen.width_px)
    size = max(least_size, tall * rng.uniform(*shape.size))
    glyphs = hands.signs[sign]
    glyph = glyphs[int(rng.integers(len(glyphs)))]
    pen = _pen_for(sign_pen, size, shape)
    if sign == "." and rng.random() < 0.5:
        ink = _dot(max(size, pen.width_px))
    elif shape.flat:
        # The size of a flat sign is its width.
        ink = glyph.draw(rng, tall, size, pen)
    else:
        ink = glyph.draw(rng, size, shape.widest * tall, pen)
    middle = tall * (shape.middle + rng.normal(0, 0.05))
    return ink, middle + ink.shape[0] / 2


def _pen_for(pen: Pen, size: float, shape: SignShape) -> Pen:
    """The row's pen, no thinner than a point needs, no thicker than the sign's inside allows."""
    width = max(pen.width_px, shape.least_pen_px, shape.least_pen_share * size)
    return replace(pen, width_px=min(width, max(1.0, shape.most_pen_share * size)))


def _dot(size: float) -> Ink:
    """A round point, as a pen leaves it."""
    side = max(2, round(size))
    radius = max(1, side // 2)
    canvas_side = side + 4
    canvas = np.zeros((canvas_side, canvas_side), np.uint8)
    middle = (canvas_side // 2, canvas_side // 2)
    cv2.circle(canvas, middle, radius, 255, -1, cv2.LINE_AA)
    return cut_close(canvas)


def _rows(rng: Rng, sheet: Sheet, hands: Hands, tall: float) -> None:
    """Lines of numbers, by one hand or several, on plain, ruled, squared or underlined paper."""
    side = sheet.ink.shape[0]
    pitch = tall * rng.uniform(1.25, 2.6)
    base = rng.uniform(0, pitch)
    style = style_of(rng, hands, tall)
    pitch *= style.habits.room
    paper = rng.random()
    is_squared = paper < 0.18
    is_ruled = paper < 0.36
    is_underlined = 0.36 < paper < 0.5
    first_rule = base + tall * rng.normal(0.05, 0.08)
    while base < side + tall:
        if rng.random() < 0.25:
            style = style_of(rng, hands, tall * rng.uniform(0.85, 1.2))
        x = rng.uniform(-tall, 0.5 * side)
        while x < side:
            start = x
            if rng.random() < 0.12:
                x = _word(rng, sheet, hands, style, x, base)
            else:
                x = write_text(rng, sheet, hands, style, number_to_learn(rng), x, base)
            if is_underlined:
                y = base + 0.12 * tall
                rule(rng, sheet, (start, y), (x, y))
            x += tall * rng.uniform(1.2, 5)
        base += pitch
    if is_ruled:
        # Most people write on every line; others on paper of finer ruling.
        on_every_line = rng.random() < 0.6
        step = pitch if on_every_line else pitch * rng.uniform(0.3, 0.8)
        # On squared paper a digit takes a square or two.
        if is_squared and rng.random() < 0.7:
            step = tall * rng.uniform(0.45, 1.2)
        ruling(rng, sheet, first_rule % step, step, squared=is_squared)


def ruling(rng: Rng, sheet: Sheet, first: float, step: float, *, squared: bool) -> None:
    """Lines across the whole sheet; squared, also from top to bottom."""
    side = sheet.ink.shape[0]
    strength = rng.uniform(0.2, 1)
    thick = int(rng.integers(1, 3))
    dotted = rng.random() < 0.2
    for y in np.arange(first, side, step):
        rule(rng, sheet, (0, y), (side, y), strength, thick, dotted=dotted)
    if squared:
        first_x = rng.uniform(0, step)
        for x in np.arange(first_x, side, step):
            rule(rng, sheet, (x, 0), (x, side), strength, thick, dotted=dotted)


def rule(
    rng: Rng,
    sheet: Sheet,
    start: tuple[float, float],
    end: tuple[float, float],
    strength: float | None = None,
    thick: int = 1,
    *,
    dotted: bool = False,
) -> None:
    """A printed line; dotted, or worn as on old forms."""
    strength = float(rng.uniform(0.2, 1)) if strength is None else strength
    first, last = np.round(start).astype(int), np.round(end).astype(int)
    if not dotted and rng.random() < 0.75:
        cv2.line(sheet.rules, first.tolist(), last.tolist(), strength, thick)
        return
    count = max(2, int(np.hypot(*(last - first)) / (4 if dotted else 14)))
    points = np.linspace(first, last, count).round().astype(int)
    for index in range(0, count - 1, 2 if dotted else 1):
        if dotted or rng.random() < 0.85:
            cv2.line(
                sheet.rules,
                points[index].tolist(),
                points[index + 1].tolist(),
                strength * rng.uniform(0.6, 1),
                thick,
            )


def _table(rng: Rng, sheet: Sheet, hands: Hands, tall: float) -> None:
    """Ruled cells with a number each, which may reach over the lines; some are empty."""
    side = sheet.ink.shape[0]
    high, wide = tall * rng.uniform(1.15, 2.2), tall * rng.uniform(1.6, 6)
    top, left = rng.uniform(-high, 0), rng.uniform(-wide, 0)
    style = style_of(rng, hands, tall)
    many_hands, short = rng.random() < 0.2, rng.random() < 0.7
    thick, strength = int(rng.integers(1, 5)), rng.uniform(0.4, 1)
    across = (
        rng.random() < 0.4,
        rng.random() < 0.85,
    )  # dotted between rows; lines between rows at all
    for y in np.arange(top, side, high):
        if across[1]:
            rule(
                rng,
                sheet,
                (0, y),
                (side, y),
                strength,
                int(rng.integers(1, 3)),
                dotted=across[0],
            )
        for x in np.arange(left, side, wide):
            if rng.random() < 0.12:
                continue
            if many_hands:
                style = style_of(rng, hands, tall)
            text = _short_number(rng) if short else number_to_learn(rng)
            if len(text) * 0.6 * tall > wide:
                text = str(rng.integers(0, 100))
            inset = rng.normal(0.25, 0.2) * tall
            write_text(
                rng,
                sheet,
                hands,
                style,
                text,
                x + inset,
                y + high - tall * rng.normal(0.25, 0.1),
            )
    for x in np.arange(left, side, wide):
        rule(rng, sheet, (x, 0), (x + rng.normal(0, 2), side), strength, thick)
        if rng.random() < 0.15:
            rule(rng, sheet, (x + thick + 3, 0), (x + thick + 3, side), strength, 1)


def _short_number(rng: Rng) -> str:
    """A number that has room in a cell of a table."""
    if rng.random() < 0.45:
        whole = rng.integers(0, 60)
        sign = rng.choice(list(",."))
        tenth = rng.integers(0, 10)
        return f"{whole}{sign}{tenth}"
    most_digits = int(rng.integers(1, 5))
    return str(rng.integers(0, 10**most_digits))


def _comb(rng: Rng, sheet: Sheet, hands: Hands, tall: float) -> None:
    """Boxes for one digit each, in rows."""
    sheet.has_numbers = True
    side = sheet.ink.shape[0]
    pitch = tall * rng.uniform(1.15, 1.7)
    high = tall * rng.uniform(1.2, 1.7)
    joined = rng.random() < 0.6
    strength = rng.uniform(0.3, 1)
    thick = int(rng.integers(1, 4))
    # Boxes with a gap between them are a little narrower.
    shrink = 0 if joined else 0.06 * tall
    y = rng.uniform(-0.5 * high, high)
    while y < side:
        style = style_of(rng, hands, tall)
        style = replace(style, habits=style.habits.in_boxes())
        x = rng.uniform(-pitch, 2 * pitch)
        for _ in range(int(rng.integers(1, 12))):
            is_filled = rng.random() < 0.92
            if is_filled:
                digit = str(rng.integers(0, 10))
                ink = _digit(rng, style, digit)
                height, width = ink.shape
                # In the middle of the box, as far as a hand hits it.
                left = round(x + (pitch - width) / 2 + rng.normal(0, 0.08 * tall))
                top = round(y + (high - height) / 2 + rng.normal(0, 0.08 * tall))
                sheet.put(ink, left, top, style.pen.strength)
                mark = (CLASS_OF[digit], left, top, left + width, top + height)
                sheet.marks.append(mark)
            corner = (round(x + shrink), round(y))
            opposite = (round(x + pitch - shrink), round(y + high))
            cv2.rectangle(sheet.rules, corner, opposite, strength, thick)
            x += pitch
            if x > side:
                break
        y += high * rng.uniform(1.3, 3)


def _prose(rng: Rng, sheet: Sheet, hands: Hands, tall: float) -> None:
    """Lines of words, now and then with a number among them."""
    side = sheet.ink.shape[0]
    pitch = tall * rng.uniform(1.4, 2.2)
    style = style_of(rng, hands, tall)
    pitch *= style.habits.room
    is_printed = rng.random() < 0.4
    write_word = _print if is_printed else _word_of
    share_of_numbers = rng.choice([0.0, 0.1, 0.35])
    first_base = rng.uniform(0.5, 1.5) * tall
    for base in np.arange(first_base, side + tall, pitch):
        x = rng.uniform(-tall, tall)
        while x < side:
            if rng.random() < share_of_numbers:
                x = write_text(rng, sheet, hands, style, number_to_learn(rng), x, base)
            else:
                x = write_word(rng, sheet, hands, style, x, base)
            x += tall * rng.uniform(0.5, 0.9)


def _word_of(
    rng: Rng, sheet: Sheet, hands: Hands, style: Style, left: float, base: float
) -> float:
    """A written word, defined further down."""
    return _word(rng, sheet, hands, style, left, base)


def _word(
    rng: Rng, sheet: Sheet, hands: Hands, style: Style, left: float, base: float
) -> float:
    """Letters, or signs of another script.

    Single ones are marks of their own, joined ones a region of words.
    """
    joined = rng.random() < 0.5
    strange = rng.random() < 0.15
    letters = hands.strange if strange else hands.letters
    tall = style.tall_px
    end = left
    highest = base
    for _ in range(int(rng.integers(1, 9))):
        letter = letters[int(rng.integers(len(letters)))]
        ink = letter.draw(rng, tall * rng.uniform(0.6, 1.1), 1.2 * tall, style.pen)
        height, width = ink.shape
        x = round(end)
        y = round(base - height + rng.normal(0.05, 0.1) * tall)
        sheet.put(ink, x, y, style.pen.strength)
        if not joined:
            sheet.marks.append((CLASS_OF[OTHER], x, y, x + width, y + height))
        # Joined letters reach into one another.
        gap = rng.normal(-0.08, 0.05) if joined else rng.uniform(0.0, 0.2)
        end = x + width + tall * gap
        highest = min(highest, y)
    if joined:
        sheet.regions.append((WORDS, left, highest, end, base + 0.3 * tall))
    return end


_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
)
_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRTUVWXYZ"


def _print(
    rng: Rng, sheet: Sheet, hands: Hands, style: Style, left: float, base: float
) -> float:
    """A printed word, stamped or typed."""
    del hands
    letters = rng.choice(list(_LETTERS), int(rng.integers(2, 10)))
    word = "".join(letters)
    font = _FONTS[int(rng.integers(len(_FONTS)))]
    thick = int(rng.integers(1, 3))
    scale = style.tall_px / 22
    (wide, high), below = cv2.getTextSize(word, font, scale, thick)
    canvas = np.zeros((high + below + 2, wide + 2), np.uint8)
    cv2.putText(canvas, word, (0, high), font, scale, 255, thick, cv2.LINE_AA)
    sheet.put(canvas, round(left), round(base) - high, style.pen.strength)
    right = left + wide
    sheet.regions.append((WORDS, left, base - high, right, base + below))
    return right


def _single(rng: Rng, sheet: Sheet, hands: Hands, tall: float) -> None:
    """One number somewhere, most of the paper empty."""
    side = sheet.ink.shape[0]
    style = style_of(rng, hands, tall)
    text = number_to_learn(rng) if rng.random() < 0.6 else str(rng.integers(0, 10))
    left = rng.uniform(0, 0.7 * side)
    base = rng.uniform(tall, side)
    write_text(rng, sheet, hands, style, text, left, base)
    if rng.random() < 0.3:
        step = tall * rng.uniform(0.6, 2.5)
        first = rng.uniform(0, step)
        ruling(rng, sheet, first, step, squared=rng.random() < 0.5)


def _nothing(rng: Rng, sheet: Sheet, hands: Hands, tall: float) -> None:
    """Drawings, ruling, blank cells, edges: no mark at all."""
    del hands
    side = sheet.ink.shape[0]
    if rng.random() < 0.6:
        step = tall * rng.uniform(0.6, 3)
        first = rng.uniform(0, step)
        ruling(rng, sheet, first, step, squared=rng.random() < 0.6)
    for _ in range(int(rng.integers(0, 7))):
        _curve(rng, sheet, side * rng.uniform(0.25, 1.2))
    for _ in range(int(rng.integers(0, 3))):
        count = int(rng.integers(3, 6))
        places = rng.uniform(-0.2 * side, 1.2 * side, (count, 2))
        corners = places.astype(np.int32)
        if rng.random() < 0.5:
            shade = float(rng.uniform(0.1, 1))
            cv2.fillPoly(sheet.rules, [corners], shade)
        else:
            shade = float(rng.uniform(0.2, 1))
            thick = int(rng.integers(1, 5))
            cv2.polylines(sheet.rules, [corners], True, shade, thick)


def _curve(rng: Rng, sheet: Sheet, reach: float) -> None:
    """A Bézier curve through the paper."""
    side = sheet.ink.shape[0]
    middle = rng.uniform(0, side, 2)
    points = middle + rng.normal(0, 0.4 * reach, (4, 2))
    t = np.linspace(0, 1, 24)[:, None]
    path = (
        (1 - t) ** 3 * points[0]
        + 3 * t * (1 - t) ** 2 * points[1]
        + 3 * t**2 * (1 - t) * points[2]
        + t**3 * points[3]
    )
    # In sixteenths of a pixel.
    corners = np.round(path * 16).astype(np.int32)
    strength = float(rng.uniform(0.3, 1))
    thick = int(rng.integers(1, 6))
    cv2.polylines(sheet.ink, [corners], False, strength, thick, cv2.LINE_AA, 4)


def _wrong_size(rng: Rng, sheet: Sheet, hands: Hands, tall: float) -> None:
    """Writing far too large or too small: nothing of it is to be found at this size."""
    _rows(rng, sheet, hands, tall)
    # The ink stays; the network must learn to pass it over.
    sheet.marks.clear()
    sheet.regions.clear()


# How often each way of filling a sheet is taken.
_LAYOUTS: list[tuple[float, Callable[[Rng, Sheet, Hands, float], None]]] = [
    (0.36, _rows),
    (0.22, _table),
    (0.09, _comb),
    (0.12, _prose),
    (0.14, _single),
    (0.08, _nothing),
]


def _blots(rng: Rng, sheet: Sheet) -> None:
    """Specks and blots between the marks, and ink that shows through from the other side."""
    side = sheet.ink.shape[0]
    if rng.random() < 0.25:
        for _ in range(int(rng.integers(1, 14))):
            middle = rng.integers(0, side, 2).tolist()
            strength = float(rng.uniform(0.2, 1))
            cv2.circle(sheet.rules, middle, 1, strength, -1)
    if rng.random() < 0.12:
        # Seen from this side, the other one is mirrored, soft and pale.
        mirrored = np.ascontiguousarray(sheet.ink[:, ::-1])
        soft = cv2.GaussianBlur(mirrored, (0, 0), rng.uniform(0.8, 2.5))
        down, across = rng.integers(20, side - 20, 2).tolist()
        moved = np.roll(soft, (down, across), (0, 1))
        strength = rng.uniform(0.05, 0.22)
        np.maximum(sheet.rules, moved * strength, out=sheet.rules)


def photographed(rng: Rng, sheet: Sheet, *, with_rim: bool = True) -> Patch:
    """Ink and rules turned a little, on paper, in some light."""
    side = sheet.ink.shape[0]
    marks = np.array(sheet.marks, np.float32).reshape(-1, 5)
    regions = np.array(sheet.regions, np.float32).reshape(-1, 5)
    ink = sheet.ink
    rules = sheet.rules
    matrix = _turn(rng, side)
    if matrix is not None:
        ink = cv2.warpAffine(ink, matrix, (side, side))
        rules = cv2.warpAffine(rules, matrix, (side, side))
        marks[:, 1:] = _moved(marks[:, 1:], matrix)
        regions[:, 1:] = _moved(regions[:, 1:], matrix)

    page = papers.blank(rng, (side, side))
    unevenness = papers.unevenness_of(page)
    print_contrast = _between(rng, 0.12, 0.9)
    page *= 1 - rules * np.float32(print_contrast)
    is_clear = rng.random() < 0.82
    contrast = rng.uniform(0.4, 0.97) if is_clear else _between(rng, 0.12, 0.4)
    if rng.random() < 0.2:
        # A pencil or a dry pen leaves more ink here, and less there.
        uneven = 1 + 0.35 * papers.smooth_noise(rng, ink.shape, 20)
        ink = ink * np.clip(uneven, 0.5, 1.2)
    # Fainter than its own paper, writing could be read by nobody.
    least = SIZES.least_ink + SIZES.ink_over_paper * unevenness
    darkens = contrast * _strength_of(ink, marks) * float(page.mean())
    ink = np.minimum(
        ink * np.float32(max(1.0, least / max(darkens, 1.0))), 1 / contrast
    )
    page *= 1 - np.minimum(ink * np.float32(contrast), 0.97)
    page = papers.lit(rng, page)
    if with_rim:
        page, covered = papers.rimmed(rng, page)
        marks = marks[~_centres_in(covered, marks)]

    grey = papers.taken(rng, page)
    marks, regions = _inside(marks, regions, side)
    return Patch(grey, marks, regions, sheet.has_numbers)


def _strength_of(ink: Layer, marks: npt.NDArray[np.float32]) -> float:
    """How much ink the strokes of the paler marks have; 1 for an empty sheet."""
    strengths = []
    for left, top, right, bottom in marks[:, 1:].round().astype(int).tolist():
        box = ink[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
        strokes = box[box > 0.05]
        if len(strokes):
            strengths.append(float(strokes.mean()))
    # A few paler than that do no harm: their neighbours tell what they are.
    return float(np.percentile(strengths, 15)) if strengths else 1.0


def _turn(rng: Rng, side: int) -> npt.NDArray[np.float32] | None:
    """How a sheet lies: mostly a little turned and sheared, one in five more; None for straight."""
    turned = rng.random()
    if turned >= 0.75:
        return None
    degrees = rng.normal(0, 1.5) if turned < 0.55 else rng.uniform(-12, 12)
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), degrees, 1.0).astype(
        np.float32
    )
    matrix[0, 1] += rng.normal(0, 0.03)
    return matrix


def on_screen(rng: Rng, sheet: Sheet) -> Patch:
    """Ink and rules as a drawing program gives them: sharp, in one shade on another."""
    side = sheet.ink.shape[0]
    marks = np.array(sheet.marks, np.float32).reshape(-1, 5)
    regions = np.array(sheet.regions, np.float32).reshape(-1, 5)
    if rng.random() < 0.8:
        bright = 255.0
        dark = rng.uniform(0, 120)
    else:
        bright = rng.uniform(140, 255)
        dark = rng.uniform(0, 60)
    ink = np.minimum(sheet.ink, 1)
    rules = sheet.rules * np.float32(rng.uniform(0.2, 0.8))
    drawn = np.maximum(ink, rules)
    # The strongest stroke has the full shade.
    drawn = np.minimum(drawn / max(float(drawn.max()), 0.3), 1)
    is_dark_on_bright = rng.random() < 0.7
    ground, pen = (bright, dark) if is_dark_on_bright else (dark, bright)
    page = ground + (pen - ground) * drawn
    grey = np.clip(page, 0, 255).astype(np.uint8)
    marks, regions = _inside(marks, regions, side)
    return Patch(grey, marks, regions, sheet.has_numbers)


def _centres_in(
    mask: npt.NDArray[np.bool_], marks: npt.NDArray[np.float32]
) -> npt.NDArray[np.bool_]:
    """Which marks have their middle where the mask is."""
    height, width = mask.shape
    _, left, top, right, bottom = marks.T
    middle_x = (left + right) / 2
    middle_y = (top + bottom) / 2
    # A mark may reach over the edge of the patch.
    x = np.clip(middle_x, 0, width - 1).astype(int)
    y = np.clip(middle_y, 0, height - 1).astype(int)
    return np.asarray(mask[y, x])


def _moved(
    boxes: npt.NDArray[np.float32], matrix: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Boxes around the same ink after a small turn, each as large as its ink becomes."""
    low = boxes[:, :2]
    high = boxes[:, 2:]
    linear = matrix[:, :2]
    shift = matrix[:, 2]
    middles = (low + high) / 2 @ linear.T + shift
    sizes = high - low
    # By a turn, a box grows along each side by a share of the other side: half of that share,
    # because ink seldom fills the corners.
    other_sizes = np.abs(sizes[:, ::-1])
    shares = np.abs(matrix[[0, 1], [1, 0]])
    grown = sizes + 0.5 * other_sizes * shares
    return np.concatenate([middles - grown / 2, middles + grown / 2], axis=1)


def _inside(
    marks: npt.NDArray[np.float32], regions: npt.NDArray[np.float32], side: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Marks that are mostly on the patch; around those that are cut off nothing is known."""
    boxes = marks[:, 1:]
    on_patch = np.clip(boxes, 0, side)
    share = areas(on_patch) / np.maximum(areas(boxes), 1)
    is_inside = share > 0.75
    # Of a mark that is nearly all outside, nothing is seen that could mislead.
    is_cut = (share > 0.02) & ~is_inside
    cut = marks[is_cut].copy()
    cut[:, 0] = UNKNOWN
    regions = np.concatenate([regions, cut]).astype(np.float32)
    return marks[is_inside], regions
