"""Drawn non-digits, in addition to letters.

Noise, specks, lines, textures, made-up signs, and digits that are joined, halved or
lying on their side.
"""

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.marks.whole import all_ink
from inkdigits.synthesis.canvas import CANVAS_PX

Canvas = npt.NDArray[np.uint8]

Digit = tuple[Canvas, int]
# The halves of digits that look like no digit; the other halves look like one.
_HALVES = {
    0: "both",
    2: "both",
    5: "both",
    4: "left",
    6: "left",
}


def drawn_negative(rng: np.random.Generator, one: Digit, other: Digit) -> Canvas:
    """One canvas with a non-digit of a random kind.

    `one` and `other` are digits that may be joined, halved or turned.
    """
    kinds = (
        _noise,
        _specks,
        _lines,
        _texture,
        _blotches,
        _blotches,
        _corner,
        _scribble,
        _made_up,
        _made_up,
    )
    kind = int(rng.integers(len(kinds) + 6))
    if kind < len(kinds):
        return kinds[kind](rng)
    if kind == len(kinds) and one[1] in _HALVES:
        return _half(rng, *one)
    if kind <= len(kinds) + 2 and one[1] != 0:
        return np.ascontiguousarray(np.rot90(one[0], 1 if rng.random() < 0.5 else 3))
    return _glued(rng, one[0], other[0])


def _blank() -> Canvas:
    """A canvas without ink."""
    return np.zeros((CANVAS_PX, CANVAS_PX), np.uint8)


