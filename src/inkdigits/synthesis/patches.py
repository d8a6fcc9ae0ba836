"""Patches of composed pages to learn from, each mark with its exact box.

    hands, numbers, papers → compose() → Patch: grey pixels, marks, regions

Numbers stand in rows, tables and combs, on ruled, patterned and shaded paper, beside words, print,
blots and drawings. A mark counts where the writing is 12 to 46 pixels high; larger and smaller
writing is there to be passed over, so that each size is found at one or two levels of the reader's
pyramid only.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.marks.alphabet import CLASS_OF, DIGITS, OTHER
from inkdigits.reading.marks.boxes import areas
from inkdigits.synthesis import papers
from inkdigits.synthesis.hands import Hand, Hands, Ink, Pen, cut_close
from inkdigits.synthesis.numbers import any_number

Rng = np.random.Generator
Layer = npt.NDArray[np.float32]
# A patch's side: room for a few rows of the largest writing.
SIZE_PX = 256
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


# Wide ranges: hands differ, and a sign that was never seen so large is read as something else.
SIGN_SHAPES = {
    # A point written as a short dash would else be drawn as high as a point, and as wide as a
    # digit.
    ".": SignShape((0.08, 0.2), 0.03, widest=0.22),
    ",": SignShape((0.2, 0.45), -0.02, widest=0.4),
    "-": SignShape((0.3, 0.75), 0.48, flat=True),
    "/": SignShape((1.0, 1.45), 0.48),
    ":": SignShape((0.35, 0.65), 0.35, widest=0.35),
    "+": SignShape((0.45, 0.8), 0.48),
    "%": SignShape((0.75, 1.1), 0.5),
    "=": SignShape((0.4, 0.75), 0.48, flat=True),
    "(": SignShape((1.0, 1.5), 0.48),
    ")": SignShape((1.0, 1.5), 0.48),
    "$": SignShape((1.05, 1.4), 0.5),
    "€": SignShape((0.9, 1.15), 0.5),
}


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

    def __init__(self, side: int) -> None:
        self.ink: Layer = np.zeros((side, side), np.float32)
        self.rules: Layer = np.zeros((side, side), np.float32)
        self.marks: list[tuple[float, ...]] = []
        self.regions: list[tuple[float, ...]] = []
        self.has_numbers = False

    def put(self, glyph: Ink, left: int, top: int, strength: float) -> None:
        side = self.ink.shape[0]
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + glyph.shape[1], side), min(top + glyph.shape[0], side)
        if x0 >= x1 or y0 >= y1:
            return
        part = glyph[y0 - top : y1 - top, x0 - left : x1 - left] * np.float32(
            strength / 255
        )
        target = self.ink[y0:y1, x0:x1]
        np.maximum(target, part, out=target)


@dataclass(frozen=True, slots=True)
class Style:
    """How one row is written."""

    hand: Hand
    tall_px: float
    pen: Pen
    gap: float
    unsteady: float


def compose(rng: Rng, hands: Hands, side: int = SIZE_PX) -> Patch:
    """One patch of some kind."""
    sheet = Sheet(side)
    kind = rng.random()
    if rng.random() < SIZES.wrong_size_share:
        low, high = SIZES.too_small_px if rng.random() < 0.45 else SIZES.too_large_px
        _wrong_size(rng, sheet, hands, _between(rng, low, high))
    else:
        # Even over heights, not over their logarithms: of small writing a patch holds many more
        # marks as it is.
        tall = float(rng.uniform(SIZES.least_px, SIZES.most_px))
        for share, write in _LAYOUTS:
            kind -= share
            if kind < 0:
                write(rng, sheet, hands, tall)
                break
    if rng.random() < SIZES.on_screen_share:
        return on_screen(rng, sheet)
    _blots(rng, sheet)
    return photographed(rng, sheet)


def _between(rng: Rng, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def style_of(rng: Rng, hands: Hands, tall: float) -> Style:
    pen = Pen(
        width_px=max(0.35, tall * _between(rng, 0.012, 0.16)),
        lean=float(rng.normal(0.08, 0.16)),
        squeeze=float(np.exp(rng.normal(-0.05, 0.18))),
        strength=float(rng.uniform(0.55, 1.0)),
    )
    gap = float(
        rng.choice(
            [rng.uniform(-0.1, 0.05), rng.uniform(0.02, 0.25), rng.uniform(0.2, 0.7)],
            p=[0.3, 0.5, 0.2],
        )
    )
    return Style(
        hands.any_hand(rng, HAND_SHARES), tall, pen, gap, float(rng.uniform(0.01, 0.07))
    )


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
    tall, x = style.tall_px, left
    sheet.has_numbers = True
    for sign in text:
        if sign == " ":
            x += tall * rng.uniform(0.3, 0.8)
            continue
        glyph, top = _mark(rng, hands, style, sign)
        x += tall * (style.gap + rng.normal(0, 0.04))
        y = base - top + rng.normal(0, style.unsteady * tall)
        faint = rng.uniform(0.75, 1.0) if rng.random() < 0.3 else 1.0
        sheet.put(glyph, round(x), round(y), style.pen.strength * faint)
        right = round(x) + glyph.shape[1]
        sheet.marks.append(
            (CLASS_OF[sign], round(x), round(y), right, round(y) + glyph.shape[0])
        )
        x = right
    return x


def _mark(rng: Rng, hands: Hands, style: Style, sign: str) -> tuple[Ink, float]:
    """The sign's ink, and how far its top is above the line the digits stand on."""
    tall = style.tall_px
    if sign in DIGITS:
        high = tall * float(np.clip(rng.normal(1.0, 0.02 + style.unsteady), 0.6, 1.3))
        glyph = style.hand.pick(rng, sign).draw(rng, high, 1.3 * tall, style.pen)
        return glyph, glyph.shape[0]
    shape = SIGN_SHAPES[sign]
    size = max(2.0, tall * rng.uniform(*shape.size))
    choice = hands.signs[sign]
    source = choice[int(rng.integers(len(choice)))]
    if sign == "." and rng.random() < 0.5:
        glyph = _dot(size)
    else:
        glyph = (
            source.draw(rng, tall, size, style.pen)
            if shape.flat
            else source.draw(rng, size, shape.widest * tall, style.pen)
        )
    middle = tall * (shape.middle + rng.normal(0, 0.05))
    return glyph, middle + glyph.shape[0] / 2


