"""Digits as photographed with a phone, or cut closely from a row.

Photos show a digit in pen or pencil on plain, ruled or squared paper, with uneven
light, shadows, a table's edge and perspective. Cut-outs are faint, soft and grainy,
with parts of neighbouring digits.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from inkdigits.synthesis.papers import left_by_shadow

Grey = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Rng = np.random.Generator
Span = tuple[float, float]


@dataclass(frozen=True)
class PhotoSettings:
    """How photos vary; all values are set by hand.

    A value is drawn uniformly from each span. Shades go from 0 (black) to 255 (white).
    """

    height_px: tuple[int, int] = (160, 900)
    width: Span = (0.7, 1.45)  # in heights of the photo
    sign: Span = (0.12, 0.75)  # the sign's longer side, in shorter sides of the photo
    off_centre: float = 0.1  # standard deviation, in sides of the photo
    paper: Span = (170, 250)  # its shade
    tint: float = 10  # standard deviation of each colour of the paper
    pen_covers: Span = (0.3, 0.95)  # the share of the paper's shade that ink takes away
    # How often each of these occurs.
    ruled: float = 0.4
    squared: float = 0.5  # of what is ruled
    table: float = 0.15
    askew: float = 0.5
    vignette: float = 0.4
    shadow: float = 0.3
    # How strong each of them is.
    wide_step: Span = (0.5, 1.6)  # between rules, in sizes of the sign
    narrow_step: Span = (0.04, 0.12)  # in heights of the photo
    rule_fades: Span = (0.06, 0.3)
    from_one_side: Span = (0, 0.5)  # how much brighter one side is than the other
    corners_lose: Span = (0.2, 1.0)
    shadow_takes: Span = (0.2, 0.6)
    shadow_edge: Span = (0.002, 0.1)  # its softness, in widths of the photo
    table_side: Span = (0.03, 0.2)  # in widths of the photo
    table_shade: Span = (20, 120)
    corner_moves: float = 0.04  # standard deviation, in sides of the photo
    grain: Span = (0, 7)


@dataclass(frozen=True)
class CuttingSettings:
    """How digits cut from a row vary; all values are set by hand.

    Distances are in heights of the digit.
    """

    neighbours: float = 0.7  # how often the cut is wide enough to show them
    wide: Span = (-0.1, 0.45)  # left and right of the digit
    close: Span = (0, 0.15)
    above: Span = (0.02, 0.35)  # and below
    scale: Span = (0.7, 2.2)
    blur: Span = (0.4, 1.3)
    stains_px: Span = (0.6, 4)  # how far the stains of the paper reach
    stains: Span = (1, 8)  # how dark they are
    slope: float = 12  # standard deviation of the difference in shade from side to side
    paper: Span = (150, 240)
    pen_covers: Span = (0.3, 0.9)
    grain: Span = (0, 4)


PHOTO = PhotoSettings()
CUTTING = CuttingSettings()
# Red, green, blue.
_PENS = (
    (40, 40, 45),  # black
    (40, 60, 150),  # blue
    (170, 40, 50),  # red
    (110, 110, 110),  # pencil
    (40, 120, 70),  # green
)


def photo(sign: Grey, rng: Rng) -> Image.Image:
    """A photo of paper with the sign (cropped, ink bright) near the middle."""
    height = int(rng.integers(*PHOTO.height_px))
    width = int(height * rng.uniform(*PHOTO.width))
    shape = (height, width)
    size = rng.uniform(*PHOTO.sign) * min(shape)
    ink = _placed(sign, shape, size, rng)

    shade = rng.uniform(*PHOTO.paper)
    colour = shade + rng.normal(0, PHOTO.tint, 3)
    paper = np.ones((*shape, 3), np.float32) * colour.astype(np.float32)
    if rng.random() < PHOTO.ruled:
        _rule(paper, size, rng)
    # Ink lets some of the paper through, and its rules with it.
    covers = np.float32(rng.uniform(*PHOTO.pen_covers))
    dark = covers * ink[..., None]
    pen = np.array(_PENS[int(rng.integers(len(_PENS)))], np.float32)
    picture = paper * (1 - dark) + pen * dark
    picture *= _light(shape, rng)[..., None]

    if rng.random() < PHOTO.table:
        _table(picture, rng)
    if rng.random() < PHOTO.askew:
        picture = _askew(picture, rng)
    # A large sign stays legible under more blur than a small one.
    most_blur = max(0.4, 0.03 * size * rng.random())
    blur = rng.uniform(0.3, most_blur)
    picture = cv2.GaussianBlur(picture, (0, 0), blur)
    grain = rng.uniform(*PHOTO.grain)
    picture += rng.normal(0, grain, picture.shape)
    shades = picture.clip(0, 255)
    return Image.fromarray(shades.astype(np.uint8))


def cutting(row: Grey, box: tuple[int, int, int, int], rng: Rng) -> Image.Image:
    """One digit cut out of a row (ink bright) at its box: left, top, width, height."""
    cut = _cut(row, box, rng)
    scale = rng.uniform(*CUTTING.scale)
    resized = cv2.resize(cut, None, fx=scale, fy=scale)
    blur = rng.uniform(*CUTTING.blur)
    blurred = cv2.GaussianBlur(resized, (0, 0), blur)
    ink = blurred.astype(np.float32) / 255
    stains = _stains(ink.shape, rng)

    # The shade changes evenly from top to bottom, and from left to right.
    height, width = ink.shape
    down = np.linspace(-0.5, 0.5, height)[:, None] * rng.normal(0, CUTTING.slope)
    across = np.linspace(-0.5, 0.5, width) * rng.normal(0, CUTTING.slope)
    shade = rng.uniform(*CUTTING.paper)
    paper = shade + (down + across)
    covered = rng.uniform(*CUTTING.pen_covers) * ink
    picture = paper * (1 - covered) + stains
    grain = rng.uniform(*CUTTING.grain)
    picture = picture + rng.normal(0, grain, ink.shape)
    shades = picture.clip(0, 255)
    return Image.fromarray(shades.astype(np.uint8))


def _cut(row: Grey, box: tuple[int, int, int, int], rng: Rng) -> Grey:
    """The digit and what lies around it."""
    left, top, width, height = box
    shows_neighbours = rng.random() < CUTTING.neighbours
    beside = CUTTING.wide if shows_neighbours else CUTTING.close
    before, after = rng.uniform(*beside, 2)
    above, below = rng.uniform(*CUTTING.above, 2)

    # One more pixel on each side, because boxes fit the ink exactly.
    first_column = round(left - before * height) - 1
    last_column = round(left + width + after * height) + 1
    first_row = top - round(above * height)
    last_row = top + height + round(below * height)
    # Below 0, an index would count from the other end.
    first_column = max(0, first_column)
    first_row = max(0, first_row)
    return row[first_row:last_row, first_column:last_column]


def _stains(shape: tuple[int, ...], rng: Rng) -> Plane:
    """The paper's unevenness."""
    noise = rng.normal(0, 1, shape).astype(np.float32)
    reach_px = rng.uniform(*CUTTING.stains_px)
    soft = cv2.GaussianBlur(noise, (0, 0), reach_px)
    # Blurring weakens noise, so it is scaled to the wanted strength.
    strength = rng.uniform(*CUTTING.stains)
    spread = max(float(soft.std()), 1e-6)
    soft *= np.float32(strength / spread)
    return np.asarray(soft, np.float32)


