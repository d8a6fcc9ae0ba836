"""What the reader's road leaves of real pictures, imitated: another pen, slant, blur, faint ink,
rests of lines, neighbours.
"""

from collections.abc import Callable

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


def degraded(canvas: Canvas, rng: np.random.Generator, neighbour: Canvas | None = None) -> Canvas:
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
    angle, shear = np.deg2rad(rng.normal(0, 7)), rng.normal(0, 0.12)
    stretch = np.exp(rng.normal(0, 0.12, 2))
    cos, sin = np.cos(angle), np.sin(angle)
    linear = np.array([[cos, -sin], [sin, cos]]) @ np.array([[stretch[0], shear], [0, stretch[1]]])
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = _MIDDLE - linear @ [_MIDDLE, _MIDDLE]
    matrix[2, :2] = rng.normal(0, 0.0008, 2)
    warped = cv2.warpPerspective(canvas, matrix, (CANVAS_PX, CANVAS_PX), flags=cv2.INTER_LINEAR)
    return (
        _bent(np.asarray(warped, np.uint8), rng)
        if rng.random() < 0.4
        else np.asarray(warped, np.uint8)
    )


_GRID_Y, _GRID_X = np.mgrid[:CANVAS_PX, :CANVAS_PX].astype(np.float32)


def _bent(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    coarse = rng.normal(0, 1.6, (2, 5, 5)).astype(np.float32)
    shift = [
        cv2.resize(part, (CANVAS_PX, CANVAS_PX), interpolation=cv2.INTER_CUBIC) for part in coarse
    ]
    return np.asarray(
        cv2.remap(canvas, _GRID_X + shift[0], _GRID_Y + shift[1], cv2.INTER_LINEAR), np.uint8
    )


def _drawn_out(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """Drawn out towards a square, as forms do that bring every digit to one width and height."""
    left, top, width, height = cv2.boundingRect(canvas)
    if not width:
        return canvas
    longer, power = max(width, height), rng.uniform(0.4, 1.0)
    wide, high = (
        max(1, round(min(longer, side * min(3.5, (longer / side) ** power))))
        for side in (width, height)
    )
    out = np.zeros_like(canvas)
    x, y = (CANVAS_PX - wide) // 2, (CANVAS_PX - high) // 2
    part = canvas[top : top + height, left : left + width]
    out[y : y + high, x : x + wide] = cv2.resize(part, (wide, high), interpolation=cv2.INTER_LINEAR)
    return out


def _by_nib(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """A broad nib: strokes across its edge are thick, those along it stay thin."""
    length, angle = int(rng.integers(3, 8)), rng.uniform(0, np.pi)
    middle = (length - 1) / 2
    ends = [
        (round(middle + way * np.cos(angle)), round(middle + way * np.sin(angle)))
        for way in (-middle, middle)
    ]
    nib = np.zeros((length, length), np.uint8)
    cv2.line(nib, ends[0], ends[1], 1, 1)
    return np.asarray(cv2.dilate(canvas, nib), np.uint8)


def _hard(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """Black or white alone, on a coarse grid, as old scanners and small tables leave it."""
    side = int(rng.integers(20, 40))
    small = cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA)
    bits = ((small > rng.uniform(60, 150)) * 255).astype(np.uint8)
    way = cv2.INTER_LINEAR if rng.random() < 0.5 else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(bits, (CANVAS_PX, CANVAS_PX), interpolation=way), np.uint8)


def _other_pen(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    way = rng.random()
    if way < 0.2:
        return _by_nib(canvas, rng)
    if way < 0.6:
        return np.asarray(cv2.dilate(canvas, _DISC, iterations=int(rng.integers(1, 4))), np.uint8)
    thinner = np.asarray(cv2.erode(canvas, _DISC, iterations=1), np.uint8)
    return thinner if thinner.sum() > 0.35 * canvas.sum() else canvas


def _broken(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    ys, xs = np.nonzero(canvas > 128)
    out = canvas.copy()
    for _ in range(int(rng.integers(1, 4)) if len(xs) else 0):
        spot = int(rng.integers(len(xs)))
        cv2.circle(out, (int(xs[spot]), int(ys[spot])), int(rng.integers(1, 4)), 0, -1)
    return out


def _fading(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    slope = rng.normal(0, 1, 2)
    ramp = (_GRID_X - _MIDDLE) * slope[0] + (_GRID_Y - _MIDDLE) * slope[1]
    ramp = (ramp - ramp.min()) / max(float(np.ptp(ramp)), 1e-6)
    return (
        canvas * (rng.uniform(0.25, 0.7) + (1 - rng.uniform(0.0, 0.3)) * ramp).clip(0, 1)
    ).astype(np.uint8)


def _with_line_rest(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """A piece of rule, box side or dotted baseline that the cleaning left beside the digit."""
    box = cv2.boundingRect(canvas)
    out = canvas.copy()
    shade, thick = int(rng.integers(90, 256)), int(rng.integers(1, 3))
    start, length = float(rng.uniform(-0.2, 0.7)), float(rng.uniform(0.15, 0.7))
    across = rng.random() < 0.7
    side, low, size = (box[3], box[0], box[2]) if across else (box[2], box[1], box[3])
    edge = box[1] if across else box[0]
    where = round(edge + (side + rng.normal(0, 2) if rng.random() < 0.7 else rng.normal(0, 2)))
    ends = [round(low + start * size), round(low + (start + length) * size)]
    tilt = round(float(rng.normal(0, 1)))
    if across:
        cv2.line(out, (ends[0], where), (ends[1], where + tilt), shade, thick)
    else:
        cv2.line(out, (where, ends[0]), (where + tilt, ends[1]), shade, thick)
    return out


def _specked(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    out = canvas.copy()
    for x, y in rng.integers(12, CANVAS_PX - 12, (int(rng.integers(1, 5)), 2)):
        cv2.circle(out, (int(x), int(y)), int(rng.integers(0, 2)), int(rng.integers(120, 256)), -1)
    return out


def _with_neighbour(canvas: Canvas, neighbour: Canvas, rng: np.random.Generator) -> Canvas:
    """A slice of another glyph at one side, as happens where digits stand close."""
    out = canvas.copy()
    box, other = cv2.boundingRect(canvas), cv2.boundingRect(neighbour)
    room = min(CANVAS_PX - box[0] - box[2] - 1, other[2], int(rng.integers(2, 8)))
    if room > 0:
        piece = neighbour[:, other[0] : other[0] + room]
        target = out[:, box[0] + box[2] + 1 : box[0] + box[2] + 1 + room]
        np.maximum(target, piece, out=target)
    return out


def _blurred(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.5, 2.0)), np.uint8)


def _coarse(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """Few pixels, as a small digit on a page has."""
    side = int(rng.integers(16, 32))
    small = cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(
        cv2.resize(small, (CANVAS_PX, CANVAS_PX), interpolation=cv2.INTER_LINEAR), np.uint8
    )


def _misframed(glyph: Canvas, rng: np.random.Generator) -> Canvas:
    scale = rng.uniform(0.88, 1.1)
    shift = rng.uniform(-1.5, 1.5, 2) + (1 - scale) * (SIZE_PX - 1) / 2
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    return np.asarray(
        cv2.warpAffine(glyph, matrix, (SIZE_PX, SIZE_PX), flags=cv2.INTER_LINEAR), np.uint8
    )


def _toned(glyph: Canvas, rng: np.random.Generator) -> Canvas:
    """Flatter or harder edges."""
    if rng.random() < 0.5:
        return glyph
    return (255.0 * (glyph / 255.0) ** rng.uniform(0.6, 1.6)).astype(np.uint8)


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
_TO_PICTURE: tuple[tuple[float, Change], ...] = ((0.35, _blurred), (0.15, _coarse), (0.14, _hard))