def _dot(size: float) -> Ink:
    side = max(2, round(size))
    canvas = np.zeros((side + 4, side + 4), np.uint8)
    cv2.circle(
        canvas, (canvas.shape[1] // 2,) * 2, max(1, side // 2), 255, -1, cv2.LINE_AA
    )
    return cut_close(canvas)


def _rows(rng: Rng, sheet: Sheet, hands: Hands, tall: float) -> None:
    """Lines of numbers, by one hand or several, on plain, ruled, squared or underlined paper."""
    side = sheet.ink.shape[0]
    pitch = tall * rng.uniform(1.25, 2.6)
    base = rng.uniform(0, pitch)
    style = style_of(rng, hands, tall)
    ruled = rng.random()
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
                x = write_text(rng, sheet, hands, style, any_number(rng), x, base)
            if 0.35 < ruled < 0.5:
                rule(rng, sheet, (start, base + 0.12 * tall), (x, base + 0.12 * tall))
            x += tall * rng.uniform(1.2, 5)
        base += pitch
    if ruled < 0.35:
        squared = ruled < 0.14
        step = pitch if rng.random() < 0.6 else pitch * rng.uniform(0.3, 0.8)
        ruling(rng, sheet, first_rule % step, step, squared=squared)


def ruling(rng: Rng, sheet: Sheet, first: float, step: float, *, squared: bool) -> None:
    side = sheet.ink.shape[0]
    strength, thick, dotted = (
        rng.uniform(0.2, 1),
        int(rng.integers(1, 3)),
        rng.random() < 0.2,
    )
    for y in np.arange(first, side, step):
        rule(rng, sheet, (0, y), (side, y), strength, thick, dotted=dotted)
    if squared:
        for x in np.arange(rng.uniform(0, step), side, step):
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
    one, other = np.round(start).astype(int), np.round(end).astype(int)
    if not dotted and rng.random() < 0.75:
        cv2.line(sheet.rules, one.tolist(), other.tolist(), strength, thick)
        return
    count = max(2, int(np.hypot(*(other - one)) / (4 if dotted else 14)))
    points = np.linspace(one, other, count).round().astype(int)
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
            text = _short_number(rng) if short else any_number(rng)
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
    kind = rng.random()
    if kind < 0.45:
        return f"{rng.integers(0, 60)}{rng.choice(list(',.'))}{rng.integers(0, 10)}"
    return str(rng.integers(0, 10 ** int(rng.integers(1, 5))))


def _comb(rng: Rng, sheet: Sheet, hands: Hands, tall: float) -> None:
    """Boxes for one digit each, in rows."""
    sheet.has_numbers = True
    side = sheet.ink.shape[0]
    pitch, high = tall * rng.uniform(1.15, 1.7), tall * rng.uniform(1.2, 1.7)
    joined, strength, thick = (
        rng.random() < 0.6,
        rng.uniform(0.3, 1),
        int(rng.integers(1, 4)),
    )
    y = rng.uniform(-0.5 * high, high)
    while y < side:
        style = style_of(rng, hands, tall)
        x = rng.uniform(-pitch, 2 * pitch)
        for _ in range(int(rng.integers(1, 12))):
            if rng.random() < 0.92:
                glyph, _top = _mark(rng, hands, style, sign := str(rng.integers(0, 10)))
                gx = round(
                    x + (pitch - glyph.shape[1]) / 2 + rng.normal(0, 0.08 * tall)
                )
                gy = round(y + (high - glyph.shape[0]) / 2 + rng.normal(0, 0.08 * tall))
                sheet.put(glyph, gx, gy, style.pen.strength)
                sheet.marks.append(
                    (CLASS_OF[sign], gx, gy, gx + glyph.shape[1], gy + glyph.shape[0])
                )
            shrink = 0 if joined else 0.06 * tall
            corners = (
                (round(x + shrink), round(y)),
                (round(x + pitch - shrink), round(y + high)),
            )
            cv2.rectangle(sheet.rules, *corners, strength, thick)
            x += pitch
            if x > side:
                break
        y += high * rng.uniform(1.3, 3)


def _prose(rng: Rng, sheet: Sheet, hands: Hands, tall: float) -> None:
    """Lines of words, now and then with a number among them."""
    side = sheet.ink.shape[0]
    pitch = tall * rng.uniform(1.4, 2.2)
    style, printed = style_of(rng, hands, tall), rng.random() < 0.4
    often = rng.choice([0.0, 0.1, 0.35])
    for base in np.arange(rng.uniform(0.5, 1.5) * tall, side + tall, pitch):
        x = rng.uniform(-tall, tall)
        while x < side:
            if rng.random() < often:
                x = write_text(rng, sheet, hands, style, any_number(rng), x, base)
            else:
                x = (_print if printed else _word_of)(rng, sheet, hands, style, x, base)
            x += tall * rng.uniform(0.5, 0.9)


def _word_of(
    rng: Rng, sheet: Sheet, hands: Hands, style: Style, left: float, base: float
) -> float:
    return _word(rng, sheet, hands, style, left, base)


def _word(
    rng: Rng, sheet: Sheet, hands: Hands, style: Style, left: float, base: float
) -> float:
    """Letters, or signs of another script.

    Single ones are marks of their own, joined ones a region of words.
    """
    joined, strange = rng.random() < 0.5, rng.random() < 0.15
    source = hands.strange if strange else hands.letters
    x, tall = left, style.tall_px
    top_most, count = base, int(rng.integers(1, 9))
    for _ in range(count):
        letter = source[int(rng.integers(len(source)))]
        glyph = letter.draw(rng, tall * rng.uniform(0.6, 1.1), 1.2 * tall, style.pen)
        y = round(base - glyph.shape[0] + rng.normal(0.05, 0.1) * tall)
        sheet.put(glyph, round(x), y, style.pen.strength)
        if not joined:
            sheet.marks.append(
                (
                    CLASS_OF[OTHER],
                    round(x),
                    y,
                    round(x) + glyph.shape[1],
                    y + glyph.shape[0],
                )
            )
        x = (
            round(x)
            + glyph.shape[1]
            + tall * (rng.normal(-0.08, 0.05) if joined else rng.uniform(0.0, 0.2))
        )
        top_most = min(top_most, y)
    if joined:
        sheet.regions.append((WORDS, left, top_most, x, base + 0.3 * tall))
    return x


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
    word = "".join(rng.choice(list(_LETTERS), int(rng.integers(2, 10))))
    font, thick = _FONTS[int(rng.integers(len(_FONTS)))], int(rng.integers(1, 3))
    scale = style.tall_px / 22
    (wide, high), below = cv2.getTextSize(word, font, scale, thick)
    canvas = np.zeros((high + below + 2, wide + 2), np.uint8)
    cv2.putText(canvas, word, (0, high), font, scale, 255, thick, cv2.LINE_AA)
    sheet.put(canvas, round(left), round(base) - high, style.pen.strength)
    sheet.regions.append((WORDS, left, base - high, left + wide, base + below))
    return left + wide


def _single(rng: Rng, sheet: Sheet, hands: Hands, tall: float) -> None:
    """One number somewhere, most of the paper empty."""
    side = sheet.ink.shape[0]
    style = style_of(rng, hands, tall)
    text = any_number(rng) if rng.random() < 0.6 else str(rng.integers(0, 10))
    write_text(
        rng,
        sheet,
        hands,
        style,
        text,
        rng.uniform(0, 0.7 * side),
        rng.uniform(tall, side),
    )
    if rng.random() < 0.3:
        step = tall * rng.uniform(0.6, 2.5)
        ruling(rng, sheet, rng.uniform(0, step), step, squared=rng.random() < 0.5)


def _nothing(rng: Rng, sheet: Sheet, hands: Hands, tall: float) -> None:
    """Drawings, ruling, blank cells, edges: no mark at all."""
    del hands
    side = sheet.ink.shape[0]
    if rng.random() < 0.6:
        step = tall * rng.uniform(0.6, 3)
        ruling(rng, sheet, rng.uniform(0, step), step, squared=rng.random() < 0.6)
    for _ in range(int(rng.integers(0, 7))):
        _curve(rng, sheet, side * rng.uniform(0.25, 1.2))
    for _ in range(int(rng.integers(0, 3))):
        corners = rng.uniform(
            -0.2 * side, 1.2 * side, (int(rng.integers(3, 6)), 2)
        ).astype(np.int32)
        if rng.random() < 0.5:
            cv2.fillPoly(sheet.rules, [corners], float(rng.uniform(0.1, 1)))
        else:
            cv2.polylines(
                sheet.rules,
                [corners],
                True,
                float(rng.uniform(0.2, 1)),
                int(rng.integers(1, 5)),
            )


def _curve(rng: Rng, sheet: Sheet, reach: float) -> None:
    side = sheet.ink.shape[0]
    points = rng.uniform(0, side, 2) + rng.normal(0, 0.4 * reach, (4, 2))
    t = np.linspace(0, 1, 24)[:, None]
    path = (
        (1 - t) ** 3 * points[0]
        + 3 * t * (1 - t) ** 2 * points[1]
        + 3 * t**2 * (1 - t) * points[2]
        + t**3 * points[3]
    )
    corners = np.round(path * 16).astype(np.int32)
    cv2.polylines(
        sheet.ink,
        [corners],
        False,
        float(rng.uniform(0.3, 1)),
        int(rng.integers(1, 6)),
        cv2.LINE_AA,
        4,
    )


def _wrong_size(rng: Rng, sheet: Sheet, hands: Hands, tall: float) -> None:
    """Writing far too large or too small: nothing of it is to be found at this size."""
    _rows(rng, sheet, hands, tall)
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
            cv2.circle(sheet.rules, middle, 1, float(rng.uniform(0.2, 1)), -1)
    if rng.random() < 0.12:
        through = cv2.GaussianBlur(
            np.ascontiguousarray(sheet.ink[:, ::-1]), (0, 0), rng.uniform(0.8, 2.5)
        )
        shift = rng.integers(20, side - 20, 2)
        through = np.roll(through, (int(shift[0]), int(shift[1])), (0, 1))
        np.maximum(sheet.rules, through * rng.uniform(0.05, 0.22), out=sheet.rules)


def photographed(rng: Rng, sheet: Sheet, *, with_rim: bool = True) -> Patch:
    """Ink and rules turned a little, on paper, in some light."""
    side = sheet.ink.shape[0]
    marks = np.array(sheet.marks, np.float32).reshape(-1, 5)
    regions = np.array(sheet.regions, np.float32).reshape(-1, 5)
    ink, rules = sheet.ink, sheet.rules
    matrix = _turn(rng, side)
    if matrix is not None:
        ink, rules = (
            cv2.warpAffine(layer, matrix, (side, side)) for layer in (ink, rules)
        )
        marks[:, 1:] = _moved(marks[:, 1:], matrix)
        regions[:, 1:] = _moved(regions[:, 1:], matrix)
    page = papers.blank(rng, (side, side))
    page *= 1 - rules * np.float32(_between(rng, 0.12, 0.9))
    contrast = (
        rng.uniform(0.4, 0.97) if rng.random() < 0.82 else _between(rng, 0.12, 0.4)
    )
    if rng.random() < 0.2:
        ink = ink * np.clip(
            1 + 0.35 * papers.smooth_noise(rng, ink.shape, 20), 0.3, 1.2
        )
    page *= 1 - np.minimum(ink, 1) * np.float32(contrast)
    page = papers.lit(rng, page)
    if with_rim:
        page, covered = papers.rimmed(rng, page)
        marks = marks[~_centres_in(covered, marks)]
    return Patch(
        papers.taken(rng, page), *_inside(marks, regions, side), sheet.has_numbers
    )


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
    marks = np.array(sheet.marks, np.float32).reshape(-1, 5)
    regions = np.array(sheet.regions, np.float32).reshape(-1, 5)
    bright, dark = (
        (255.0, rng.uniform(0, 120))
        if rng.random() < 0.8
        else (rng.uniform(140, 255), rng.uniform(0, 60))
    )
    drawn = np.maximum(
        np.minimum(sheet.ink, 1), sheet.rules * np.float32(rng.uniform(0.2, 0.8))
    )
    drawn = np.minimum(drawn / max(float(drawn.max()), 0.3), 1)
    page = (
        bright + (dark - bright) * drawn
        if rng.random() < 0.7
        else dark + (bright - dark) * drawn
    )
    grey = np.clip(page, 0, 255).astype(np.uint8)
    return Patch(grey, *_inside(marks, regions, sheet.ink.shape[0]), sheet.has_numbers)


def _centres_in(
    mask: npt.NDArray[np.bool_], marks: npt.NDArray[np.float32]
) -> npt.NDArray[np.bool_]:
    """Which marks have their middle where the mask is."""
    x = np.clip((marks[:, 1] + marks[:, 3]) / 2, 0, mask.shape[1] - 1).astype(int)
    y = np.clip((marks[:, 2] + marks[:, 4]) / 2, 0, mask.shape[0] - 1).astype(int)
    return np.asarray(mask[y, x])


def _moved(
    boxes: npt.NDArray[np.float32], matrix: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Boxes around the same ink after a small turn, each as large as its ink becomes."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2 @ matrix[:, :2].T + matrix[:, 2]
    sizes = boxes[:, 2:] - boxes[:, :2]
    grown = sizes + 0.5 * np.abs(sizes[:, ::-1]) * np.abs(matrix[[0, 1], [1, 0]])
    return np.concatenate([middles - grown / 2, middles + grown / 2], axis=1)


def _inside(
    marks: npt.NDArray[np.float32], regions: npt.NDArray[np.float32], side: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Marks that are mostly on the patch; around those that are cut off nothing is known."""
    boxes = marks[:, 1:]
    share = areas(np.clip(boxes, 0, side)) / np.maximum(areas(boxes), 1)
    cut = marks[(share > 0.02) & (share <= 0.75)].copy()
    cut[:, 0] = UNKNOWN
    return marks[share > 0.75], np.concatenate([regions, cut]).astype(np.float32)
