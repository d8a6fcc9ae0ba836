"""Synthetic filled forms, seeded: handwriting in boxes, then scanned or photographed.

Each machine returns the picture and the homography from the sheet's pixels to the
picture's, so that registration can be measured.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from inkdigits.synthesis.hands import Hand, Pen
from inkdigits.synthesis.papers import left_by_shadow

Grey = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]
Rng = np.random.Generator
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture of a sheet, and the matrix from the sheet's pixels to the picture's."""

    grey: Grey
    matrix: Matrix

    def error_px(self, back: Matrix, size: tuple[int, int]) -> float:
        """The largest error over a grid of points on the sheet, in pixels.

        `back` is the homography under test, from the picture's pixels to the sheet's.
        `size` is the sheet's height and width.
        """
        height, width = size
        across, down = np.linspace(0, width, 6), np.linspace(0, height, 8)
        grid = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 1, 2)
        seen = cv2.perspectiveTransform(grid, self.matrix)
        off = cv2.perspectiveTransform(seen, back) - grid
        return float(np.hypot(off[..., 0], off[..., 1]).max())


def write_sign(
    sheet: Grey, hand: Hand, sign: str, box: Box, rng: Rng, pen: Pen
) -> None:
    """One sign in a box in pixels, a little off its middle, as people write."""
    left, top, right, bottom = box
    box_width = right - left
    box_height = bottom - top
    tall = box_height * rng.uniform(0.62, 0.8)
    # Heights of signs that are smaller than a digit.
    share = {",": 0.3, ".": 0.12, "-": 0.1}.get(sign, 1.0)
    glyph = hand.pick(rng, sign)
    ink = glyph.draw(rng, tall * share, 0.85 * box_width, pen)

    height, width = ink.shape
    x = round((left + right - width) / 2 + rng.normal(0, 0.04) * box_width)
    y = round((top + bottom - height) / 2 + rng.normal(0, 0.03) * box_height)
    # Points and commas stand on the line, not in the middle.
    if sign in ".,":
        y = round((top + bottom + tall) / 2 - height)
    _stamp(sheet, ink, x, y, pen.strength)


def write_comb(
    sheet: Grey, hand: Hand, text: str, cells: list[Box], rng: Rng, pen: Pen
) -> None:
    """A sign in each box; a space leaves its box blank."""
    for sign, cell in zip(text, cells, strict=True):
        # Numbers are often shorter than their comb.
        if sign == " ":
            continue
        write_sign(sheet, hand, sign, cell, rng, pen)


def write_line(
    sheet: Grey, hand: Hand, text: str, box: Box, rng: Rng, pen: Pen
) -> None:
    """A text without boxes of its own, from the left of a box."""
    left, top, right, bottom = box
    usual = 0.55 * (bottom - top)
    most = (right - left) / (len(text) + 1)
    step = min(usual, most)
    x = left + 0.4 * step
    for sign in text:
        is_narrow = sign in ".,:-"
        wide = 0.5 * step if is_narrow else step
        place = (x, top, x + wide, bottom)
        write_sign(sheet, hand, sign, place, rng, pen)
        x += wide


def tick(sheet: Grey, box: Box, rng: Rng) -> None:
    """A cross, not quite within its box."""
    left, top, right, bottom = box
    shake = 0.12 * (right - left)

    def near(x: float, y: float) -> tuple[int, int]:
        """Where an unsteady hand comes down instead."""
        near_x = round(x + rng.normal(0, shake))
        near_y = round(y + rng.normal(0, shake))
        return near_x, near_y

    for start_x, end_x in ((left, right), (right, left)):
        start = near(start_x, top)
        end = near(end_x, bottom)
        cv2.line(sheet, start, end, 40, 3, cv2.LINE_AA)


def strike(sheet: Grey, box: Box, rng: Rng) -> None:
    """A scribble over a box: what was there is crossed out."""
    left, top, right, bottom = box
    rim_x = 0.1 * (right - left)
    rim_y = 0.15 * (bottom - top)
    # Up and down in turn, from the left to the right.
    count = 9
    x = np.linspace(left + rim_x, right - rim_x, count) + rng.normal(0, 1, count)
    is_up = np.arange(count) % 2 == 0
    y = np.where(is_up, top + rim_y, bottom - rim_y)
    points = np.stack([x, y], axis=1).round().astype(np.int32)
    cv2.polylines(sheet, [points], False, 40, 4, cv2.LINE_AA)


