"""A whole page → its strokes: ink cleaned of paper, shadow, rules and boxes, in pieces that hang together."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.input.pages import Grey
from inkdigits.reading.paper import Contrast, Mask, contrast_of, contrasts_of, hysteresis, noise_floor, pieces_of
from inkdigits.reading.rests import edges_from_rim, frame_rests, touches_rim
from inkdigits.reading.results import Box
from inkdigits.reading.rules import page_rules, without_boxes

WORK_PX = 2000
_SMALL_PX = 96
_MOST_ENLARGED = 4
_ENOUGH_PX, _MOST_REDUCED = 40, 4
_TILES = 24
_FULL = 0.85
_LEAST_AREA_PX = 6
_MOST_STROKES = 10_000
_LARGE_PX = 200
_UNEVEN = 0.3
_FULL_BOX, _SOLID, _SOLID_ALONE, _LONGISH, _SOLID_PENS = 0.68, 0.76, 0.46, 2.2, 2.0
_DARKER_THAN_RULE = 1.25
_BESIDE_RULE = 0.35
_PENS, _BLOT_PENS = 12, 1.6
_AS_TALL, _LEVEL, _FAR_WIDER = 1.25, 0.2, 0.35
Matrix = npt.NDArray[np.float64]


class Look(NamedTuple):
    """Ink has the share `weak` of the strongest contrast near it, where it hangs together with some that has `strong`."""

    weak: float
    strong: float


DARK, FAINT = Look(0.35, 0.6), Look(0.24, 0.4)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page's ink (255 = full), the number of the stroke each pixel belongs to, and where each stroke lies.

    `boxes` has a row for each stroke: left, top, right, bottom, pixels; stroke n + 1 in `labels` is row n.
    `to_page` turns the sheet's pixels into those of the page.
    """

    ink: Grey
    labels: npt.NDArray[np.int32]
    boxes: npt.NDArray[np.int64]
    to_page: Matrix

    @property
    def scale(self) -> float:
        """How many of the page's pixels one of the sheet's is."""
        return float(np.hypot(*self.to_page[0, :2]))

    def on_page(self, left: float, top: float, right: float, bottom: float) -> Box:
        """The upright box on the page around a box on the sheet."""
        across, down = float(self.to_page[0, 0]), float(self.to_page[1, 1])
        if across > 0 and down > 0 and np.count_nonzero(self.to_page) == 2:
            return Box(round(left * across), round(top * down), max(1, round(right * across)), max(1, round(bottom * down)))
        corners = np.array([[left, top, 1], [right, top, 1], [left, bottom, 1], [right, bottom, 1]], float)
        points = corners @ self.to_page.T
        low, high = points.min(axis=0), points.max(axis=0)
        return Box(max(0, round(low[0])), max(0, round(low[1])), max(1, round(high[0])), max(1, round(high[1])))


def sheet_of(grey: Grey, turn_deg: float = 0.0, look: Look = DARK) -> Sheet:
    """The strokes of a page of grey, the page first turned by so many degrees (against the clock)."""
    sized, to_page = _laid(grey, turn_deg)
    return _strokes_of(*contrast_of(sized), look, to_page)


def other_sheets_of(grey: Grey, turn_deg: float = 0.0, digit_px: float = 0.0) -> Iterator[Sheet]:
    """The strokes of a page where ink is told from paper in other ways than `sheet_of` does, likeliest first.

    Where its smallest digits are known to have `digit_px`, a page is brought down to what they need.
    """
    sized, to_page = _laid(grey, turn_deg, min(_MOST_REDUCED, int(digit_px / _ENOUGH_PX)))
    ways = contrasts_of(sized)
    way = next(ways)
    for following in ways:
        for look in (DARK, FAINT):
            yield _strokes_of(*way, look, to_page)
        way = following
    yield _strokes_of(*way, FAINT, to_page)  # the last way is that of `sheet_of`


