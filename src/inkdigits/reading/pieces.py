"""One line's strokes → the pieces digits are made of: strokes that may hold two digits are cut where little ink is crossed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.glyphs import stroke_width_px
from inkdigits.reading.input.pages import Grey
from inkdigits.reading.lines import StrokeLine
from inkdigits.reading.sheet import Sheet

Place = tuple[int, int, int, int]  # left, top, right, bottom
_SEAM_PX = 40
_MOST_CUTS = 14
_THICKEST_CUT = 4.5
_SIDE_STEP = 0.35
_FROM_EDGE = 0.14
_ABOVE_EACH_OTHER = 2.0


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a line's ink: its place on the sheet, the stroke it was cut from, and what the cut at its left end crossed.

    `cut` is in widths of the pen; 0 where the piece begins a stroke.
    """

    left: int
    top: int
    ink: Grey
    stroke: int
    cut: float

    @property
    def right(self) -> int:
        return self.left + self.ink.shape[1]

    @property
    def bottom(self) -> int:
        return self.top + self.ink.shape[0]


def stroke_piece(sheet: Sheet, stroke: int) -> Piece:
    """A whole stroke as one piece."""
    left, top, right, bottom, _ = (int(value) for value in sheet.boxes[stroke])
    height, width = sheet.labels.shape
    left, top, right, bottom = max(0, left - 1), max(0, top - 1), min(width, right + 1), min(height, bottom + 1)
    part = np.s_[top:bottom, left:right]
    own = sheet.labels[part] == stroke + 1
    rim = cv2.dilate(own.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    ink = np.where(rim & (own | (sheet.labels[part] == 0)), sheet.ink[part], 0)
    return Piece(left, top, np.asarray(ink, np.uint8), stroke, 0.0)


def cut_pieces(piece: Piece, line: StrokeLine) -> list[Piece]:
    """The piece cut at every place where two digits may touch, from left to right; itself where there is none."""
    height, width = piece.ink.shape
    scale = min(1.0, _SEAM_PX / height)
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    small = cv2.resize(piece.ink, size, interpolation=cv2.INTER_AREA) if scale < 1 else piece.ink
    pen = stroke_width_px(np.asarray(small, np.uint8))
    seams = _seams(np.asarray(small, np.uint8), pen, min(line.height_px * scale, small.shape[0]))
    if not seams:
        return [piece]
    return _along(piece, seams, small.shape[1] / width, small.shape[0] / height)


def _seams(ink: Grey, pen_px: float, height_px: float) -> list[tuple[npt.NDArray[np.int64], float]]:
    """Paths from top to bottom through little ink, apart from each other, with the ink each crosses in pens."""
    height, width = ink.shape
    down, steps = _cheapest(ink)
    up, back = _cheapest(np.ascontiguousarray(ink[::-1]))
    middle = height // 2
    through = down[middle] + up[height - 1 - middle] - ink[middle] / 255.0
    apart = max(2, round(0.12 * height_px))
    edge = max(2, round(_FROM_EDGE * height_px))
    found: list[tuple[npt.NDArray[np.int64], float]] = []
    for x in np.argsort(through, kind="stable").tolist():
        if len(found) >= min(_MOST_CUTS, 3 + 4 * width // max(1, round(height_px))) or through[x] > _THICKEST_CUT * pen_px:
            break
        seam = _trace(steps, back, int(x), middle, height)
        left, right = ink[np.arange(width)[None, :] < seam[:, None]], ink[np.arange(width)[None, :] >= seam[:, None]]
        crossed = float(ink[np.arange(height), np.clip(seam, 0, width - 1)].sum()) / 255.0
        if (
            edge <= x < width - edge
            and all(abs(x - int(other[middle])) >= apart for other, _ in found)
            and left.any()
            and right.any()
        ):
            found.append((seam, crossed / pen_px))
    found.sort(key=lambda pair: int(pair[0][middle]))
    return found


def _cheapest(ink: Grey) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int8]]:
    """The least ink crossed on the way down to each pixel, and which way each step came from."""
    cost = ink.astype(np.float32) / 255.0
    total = cost.copy()
    steps = np.zeros(ink.shape, np.int8)
    for row in range(1, len(cost)):
        above = total[row - 1]
        ways = np.stack([above, np.append(np.inf, above[:-1]) + _SIDE_STEP, np.append(above[1:], np.inf) + _SIDE_STEP])
        best = ways.argmin(axis=0)
        steps[row] = np.array([0, -1, 1], np.int8)[best]
        total[row] += ways[best, np.arange(len(above))]
    return total, steps


def _trace(steps: npt.NDArray[np.int8], back: npt.NDArray[np.int8], x: int, middle: int, height: int) -> npt.NDArray[np.int64]:
    seam = np.zeros(height, np.int64)
    seam[middle] = x
    for row in range(middle, 0, -1):
        seam[row - 1] = seam[row] + steps[row, seam[row]]
    for row in range(middle, height - 1):
        seam[row + 1] = seam[row] + back[height - 1 - row, seam[row]]
    return seam


def _along(piece: Piece, seams: list[tuple[npt.NDArray[np.int64], float]], across: float, down: float) -> list[Piece]:
    height, width = piece.ink.shape
    rows = np.minimum((np.arange(height) * down).astype(int), len(seams[0][0]) - 1)
    columns = np.arange(width)[None, :]
    bounds = [np.zeros(height), *((seam[rows] / across) for seam, _ in seams), np.full(height, width + 1.0)]
    cuts = [0.0, *(crossed for _, crossed in seams)]
    pieces: list[Piece] = []
    for index, cut in enumerate(cuts):
        low = np.maximum.accumulate(np.stack(bounds[: index + 1]), axis=0)[-1] if index else bounds[0]
        ink = np.where((columns >= low[:, None]) & (columns < np.maximum(bounds[index + 1], low)[:, None]), piece.ink, 0)
        left, top, box_width, box_height = cv2.boundingRect(np.asarray(ink, np.uint8))
        if box_width:
            part = ink[top : top + box_height, left : left + box_width]
            fresh = Piece(piece.left + left, piece.top + top, np.asarray(part, np.uint8), piece.stroke, cut)
            pieces.append(replace(fresh, cut=cut + _ABOVE_EACH_OTHER * overlap(pieces[-1], fresh)) if pieces else fresh)
    return pieces


def overlap(one: Piece, other: Piece) -> float:
    """How much of the narrower piece lies above or below the other: digits stand beside each other."""
    shared = min(one.right, other.right) - max(one.left, other.left)
    return max(0, shared) / max(1, min(one.right - one.left, other.right - other.left))


def around(pieces: Sequence[Piece]) -> Place:
    """Left, top, right and bottom of several pieces."""
    return (
        min(piece.left for piece in pieces), min(piece.top for piece in pieces),
        max(piece.right for piece in pieces), max(piece.bottom for piece in pieces),
    )  # fmt: skip


def joined(pieces: list[Piece]) -> Grey:
    """The ink of several pieces on one canvas."""
    if len(pieces) == 1:
        return pieces[0].ink
    left, top, right, bottom = around(pieces)
    canvas = np.zeros((bottom - top, right - left), np.uint8)
    for piece in pieces:
        place = canvas[piece.top - top : piece.bottom - top, piece.left - left : piece.right - left]
        np.maximum(place, piece.ink, out=place)
    return canvas