def _stamp(sheet: Grey, ink: Grey, x: int, y: int, strength: float) -> None:
    """Put ink on a sheet, clipped to its edges."""
    height, width = sheet.shape
    ink_height, ink_width = ink.shape
    left = max(0, x)
    top = max(0, y)
    right = min(width, x + ink_width)
    bottom = min(height, y + ink_height)
    if right <= left or bottom <= top:
        return
    on_sheet = ink[top - y : bottom - y, left - x : right - x]
    cover = on_sheet.astype(np.float32) / 255 * strength
    under = sheet[top:bottom, left:right].astype(np.float32)
    # Ink never makes print paler.
    covered = np.minimum(under, under * (1 - cover) + 45 * cover)
    sheet[top:bottom, left:right] = covered.astype(np.uint8)


def scan(sheet: Grey, rng: Rng) -> Taken:
    """A flat-bed scanner: a little turned and scaled, a little soft, with grain."""
    return _copied(
        sheet,
        rng,
        degrees=float(rng.uniform(-3, 3)),
        scale=float(rng.uniform(0.9, 1.1)),
    )


def turned_scan(sheet: Grey, rng: Rng) -> Taken:
    """Fed in any orientation: on its side, upside down, and up to 10 degrees askew."""
    quarter = rng.choice([0, 90, 180, 270])
    askew = rng.uniform(-10, 10)
    degrees = float(quarter + askew)
    scale = float(rng.uniform(0.85, 1.15))
    return _copied(sheet, rng, degrees=degrees, scale=scale)


def fax(sheet: Grey, rng: Rng) -> Taken:
    """Bilevel, at about 150 dpi, with specks."""
    taken = _copied(
        sheet,
        rng,
        degrees=float(rng.uniform(-2, 2)),
        scale=float(rng.uniform(0.72, 0.8)),
    )
    grey = np.where(taken.grey < rng.uniform(140, 180), 0, 255).astype(np.uint8)
    specks = rng.random(grey.shape) < 0.0008
    grey[specks] = 255 - grey[specks]
    return Taken(grey, taken.matrix)


def photo(sheet: Grey, rng: Rng) -> Taken:
    """A phone held above a table: perspective, a shadow, uneven light, grain."""
    height, width = sheet.shape
    wide = round(1.25 * width)
    tall = round(1.2 * height)

    # The sheet is rotated about its middle, and each corner moves nearer or further.
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    shake = rng.uniform(-0.05, 0.05, (4, 2)) * width
    middle = corners.mean(axis=0)
    turn = np.deg2rad(rng.uniform(-8, 8))
    cosine = np.cos(turn)
    sine = np.sin(turn)
    rotation = np.array([[cosine, -sine], [sine, cosine]])
    turned = (corners - middle) @ rotation.T
    new_middle = np.array([wide / 2, tall / 2])
    placed = turned + new_middle + shake
    matrix = cv2.getPerspectiveTransform(corners, placed.astype(np.float32))
    table = float(rng.uniform(60, 130))
    warped = cv2.warpPerspective(
        sheet, matrix, (wide, tall), flags=cv2.INTER_LINEAR, borderValue=(table,)
    )
    seen = warped.astype(np.float32)

    y, x = np.mgrid[:tall, :wide].astype(np.float32)
    slope_x = 0.12 * x / wide * rng.choice([-1, 1])
    slope_y = 0.08 * y / tall * rng.choice([-1, 1])
    light = 0.82 + slope_x + slope_y
    edge = rng.uniform(0.3, 0.7) * wide
    across = (x - edge) + rng.uniform(-1, 1) * (y - tall / 2)
    depth = rng.uniform(0.15, 0.45)
    softness = rng.uniform(10, 60)
    shadow = left_by_shadow(across, depth, softness)

    lit = seen * light * shadow
    blurred = cv2.GaussianBlur(lit, (0, 0), rng.uniform(0.6, 1.1))
    grey = blurred + rng.normal(0, 4, seen.shape)
    shades = np.clip(grey, 0, 255).astype(np.uint8)
    return Taken(shades, np.asarray(matrix, np.float64))


def folded(sheet: Grey, rng: Rng) -> Taken:
    """A scan with a corner folded over: its white back hides what was printed there."""
    taken = scan(sheet, rng)
    grey = taken.grey.copy()
    height, width = grey.shape
    reach = int(0.16 * width)
    at_top_left = np.array([[0, 0], [reach, 0], [0, reach]], np.int32)
    corners = [
        at_top_left,
        [width, 0] + at_top_left * [-1, 1],
        [0, height] + at_top_left * [1, -1],
    ]
    corner = corners[int(rng.integers(3))]
    cv2.fillConvexPoly(grey, np.asarray(corner, np.int32), 215)
    return Taken(grey, taken.matrix)