def _laid(grey: Grey, turn_deg: float, smaller: int = 1) -> tuple[Grey, Matrix]:
    """The page at its working size or so many times smaller than it was, turned, and the way back."""
    sized, to_page = _sized(grey, smaller)
    return _turned(sized, to_page, turn_deg) if turn_deg else (sized, to_page)


def _strokes_of(contrast: Contrast, noise: float, look: Look, to_page: Matrix) -> Sheet:
    mask, ink = _inked(contrast, noise, look)
    pieces = pieces_of(mask)
    cleaned = _off_rules(without_boxes(mask, pieces), contrast, page_rules(contrast > noise_floor(noise)))
    labels, stats = pieces if cleaned is mask else pieces_of(cleaned)
    boxes = stats[1:].astype(np.int64)
    boxes[:, 2] += boxes[:, 0]
    boxes[:, 3] += boxes[:, 1]
    keep = (boxes[:, 4] >= _LEAST_AREA_PX) & ~_rests_of_page(boxes, labels.shape)
    rests = (_blots_at_rim, _solid, frame_rests, edges_from_rim)
    keep[keep] = ~np.any([find(labels, boxes, keep) for find in rests], axis=0)
    if int(keep.sum()) > _MOST_STROKES:
        keep &= boxes[:, 4] >= np.partition(boxes[keep, 4], -_MOST_STROKES)[-_MOST_STROKES]
    numbers = np.zeros(len(stats), np.int32)
    numbers[1:][keep] = np.arange(1, int(keep.sum()) + 1)
    return Sheet(ink, numbers[labels], boxes[keep], to_page)