def _placed(sign: Grey, shape: tuple[int, int], size: float, rng: Rng) -> Plane:
    """The sign's ink, from 0 to 1, on a plane of the photo's shape."""
    scale = size / max(sign.shape)
    sign_height, sign_width = sign.shape
    wide = max(3, round(sign_width * scale))
    high = max(6, round(sign_height * scale))
    interpolation = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    resized = cv2.resize(sign, (wide, high), interpolation=interpolation)
    strokes = resized.astype(np.float32) / 255
    if scale > 3:
        # Pixels enlarged this much show their corners; blurring and thresholding smooth
        # the stroke.
        blurred = cv2.GaussianBlur(strokes, (0, 0), scale / 2)
        strokes = np.clip((blurred - 0.3) * 3, 0, 1)

    height, width = shape
    down, across = 0.5 + rng.normal(0, PHOTO.off_centre, 2)
    top = _within(down * height - high / 2, height - high)
    left = _within(across * width - wide / 2, width - wide)
    ink = np.zeros(shape, np.float32)
    # What would lie beyond the edge of the photo is cut off.
    seen = strokes[: height - top, : width - left]
    ink[top : top + high, left : left + wide] = seen
    return ink


def _within(place: float, room: int) -> int:
    """The position, at least two pixels from either end if there is room."""
    furthest = max(2, room - 2)
    within = np.clip(place, 2, furthest)
    return int(within)