MACHINES: dict[str, Callable[[Grey, Rng], Taken]] = {
    "scan": scan,
    "turned": turned_scan,
    "fax": fax,
    "photo": photo,
    "folded": folded,
}


def _copied(sheet: Grey, rng: Rng, degrees: float, scale: float) -> Taken:
    """The sheet turned and made smaller or larger, a little blurred and grainy."""
    height, width = sheet.shape
    middle = (width / 2, height / 2)
    rotation = cv2.getRotationMatrix2D(middle, degrees, scale)
    matrix = np.vstack([rotation, [0, 0, 1]])
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    column = corners.reshape(-1, 1, 2)
    turned: Any = cv2.perspectiveTransform(column, matrix).reshape(-1, 2)
    low = turned.min(axis=0)
    high = turned.max(axis=0)

    # The scanner's glass has the size of the sheet, whose edges may lie just outside
    # it.
    left = -low[0] - 6
    top = -low[1] - 6
    matrix = np.array([[1, 0, left], [0, 1, top], [0, 0, 1]]) @ matrix
    size = tuple(int(side) for side in np.ceil(high - low - 12))
    paper = float(rng.uniform(225, 250))
    warped = cv2.warpPerspective(
        sheet, matrix, size, flags=cv2.INTER_AREA, borderValue=(255,)
    )
    seen = warped.astype(np.float32)
    blur = rng.uniform(0.4, 0.9)
    blurred = cv2.GaussianBlur(seen * paper / 255, (0, 0), blur)
    grey = blurred + rng.normal(0, 3, seen.shape)
    shades = np.clip(grey, 0, 255).astype(np.uint8)
    return Taken(shades, np.asarray(matrix, np.float64))


@dataclass(frozen=True, slots=True)
class BlankForm:
    """An office's form at 200 dpi, and its combs in millimetres."""

    grey: Grey
    combs: tuple[tuple[tuple[float, float, float, float], int], ...]

    def template(self, name: str, picture: str) -> str:
        """The JSON template of its combs; `picture` is the name of the blank's file."""
        fields = [
            {
                "name": f"field_{place}",
                "type": "digits",
                "digits": digits,
                "box": list(box),
            }
            for place, (box, digits) in enumerate(self.combs)
        ]
        page = {"blank": picture, "fields": fields}
        return json.dumps({"inkdigits_form": 1, "name": name, "pages": [page]})


_WORDS = (
    *(
        "name",
        "date",
        "account",
        "number",
        "street",
        "total",
        "amount",
        "office",
        "register",
        "please",
    ),
    *(
        "write",
        "clearly",
        "one",
        "digit",
        "per",
        "box",
        "signature",
        "value",
        "unit",
        "branch",
        "order",
    ),
)
# An A4 sheet at 200 dpi, and the width and height of a comb's boxes.
_SHEET_PX, _PX_PER_MM, _PITCH_PX, _COMB_PX = (1654, 2339), 200 / 25.4, 63, 70


def blank_form(rng: Rng, moved_px: int = 0) -> BlankForm:
    """Headings, sentences, rules and labelled combs; no corner marks.

    `moved_px` shifts all but the first four combs, as a new edition of a form may.
    """
    image = Image.new("L", _SHEET_PX, 255)
    draw = ImageDraw.Draw(image)
    letters = ImageFont.load_default(26)
    combs: list[tuple[tuple[float, float, float, float], int]] = []
    draw.text(
        (150, 60),
        " ".join(rng.choice(_WORDS, 3)).title(),
        font=ImageFont.load_default(48),
        fill=0,
    )
    y = 120
    while y < 2150:
        kind = int(rng.integers(4))
        if kind == 0:
            draw.text(
                (150, y),
                " ".join(rng.choice(_WORDS, int(rng.integers(4, 9)))),
                font=letters,
                fill=0,
            )
            y += 60
        elif kind == 1:
            draw.line((150, y, 1500, y), fill=0, width=2)
            y += 50
        else:
            count, left = int(rng.integers(4, 11)), int(rng.integers(500, 900))
            left += moved_px if len(combs) >= 4 else 0
            draw.text(
                (150, y + 20), " ".join(rng.choice(_WORDS, 2)), font=letters, fill=0
            )
            for cell in range(count):
                start = left + cell * _PITCH_PX
                draw.rectangle(
                    (start, y, start + _PITCH_PX, y + _COMB_PX), outline=0, width=2
                )
            sides = (left, y, left + count * _PITCH_PX, y + _COMB_PX)
            box = tuple(side / _PX_PER_MM for side in sides)
            combs.append(((box[0], box[1], box[2], box[3]), count))
            y += 110
    return BlankForm(np.asarray(image), tuple(combs))