def _sized(grey: Grey, smaller: int) -> tuple[Grey, Matrix]:
    """Large pages brought down, small pictures enlarged, so that strokes have a few pixels of width."""
    longest, shortest = max(grey.shape), min(grey.shape)
    sized, factor = grey, max(smaller, -(-longest // WORK_PX))
    if factor > 1:
        sized = cv2.resize(grey, None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)
    elif shortest < _SMALL_PX:
        scale = min(_MOST_ENLARGED, -(-_SMALL_PX // shortest), WORK_PX / longest)
        sized = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    across, down = grey.shape[1] / sized.shape[1], grey.shape[0] / sized.shape[0]
    return np.asarray(sized, np.uint8), np.array([[across, 0, 0], [0, down, 0]], np.float64)


def _turned(grey: Grey, to_page: Matrix, degrees: float) -> tuple[Grey, Matrix]:
    """The page turned about its middle, on a canvas that holds all of it; quarter turns lose nothing."""
    height, width = grey.shape
    quarters, rest = divmod(degrees, 90.0)
    if rest == 0.0:
        backs = [
            [[1, 0, 0], [0, 1, 0]],
            [[0, -1, width], [1, 0, 0]],
            [[-1, 0, width], [0, -1, height]],
            [[0, 1, 0], [-1, 0, height]],
        ]
        back = np.vstack([np.array(backs[int(quarters) % 4], np.float64), [0, 0, 1]])
        return np.ascontiguousarray(np.rot90(grey, int(quarters) % 4)), to_page @ back
    radians = np.deg2rad(degrees)
    cos, sin = np.cos(radians), np.sin(radians)
    new_width, new_height = round(abs(width * cos) + abs(height * sin)), round(abs(width * sin) + abs(height * cos))
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    matrix[:, 2] += [(new_width - width) / 2, (new_height - height) / 2]
    turned = cv2.warpAffine(grey, matrix, (new_width, new_height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    back = np.vstack([cv2.invertAffineTransform(matrix), [0, 0, 1]])
    return np.asarray(turned, np.uint8), to_page @ back


def _inked(contrast: Contrast, noise: float, look: Look) -> tuple[Mask, Grey]:
    """Ink against the darkest ink near it, so that pencil beside marker is still ink."""
    floor = noise_floor(noise)
    local = _local_most(contrast)
    strong = contrast > np.maximum(floor, look.strong * local)
    weak = np.maximum(0.8 * floor, look.weak * local)
    mask = hysteresis(contrast - weak, strong)
    full = np.maximum(floor, _FULL * local)
    rim = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    ink = np.where(rim, np.minimum(contrast * (255.0 / full), 255), 0).astype(np.uint8)
    return mask, ink


def _off_rules(mask: Mask, contrast: Contrast, rules: Mask) -> Mask:
    """The ink without the rules; ink darker than they are stays, where it hangs together with ink beside them."""
    if not rules.any():
        return mask
    darker = rules & (contrast >= _DARKER_THAN_RULE * float(np.percentile(contrast[rules], 90)))
    beside = mask & ~rules
    kept = beside | (mask & darker)
    count, labels = cv2.connectedComponents(kept.astype(np.uint8), connectivity=8)
    share = np.bincount(labels[beside], minlength=count) / np.maximum(np.bincount(labels.ravel(), minlength=count), 1)
    share[0] = 0
    off: Mask = (share > _BESIDE_RULE)[labels]
    return off


def _local_most(contrast: Contrast) -> Contrast:
    """The strongest contrast around each pixel, by tiles of a twenty-fourth of the page."""
    height, width = contrast.shape
    side = max(16, max(height, width) // _TILES)
    rows, columns = -(-height // side), -(-width // side)
    padded = np.zeros((rows * side, columns * side), np.float32)
    padded[:height, :width] = cv2.blur(contrast, (2, 2))
    tiles = padded.reshape(rows, side, columns, side).max(axis=(1, 3))
    around = cv2.dilate(tiles, np.ones((3, 3), np.uint8))
    return np.asarray(cv2.resize(around, (columns * side, rows * side), interpolation=cv2.INTER_LINEAR)[:height, :width])


def _rests_of_page(boxes: npt.NDArray[np.int64], shape: tuple[int, ...]) -> Mask:
    """Edges of the sheet, shadows at the rim, blots, pieces of broken rules: long and thin, solid, or in line with others."""
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    long, short = np.maximum(width, height), np.maximum(np.minimum(width, height), 1)
    rows, columns = shape
    at_side = (boxes[:, 0] <= 1) | (boxes[:, 2] >= columns - 1)
    at_end = (boxes[:, 1] <= 1) | (boxes[:, 3] >= rows - 1)
    lies_along = (at_side & (height > 3 * width)) | (at_end & (width > 3 * height)) | ((at_side | at_end) & (long > 7 * short))
    huge = (height > 0.5 * rows) | (width > 0.5 * columns)
    runs_off = (at_side | at_end) & huge & (boxes[:, 4] < 0.2 * width * height)
    bare = (long > 0.4 * np.where(height >= width, rows, columns)) & (long > 12 * short)
    bare[bare] = [not _stands_as_others_do(row, boxes) for row in np.flatnonzero(bare).tolist()]
    solid = (boxes[:, 4] > _SOLID * width * height) & (long < 2.2 * short)
    return (
        lies_along
        | runs_off
        | bare
        | solid
        | _broken_rules(boxes, shape, upright=True)
        | _broken_rules(boxes, shape, upright=False)
    )


def _stands_as_others_do(row: int, boxes: npt.NDArray[np.int64]) -> bool:
    """Whether a stroke is upright, as tall as another that is far wider, and at its height: a 1 among digits."""
    width, height, middle = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1], (boxes[:, 1] + boxes[:, 3]) / 2
    tall = int(height[row])
    alike = (height >= tall / _AS_TALL) & (height <= _AS_TALL * tall) & (abs(middle - middle[row]) <= _LEVEL * tall)
    return tall > width[row] and bool((alike & (width >= _FAR_WIDER * tall)).any())


def _broken_rules(boxes: npt.NDArray[np.int64], shape: tuple[int, ...], *, upright: bool) -> Mask:
    """Three or more thin pieces one behind the other on one straight line, over a good part of the page.

    Digits stand in columns too, but with gaps as wide as themselves, and all of one height.
    """
    across, along = (0, 1) if upright else (1, 0)
    thick, length = boxes[:, across + 2] - boxes[:, across], boxes[:, along + 2] - boxes[:, along]
    found = np.zeros(len(boxes), bool)
    thin = np.flatnonzero((length >= 1.2 * thick) & (thick <= max(7, 0.006 * max(shape))))
    if len(thin) < 3:
        return found
    order = thin[np.argsort(boxes[thin, across] + boxes[thin, across + 2], kind="stable")]
    middles = (boxes[order, across] + boxes[order, across + 2]) / 2
    for start in range(len(order)):
        group = order[start : int(np.searchsorted(middles, middles[start] + max(2.0, 0.008 * max(shape)), side="right"))]
        covered = int(length[group].sum())
        span = int(boxes[group, along + 2].max() - boxes[group, along].min())
        uneven = float(length[group].std()) > _UNEVEN * float(length[group].mean())
        if len(group) >= 3 and span > 0.35 * shape[0 if upright else 1] and covered > (0.3 if uneven else 0.65) * span:
            found[group] = True
    return found


def _blots_at_rim(labels: npt.NDArray[np.int32], boxes: npt.NDArray[np.int64], keep: Mask) -> Mask:
    """Of the kept strokes, those that run off the page and are far thicker than a pen: shadow and table, not ink."""
    rows = np.flatnonzero(keep)
    rim = touches_rim(boxes[rows], labels.shape)
    blots = np.zeros(len(rows), bool)
    if not rim.any() or rim.all():
        return blots
    pen_px = _pen_px(labels, boxes, rows[~rim])
    blots[rim] = [_thickness_px(labels, boxes, row) > _BLOT_PENS * pen_px for row in rows[rim]]
    return blots


def _solid(labels: npt.NDArray[np.int32], boxes: npt.NDArray[np.int64], keep: Mask) -> Mask:
    """Of the kept strokes, those nearly as thick as they are wide and high: blots, dots and things, not pen strokes."""
    rows = np.flatnonzero(keep)
    width, height = boxes[rows, 2] - boxes[rows, 0], boxes[rows, 3] - boxes[rows, 1]
    short = np.minimum(width, height)
    full = (boxes[rows, 4] > _FULL_BOX * width * height) & (np.maximum(width, height) < _LONGISH * short)
    if not full.any():
        return np.zeros(len(rows), bool)
    others = rows[~full]
    pen_px = _pen_px(labels, boxes, others)
    solid = np.zeros(len(rows), bool)
    for at in np.flatnonzero(full).tolist():
        thick_px = _thickness_px(labels, boxes, rows[at])
        share = _SOLID if len(others) or max(labels.shape) < _LARGE_PX else _SOLID_ALONE
        solid[at] = 2 * thick_px > share * short[at] and thick_px > _SOLID_PENS * pen_px
    return solid


def _pen_px(labels: npt.NDArray[np.int32], boxes: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]) -> float:
    """The usual thickness of the largest of some strokes, 0 where there are none."""
    largest = rows[np.argsort(-boxes[rows, 4])[:_PENS]]
    return float(np.median([_thickness_px(labels, boxes, row) for row in largest])) if len(largest) else 0.0


def _thickness_px(labels: npt.NDArray[np.int32], boxes: npt.NDArray[np.int64], row: int) -> float:
    left, top, right, bottom, _ = boxes[row].tolist()
    own = (labels[top:bottom, left:right] == row + 1).astype(np.uint8)
    padded = cv2.copyMakeBorder(own, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(0,))
    return float(cv2.distanceTransform(padded, cv2.DIST_L2, 3).max())
