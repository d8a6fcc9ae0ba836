"""Imitate what preprocessing leaves of real pictures.

Other pens, slant, blur, faint ink, pieces of lines, neighbours.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.glyphs import SIZE_PX, frame
from inkdigits.synthesis.canvas import CANVAS_PX
from inkdigits.synthesis.warps import smooth_bends, turned_and_stretched

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
    # How often a canvas is bent, how far in pixels, and on how many points each way.
    bent: float = 0.4
    bend_px: float = 1.6
    bend_points: int = 5


SPREADS = WarpSpreads()


def degraded(
    canvas: Canvas, rng: np.random.Generator, neighbour: Canvas | None = None
) -> Canvas:
    """One framed glyph from a clean canvas, degraded at random."""
    canvas = _some(_warped(canvas, rng), rng, _TO_STROKES)
    if neighbour is not None:
        canvas = _with_neighbour(canvas, neighbour, rng)
    glyph = frame(_some(canvas, rng, _TO_PICTURE))
    return _misframed(glyph, rng) if rng.random() < 0.4 else _toned(glyph, rng)


def _some(
    canvas: Canvas, rng: np.random.Generator, changes: tuple[tuple[float, Change], ...]
) -> Canvas:
    """Apply each change in turn, with its probability."""
    for share, change in changes:
        # Drawn for each change, so that its probability does not depend on the others.
        if rng.random() < share:
            canvas = change(canvas, rng)
    return canvas


def _warped(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """Turned, sheared, stretched, seen from the side, and bent."""
    angle = np.deg2rad(rng.normal(0, SPREADS.angle_deg))
    shear = rng.normal(0, SPREADS.shear)
    wider, taller = np.exp(rng.normal(0, SPREADS.stretch, 2))
    linear = turned_and_stretched(angle, shear, wider, taller)

    matrix = np.eye(3)
    matrix[:2, :2] = linear
    # The canvas's middle stays where it is.
    matrix[:2, 2] = _MIDDLE - linear @ [_MIDDLE, _MIDDLE]
    matrix[2, :2] = rng.normal(0, SPREADS.perspective, 2)
    size = (CANVAS_PX, CANVAS_PX)
    seen = cv2.warpPerspective(canvas, matrix, size, flags=cv2.INTER_LINEAR)
    warped = np.asarray(seen, np.uint8)
    if rng.random() < SPREADS.bent:
        warped = _bent(warped, rng)
    return warped


_GRID_Y, _GRID_X = np.mgrid[:CANVAS_PX, :CANVAS_PX].astype(np.float32)


def _bent(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """Bent as by an unsteady hand: a few points are moved, all between them follow."""
    across, down = smooth_bends(rng, CANVAS_PX, SPREADS.bend_points, SPREADS.bend_px)
    from_x = _GRID_X + across
    from_y = _GRID_Y + down
    bent = cv2.remap(canvas, from_x, from_y, cv2.INTER_LINEAR)
    return np.asarray(bent, np.uint8)


def _drawn_out(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """Stretched towards a square, as on forms that give all digits the same size."""
    left, top, width, height = cv2.boundingRect(canvas)
    if not width:
        return canvas
    digit = canvas[top : top + height, left : left + width]

    longer = max(width, height)
    # At 1 the shorter side becomes as long as the other; none grows over 3.5 times.
    power = rng.uniform(0.4, 1.0)
    grown_width = width * min(3.5, (longer / width) ** power)
    grown_height = height * min(3.5, (longer / height) ** power)
    wide = max(1, round(min(longer, grown_width)))
    high = max(1, round(min(longer, grown_height)))
    stretched = cv2.resize(digit, (wide, high), interpolation=cv2.INTER_LINEAR)

    out = np.zeros_like(canvas)
    x = (CANVAS_PX - wide) // 2
    y = (CANVAS_PX - high) // 2
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
    """Black and white on a coarse grid, as old scanners and small tables leave it."""
    side = int(rng.integers(20, 40))
    small = cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA)
    threshold = rng.uniform(60, 150)
    is_ink = small > threshold
    bits = (is_ink * 255).astype(np.uint8)
    # When enlarged, the steps of the grid stay visible or are smoothed away.
    is_smoothed = rng.random() < 0.5
    interpolation = cv2.INTER_LINEAR if is_smoothed else cv2.INTER_NEAREST
    size = (CANVAS_PX, CANVAS_PX)
    hard = cv2.resize(bits, size, interpolation=interpolation)
    return np.asarray(hard, np.uint8)


def _other_pen(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """A nib in a fifth of all cases, a thicker pen in two fifths, else a thin one."""
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
    x = _GRID_X - _MIDDLE
    y = _GRID_Y - _MIDDLE
    ramp = x * across + y * down
    # From 0 at one side to 1 at the other.
    span = max(float(np.ptp(ramp)), 1e-6)
    ramp = (ramp - ramp.min()) / span
    faintest = rng.uniform(0.25, 0.7)
    rise = 1 - rng.uniform(0.0, 0.3)
    strength = (faintest + rise * ramp).clip(0, 1)
    faded = canvas * strength
    return faded.astype(np.uint8)


def _with_line_rest(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """A piece of rule, box side or dotted baseline that was not removed.

    It is beside the digit, where the cleaning left it.
    """
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
    """A few specks of dust or ink around the digit."""
    out = canvas.copy()
    count = int(rng.integers(1, 5))
    places = rng.integers(12, CANVAS_PX - 12, (count, 2))
    for x, y in places.tolist():
        radius_px = int(rng.integers(0, 2))
        shade = int(rng.integers(120, 256))
        cv2.circle(out, (x, y), radius_px, shade, -1)
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
    """Out of focus."""
    sigma = rng.uniform(0.5, 2.0)
    blurred = cv2.GaussianBlur(canvas, (0, 0), sigma)
    return np.asarray(blurred, np.uint8)


def _coarse(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """Few pixels, as a small digit on a page has."""
    side = int(rng.integers(16, 32))
    size = (CANVAS_PX, CANVAS_PX)
    small = cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.uint8)


def _misframed(glyph: Canvas, rng: np.random.Generator) -> Canvas:
    """Framed slightly off, as a speck beside the digit causes."""
    scale = rng.uniform(0.88, 1.1)
    moves = rng.uniform(-1.5, 1.5, 2)
    # The scale alone would move the glyph's middle.
    across, down = moves + (1 - scale) * (SIZE_PX - 1) / 2
    matrix = np.array([[scale, 0, across], [0, scale, down]])
    size = (SIZE_PX, SIZE_PX)
    moved = cv2.warpAffine(glyph, matrix, size, flags=cv2.INTER_LINEAR)
    return np.asarray(moved, np.uint8)


def _toned(glyph: Canvas, rng: np.random.Generator) -> Canvas:
    """Flatter or harder edges."""
    if rng.random() < 0.5:
        return glyph
    # Black and full ink stay as they are: only the shades between them change.
    gamma = rng.uniform(0.6, 1.6)
    toned = 255.0 * (glyph / 255.0) ** gamma
    return toned.astype(np.uint8)


# Changes of the strokes, with their probabilities.
_TO_STROKES: tuple[tuple[float, Change], ...] = (
    (0.18, _drawn_out),
    (0.56, _other_pen),
    (0.1, _broken),
    (0.1, _fading),
    (0.12, _with_line_rest),
    (0.1, _specked),
)
# The same for the whole picture.
_TO_PICTURE: tuple[tuple[float, Change], ...] = (
    (0.35, _blurred),
    (0.15, _coarse),
    (0.14, _hard),
)
