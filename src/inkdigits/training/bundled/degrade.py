"""What preprocessing leaves of real pictures, imitated.

Another pen, slant, blur, faint ink, pieces of lines, neighbours.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.data.strokes import CANVAS_PX
from inkdigits.reading.glyphs import SIZE_PX, frame

Canvas = npt.NDArray[np.uint8]
Change = Callable[[Canvas, np.random.Generator], Canvas]
# Three pixels across.
_DISC = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
_MIDDLE = (CANVAS_PX - 1) / 2


@dataclass(frozen=True, slots=True)
class WarpSpreads:
    """Standard deviations of what happens to a whole canvas; set by hand."""

    # Degrees.
    angle_deg: float = 7
    # Columns per row.
    shear: float = 0.12
    # Of the log of the factor in each direction.
    stretch: float = 0.12
    # How much of the distance changes per pixel, as when a page is seen from the side.
    perspective: float = 0.0008
    # How often a canvas is bent, how far in pixels, and on a grid of how many points each way.
    bent: float = 0.4
    bend_px: float = 1.6
    bend_points: int = 5


SPREADS = WarpSpreads()


def degraded(
    canvas: Canvas, rng: np.random.Generator, neighbour: Canvas | None = None
) -> Canvas:
    """One framed glyph from a clean canvas, spoiled in its own way."""
    canvas = _some(_warped(canvas, rng), rng, _TO_STROKES)
    if neighbour is not None:
        canvas = _with_neighbour(canvas, neighbour, rng)
    glyph = frame(_some(canvas, rng, _TO_PICTURE))
    return _misframed(glyph, rng) if rng.random() < 0.4 else _toned(glyph, rng)


def _some(
    canvas: Canvas, rng: np.random.Generator, changes: tuple[tuple[float, Change], ...]
) -> Canvas:
    """Each change in turn, as often as its share says."""
    for share, change in changes:
        if rng.random() < share:
            canvas = change(canvas, rng)
    return canvas


def _warped(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """Turned, sheared, stretched, seen from the side, and bent."""
    angle = np.deg2rad(rng.normal(0, SPREADS.angle_deg))
    shear = rng.normal(0, SPREADS.shear)
    wider, taller = np.exp(rng.normal(0, SPREADS.stretch, 2))
    cos = np.cos(angle)
    sin = np.sin(angle)
    rotation = np.array([[cos, -sin], [sin, cos]])
    linear = rotation @ np.array([[wider, shear], [0, taller]])
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    # The canvas's middle stays where it is.
    matrix[:2, 2] = _MIDDLE - linear @ [_MIDDLE, _MIDDLE]
    matrix[2, :2] = rng.normal(0, SPREADS.perspective, 2)
    seen = cv2.warpPerspective(
        canvas, matrix, (CANVAS_PX, CANVAS_PX), flags=cv2.INTER_LINEAR
    )
    warped = np.asarray(seen, np.uint8)
    return _bent(warped, rng) if rng.random() < SPREADS.bent else warped


_GRID_Y, _GRID_X = np.mgrid[:CANVAS_PX, :CANVAS_PX].astype(np.float32)


def _bent(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    points = (2, SPREADS.bend_points, SPREADS.bend_points)
    coarse = rng.normal(0, SPREADS.bend_px, points).astype(np.float32)
    size = (CANVAS_PX, CANVAS_PX)
    across, down = (
        cv2.resize(part, size, interpolation=cv2.INTER_CUBIC) for part in coarse
    )
    bent = cv2.remap(canvas, _GRID_X + across, _GRID_Y + down, cv2.INTER_LINEAR)
    return np.asarray(bent, np.uint8)


def _drawn_out(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """Drawn out towards a square, as forms do that bring every digit to one width and height."""
    left, top, width, height = cv2.boundingRect(canvas)
    if not width:
        return canvas
    longer = max(width, height)
    # At 1 the shorter side becomes as long as the other; no side grows more than 3.5 times.
    power = rng.uniform(0.4, 1.0)
    grown = [side * min(3.5, (longer / side) ** power) for side in (width, height)]
    wide, high = (max(1, round(min(longer, side))) for side in grown)
    part = canvas[top : top + height, left : left + width]
    out = np.zeros_like(canvas)
    x = (CANVAS_PX - wide) // 2
    y = (CANVAS_PX - high) // 2
    stretched = cv2.resize(part, (wide, high), interpolation=cv2.INTER_LINEAR)
    out[y : y + high, x : x + wide] = stretched
    return out


def _by_nib(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """A broad nib: strokes across its edge are thick, those along it stay thin."""
    length = int(rng.integers(3, 8))
    angle = rng.uniform(0, np.pi)
    middle = (length - 1) / 2
    ends = [
        (round(middle + way * np.cos(angle)), round(middle + way * np.sin(angle)))
        for way in (-middle, middle)
    ]
    # Dilating by a line widens strokes across the line only.
    nib = np.zeros((length, length), np.uint8)
    cv2.line(nib, ends[0], ends[1], 1, 1)
    return np.asarray(cv2.dilate(canvas, nib), np.uint8)


def _hard(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """Black or white alone, on a coarse grid, as old scanners and small tables leave it."""
    side = int(rng.integers(20, 40))
    small = cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA)
    is_ink = small > rng.uniform(60, 150)
    bits = (is_ink * 255).astype(np.uint8)
    way = cv2.INTER_LINEAR if rng.random() < 0.5 else cv2.INTER_NEAREST
    hard = cv2.resize(bits, (CANVAS_PX, CANVAS_PX), interpolation=way)
    return np.asarray(hard, np.uint8)


def _other_pen(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """A nib in a fifth of all cases, a thicker pen in two fifths, else a thinner one."""
    way = rng.random()
    if way < 0.2:
        return _by_nib(canvas, rng)
    if way < 0.6:
        times = int(rng.integers(1, 4))
        return np.asarray(cv2.dilate(canvas, _DISC, iterations=times), np.uint8)
    thinner = np.asarray(cv2.erode(canvas, _DISC, iterations=1), np.uint8)
    # Fine strokes would vanish.
    return thinner if thinner.sum() > 0.35 * canvas.sum() else canvas


def _broken(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """Strokes with gaps."""
    out = canvas.copy()
    ys, xs = np.nonzero(canvas > 128)
    if not len(xs):
        return out
    for _ in range(int(rng.integers(1, 4))):
        spot = int(rng.integers(len(xs)))
        place = (int(xs[spot]), int(ys[spot]))
        radius_px = int(rng.integers(1, 4))
        cv2.circle(out, place, radius_px, 0, -1)
    return out


def _fading(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """Ink that grows paler toward one side."""
    across, down = rng.normal(0, 1, 2)
    ramp = (_GRID_X - _MIDDLE) * across + (_GRID_Y - _MIDDLE) * down
    ramp = (ramp - ramp.min()) / max(float(np.ptp(ramp)), 1e-6)
    faintest = rng.uniform(0.25, 0.7)
    rise = 1 - rng.uniform(0.0, 0.3)
    strength = (faintest + rise * ramp).clip(0, 1)
    return (canvas * strength).astype(np.uint8)


def _with_line_rest(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """A piece of rule, box side or dotted baseline that the cleaning left beside the digit."""
    left, top, width, height = cv2.boundingRect(canvas)
    out = canvas.copy()
    shade = int(rng.integers(90, 256))
    thick = int(rng.integers(1, 3))
    # Along the digit's side, in lengths of that side.
    start = float(rng.uniform(-0.2, 0.7))
    length = float(rng.uniform(0.15, 0.7))
    is_level = rng.random() < 0.7
    low, size = (left, width) if is_level else (top, height)
    near_edge, far = (top, height) if is_level else (left, width)
    # Most lie below the digit, or to its right.
    beyond = far if rng.random() < 0.7 else 0
    where = round(near_edge + (beyond + rng.normal(0, 2)))
    first = round(low + start * size)
    last = round(low + (start + length) * size)
    tilt = round(float(rng.normal(0, 1)))
    if is_level:
        cv2.line(out, (first, where), (last, where + tilt), shade, thick)
    else:
        cv2.line(out, (where, first), (where + tilt, last), shade, thick)
    return out


def _specked(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    out = canvas.copy()
    count = int(rng.integers(1, 5))
    for x, y in rng.integers(12, CANVAS_PX - 12, (count, 2)):
        radius_px = int(rng.integers(0, 2))
        shade = int(rng.integers(120, 256))
        cv2.circle(out, (int(x), int(y)), radius_px, shade, -1)
    return out


def _with_neighbour(
    canvas: Canvas, neighbour: Canvas, rng: np.random.Generator
) -> Canvas:
    """A slice of another glyph at one side, as happens where digits stand close."""
    out = canvas.copy()
    left, _, width, _ = cv2.boundingRect(canvas)
    other_left, _, other_width, _ = cv2.boundingRect(neighbour)
    start = left + width + 1
    slice_px = min(CANVAS_PX - start, other_width, int(rng.integers(2, 8)))
    if slice_px > 0:
        piece = neighbour[:, other_left : other_left + slice_px]
        target = out[:, start : start + slice_px]
        np.maximum(target, piece, out=target)
    return out


def _blurred(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.5, 2.0)), np.uint8)


def _coarse(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """Few pixels, as a small digit on a page has."""
    side = int(rng.integers(16, 32))
    small = cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, (CANVAS_PX, CANVAS_PX), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.uint8)


def _misframed(glyph: Canvas, rng: np.random.Generator) -> Canvas:
    scale = rng.uniform(0.88, 1.1)
    # The scale alone would move the glyph's middle.
    across, down = rng.uniform(-1.5, 1.5, 2) + (1 - scale) * (SIZE_PX - 1) / 2
    matrix = np.array([[scale, 0, across], [0, scale, down]])
    moved = cv2.warpAffine(glyph, matrix, (SIZE_PX, SIZE_PX), flags=cv2.INTER_LINEAR)
    return np.asarray(moved, np.uint8)


def _toned(glyph: Canvas, rng: np.random.Generator) -> Canvas:
    """Flatter or harder edges."""
    if rng.random() < 0.5:
        return glyph
    gamma = rng.uniform(0.6, 1.6)
    toned = 255.0 * (glyph / 255.0) ** gamma
    return toned.astype(np.uint8)


# How often each comes.
_TO_STROKES: tuple[tuple[float, Change], ...] = (
    (0.18, _drawn_out),
    (0.56, _other_pen),
    (0.1, _broken),
    (0.1, _fading),
    (0.12, _with_line_rest),
    (0.1, _specked),
)
# The same of the whole picture.
_TO_PICTURE: tuple[tuple[float, Change], ...] = (
    (0.35, _blurred),
    (0.15, _coarse),
    (0.14, _hard),
)