def _rule(paper: Plane, size: float, rng: Rng) -> None:
    """Draw ruled or squared lines, as far apart as the writing or closer."""
    height, width = paper.shape[:2]
    is_wide = rng.random() < 0.5
    step = (
        rng.uniform(*PHOTO.wide_step) * size
        if is_wide
        else rng.uniform(*PHOTO.narrow_step) * height
    )
    step = max(12, round(step))
    shade = np.float32(1 - rng.uniform(*PHOTO.rule_fades))
    # Rules are as thick as on paper of that size.
    thick = max(1, round(height / 600 * rng.uniform(1, 2.5)))
    for y in range(int(rng.integers(step)), height, step):
        paper[y : y + thick] *= shade
    if rng.random() < PHOTO.squared:
        for x in range(int(rng.integers(step)), width, step):
            paper[:, x : x + thick] *= shade


def _light(shape: tuple[int, int], rng: Rng) -> Plane:
    """Light from one side, darker corners, and a shadow with a hard or soft edge."""
    height, width = shape
    down = np.linspace(-0.5, 0.5, height)
    across = np.linspace(-0.5, 0.5, width)
    y, x = np.meshgrid(down, across, indexing="ij")
    angle = rng.uniform(0, 2 * np.pi)
    slope = rng.uniform(*PHOTO.from_one_side)
    toward_light = x * np.cos(angle) + y * np.sin(angle)
    light = 1 + slope * toward_light
    if rng.random() < PHOTO.vignette:
        loss = rng.uniform(*PHOTO.corners_lose)
        # A lens darkens the corners with the square of the distance.
        light *= 1 - loss * (x**2 + y**2)
    if rng.random() < PHOTO.shadow:
        light *= _shadow(x, y, rng)
    return light.astype(np.float32)


def _shadow(x: Floats, y: Floats, rng: Rng) -> npt.NDArray[np.floating[Any]]:
    """The share of light that a shadow with a straight edge leaves at each place."""
    angle = rng.uniform(0, 2 * np.pi)
    edge = rng.uniform(-0.3, 0.3)
    beyond = (x - edge) * np.cos(angle) + y * np.sin(angle)
    depth = rng.uniform(*PHOTO.shadow_takes)
    softness = rng.uniform(*PHOTO.shadow_edge)
    return left_by_shadow(beyond, depth, softness)


def _table(picture: Plane, rng: Rng) -> None:
    """The table beyond the left or the right edge of the paper."""
    share = rng.uniform(*PHOTO.table_side)
    wide = max(1, round(share * picture.shape[1]))
    at_left = rng.random() < 0.5
    columns = slice(None, wide) if at_left else slice(-wide, None)
    picture[:, columns] = rng.uniform(*PHOTO.table_shade, 3)


def _askew(picture: Plane, rng: Rng) -> Plane:
    """Perspective, as seen from one side: each corner moves a little."""
    height, width = picture.shape[:2]
    size = (width, height)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moves = rng.normal(0, PHOTO.corner_moves, (4, 2)) * size
    moved = (corners + moves).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, moved)
    # The paper continues beyond the picture's old edges.
    border = cv2.BORDER_REPLICATE
    seen = cv2.warpPerspective(picture, matrix, size, borderMode=border)
    return np.asarray(seen, np.float32)