def _noise(rng: np.random.Generator) -> Canvas:
    """Patches of any shade, fine or coarse."""
    side = int(rng.integers(4, 30))
    size = (CANVAS_PX, CANVAS_PX)
    grain = rng.integers(0, 256, (side, side), dtype=np.uint8)
    large = cv2.resize(grain, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(large, np.uint8)


def _specks(rng: np.random.Generator) -> Canvas:
    """Dots alone."""
    out = _blank()
    count = int(rng.integers(2, 12))
    places = rng.integers(8, CANVAS_PX - 8, (count, 2))
    for x, y in places.tolist():
        radius_px = int(rng.integers(1, 4))
        shade = int(rng.integers(100, 256))
        cv2.circle(out, (x, y), radius_px, shade, -1)
    return out


def _lines(rng: np.random.Generator) -> Canvas:
    """Horizontal or crossing lines: a single upright one would be a real 1."""
    out = _blank()
    for _ in range(int(rng.integers(1, 4))):
        y = int(rng.integers(10, CANVAS_PX - 10))
        tilt = int(rng.integers(-8, 9))
        start = (4, y)
        end = (CANVAS_PX - 4, y + tilt)
        shade = int(rng.integers(120, 256))
        thick = int(rng.integers(1, 5))
        cv2.line(out, start, end, shade, thick, cv2.LINE_AA)
    # Upright lines come two or more at a time.
    if rng.random() < 0.4:
        for x in rng.integers(8, CANVAS_PX - 8, int(rng.integers(2, 4))):
            start = (int(x), 4)
            end = (int(x), CANVAS_PX - 4)
            shade = int(rng.integers(120, 256))
            thick = int(rng.integers(1, 4))
            cv2.line(out, start, end, shade, thick)
    return out


def _texture(rng: np.random.Generator) -> Canvas:
    """Cloth, wood or plaster: soft patches without an edge."""
    shape = (CANVAS_PX, CANVAS_PX)
    grain = rng.normal(0, 1, shape).astype(np.float32)
    patch_px = rng.uniform(1, 6)
    smooth = cv2.GaussianBlur(grain, (0, 0), patch_px)
    strongest = max(float(np.abs(smooth).max()), 1e-6)
    # Only what is darker than the mean is ink.
    ink = np.clip(smooth / strongest, 0, 1)
    return (ink * 255).astype(np.uint8)


def _blotches(rng: np.random.Generator) -> Canvas:
    """What the reader makes of rough, blank paper."""
    side = int(rng.integers(24, 120))
    shade = rng.uniform(80, 220)
    paper = np.full((side, side), shade, np.float32)
    # Grain, and stains.
    fine = rng.uniform(0.5, 3)
    coarse = rng.uniform(3, 24)
    for spread_px in (fine, coarse):
        noise = rng.normal(0, 1, paper.shape).astype(np.float32)
        blotches = cv2.GaussianBlur(noise, (0, 0), spread_px)
        depth = rng.uniform(0, 22)
        # Blurred noise is weaker; each layer is brought to its depth.
        spread = max(float(blotches.std()), 1e-6)
        paper += blotches * np.float32(depth / spread)
    picture = np.clip(paper, 0, 255).astype(np.uint8)
    ink = all_ink(picture)
    # Paper that is too even for any ink teaches nothing.
    return ink if ink.any() else _blotches(rng)


def _corner(rng: np.random.Generator) -> Canvas:
    """A box, or the upper part of one whose lines cross."""
    out = _blank()
    left, top = rng.integers(10, 24, 2).tolist()
    right, bottom = rng.integers(44, CANVAS_PX - 4, 2).tolist()
    thick = int(rng.integers(1, 5))
    is_whole = rng.random() < 0.5
    if is_whole:
        cv2.rectangle(out, (left, top), (right, bottom), 255, thick)
        return out
    cv2.line(out, (left, top), (right, top), 255, thick)
    # Lines drawn by hand extend a little beyond where they cross.
    for x in (right - 6, left + 4):
        cv2.line(out, (x, top - 5), (x, bottom), 255, thick)
    return out


def _scribble(rng: np.random.Generator) -> Canvas:
    out = _blank()
    points = rng.integers(8, CANVAS_PX - 8, (int(rng.integers(6, 16)), 2)).astype(
        np.int32
    )
    cv2.polylines(out, [points], False, 255, int(rng.integers(1, 5)), cv2.LINE_AA)
    return out


def _made_up(rng: np.random.Generator) -> Canvas:
    """A made-up sign: a few curved strokes that cross or meet, as in letters."""
    out = _blank()
    thick = int(rng.integers(2, 7))
    knots = rng.integers(14, CANVAS_PX - 14, (5, 2)).astype(np.float64)
    for _ in range(int(rng.integers(3, 6))):
        start = knots[rng.integers(5)]
        bend = rng.uniform(8, CANVAS_PX - 8, 2)
        end = knots[rng.integers(5)]
        # A quadratic Bézier curve.
        along = np.linspace(0, 1, 12)[:, None]
        curve = (
            (1 - along) ** 2 * start + 2 * along * (1 - along) * bend + along**2 * end
        )
        cv2.polylines(
            out, [curve.round().astype(np.int32)], False, 255, thick, cv2.LINE_AA
        )
    return out


def _half(rng: np.random.Generator, digit: Canvas, label: int) -> Canvas:
    """A digit cut from top to bottom, as a wrong split would leave it."""
    left, _, width, _ = cv2.boundingRect(digit)
    cut = left + round(width * rng.uniform(0.38, 0.62))
    out = digit.copy()
    if _HALVES[label] == "left" or rng.random() < 0.5:
        out[:, cut:] = 0
    else:
        out[:, :cut] = 0
    return out


def _glued(rng: np.random.Generator, one: Canvas, other: Canvas) -> Canvas:
    """Two digits side by side that touch, or nearly so."""
    left, _, width, _ = cv2.boundingRect(one)
    first = one[:, left : left + width]
    left, _, next_width, _ = cv2.boundingRect(other)
    second = other[:, left : left + next_width]

    # A little of one over the other, or a gap of a pixel or two.
    overlap_px = int(rng.integers(-2, 5))
    start = max(1, width - overlap_px)
    wide = np.zeros((CANVAS_PX, 2 * CANVAS_PX), np.uint8)
    wide[:, :width] = first
    target = wide[:, start : start + next_width]
    np.maximum(target, second, out=target)
    # Both must fit into the width of one.
    size = (CANVAS_PX, CANVAS_PX // 2)
    both = cv2.resize(wide, size, interpolation=cv2.INTER_AREA)
    return np.asarray(both, np.uint8)
