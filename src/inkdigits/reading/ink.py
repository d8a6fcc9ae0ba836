"""Page → the ink of its one digit.

Paper, shadows, ruled lines and boxes are removed, and the polarity is determined.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.input.pages import Grey
from inkdigits.reading.paper import (
    Contrast,
    Mask,
    contrast_of,
    contrasts_of,
    hysteresis,
    strong_level,
)
from inkdigits.reading.percentiles import percentile
from inkdigits.reading.rules import without_rules

# The longer side of the working copy: strokes are a few pixels wide, and it is fast
WORK_PX = 512
_TINY_PX, _CLEAN_NOISE = (
    32,
    0.01,
)  # so small and so clean, nothing is there but the digit
_CLEAN_HOLD, _NOISY_HOLD = 0.12, 0.75
# On pictures of at least this size, strokes of so many pixels are removed as skewed ruled lines.
_FINE_FROM_PX, _FINE_PX = 100, (3, 5)


@dataclass(frozen=True, slots=True)
class Ink:
    """A map of ink (255 = full, 0 = paper), with its scale.

    `scale` turns its pixels into those of the page.
    """

    map: Grey
    scale: float = 1.0


def find_ink(grey: Grey) -> Grey:
    """The ink of the page's one digit, as a map of at most 512 pixels a side.

    It is all zero if there is no ink.
    """
    return find(grey).map


def find(grey: Grey) -> Ink:
    """Like `find_ink`, and says how the map's pixels relate to the page's."""
    if _is_framed_already(grey):
        return Ink(grey)
    small, scale = _shrink(grey)
    return _from_contrast(small, scale, *contrast_of(small))


def found(grey: Grey) -> Iterator[Ink]:
    """The ink by each binarization method, the likeliest first.

    Each map says how its pixels relate to the page's.

    The last ones drop everything that is fine: skewed ruled lines, as on photos, are finer than the
    pen.
    """
    if _is_framed_already(grey):
        yield Ink(grey)
        return
    small, scale = _shrink(grey)
    first = None
    for count, (contrast, noise) in enumerate(contrasts_of(small)):
        first = first if count else (contrast, noise)
        yield _from_contrast(small, scale, contrast, noise)
    if first and count and max(small.shape) >= _FINE_FROM_PX:
        for finest in _FINE_PX:
            yield _from_contrast(small, scale, *first, finest)


def _is_framed_already(grey: Grey) -> bool:
    """Whether a picture is a glyph as data sets have them."""
    is_tiny = max(grey.shape) <= _TINY_PX
    return is_tiny and _is_glyph(grey)


def _from_contrast(
    small: Grey, scale: float, contrast: Contrast, noise: float, finest: int = 1
) -> Ink:
    """Ink that is at least `finest` pixels thick."""
    strong = strong_level(contrast, noise)
    if strong is None:
        return Ink(np.zeros(small.shape, np.uint8), scale)
    if max(small.shape) <= _TINY_PX and scale == 1 and noise < _CLEAN_NOISE:
        return Ink(np.round(contrast * 255).astype(np.uint8))
    mask = _held(
        contrast, strong, _CLEAN_HOLD if noise < _CLEAN_NOISE else _NOISY_HOLD, finest
    )
    if noise < _CLEAN_NOISE and _runs_off(mask):
        firm = _held(contrast, strong, _NOISY_HOLD, finest)
        mask = (
            mask if _runs_off(firm) else firm
        )  # it ran off by what is faint alone: a shadow's edge that meets the digit
    return Ink(_inked(contrast, mask, strong), scale)


def _held(contrast: Contrast, strong: float, hold: float, finest: int) -> Mask:
    """The ink of the digit: strong ink and the weaker ink connected to it."""
    mask = without_rules(hysteresis(contrast - hold * strong, contrast > strong))
    if finest > 1:
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (finest, finest))
        mask = np.asarray(
            cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, disc), bool
        )
    return _main_group(mask, contrast)


def _runs_off(mask: Mask) -> bool:
    """Whether ink reaches an edge of the picture."""
    at_top_or_bottom = mask[0].any() or mask[-1].any()
    at_a_side = mask[:, 0].any() or mask[:, -1].any()
    return bool(at_top_or_bottom or at_a_side)


def _is_glyph(grey: Grey) -> bool:
    """Whether this is light ink on pure black, as in the data sets.

    Such a picture needs no cleaning.
    """
    rim = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    return not rim.any() and bool((grey == 0).mean() > 0.3)


def _shrink(grey: Grey) -> tuple[Grey, float]:
    """At most 512 pixels a side.

    Fine strokes keep half their contrast where plain averaging would lose them.
    """
    # Whole factors only, so that every block of pixels has the same size; rounded up.
    factor = -(-max(grey.shape) // WORK_PX)
    if factor == 1:
        return grey, 1.0
    height, width = (max(1, side // factor) for side in grey.shape)
    mean = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    kernel = np.ones((factor, factor), np.uint8)
    offset = factor // 2
    picks = np.ix_(
        np.arange(height) * factor + offset, np.arange(width) * factor + offset
    )
    dark = cv2.erode(grey, kernel)[picks].astype(np.int16)
    light = cv2.dilate(grey, kernel)[picks].astype(np.int16)
    # In each block, the darkest or lightest pixel, whichever is further from the mean.
    toward_light = light - mean > mean.astype(np.int16) - dark
    extreme = np.where(toward_light, light, dark)
    fine = np.abs(extreme - mean) > 40
    return np.where(fine, (extreme + mean) // 2, mean).astype(np.uint8), float(factor)


def _main_group(mask: Mask, contrast: Contrast) -> Mask:
    """The largest and most central piece of ink, with the pieces that belong to it."""
    ink = mask.astype(np.uint8)
    if cv2.connectedComponents(ink, connectivity=8)[0] <= 2:
        return mask
    count, labels, stats, centres = cv2.connectedComponentsWithStats(
        ink, connectivity=8
    )
    weight = np.bincount(
        labels.ravel(), weights=contrast.ravel(), minlength=count
    ).astype(np.float64)
    weight[0] = 0
    main = int((weight * _worth(stats, centres, mask.shape)).argmax())
    if weight[main] <= 0:
        return np.zeros_like(mask)
    members = _joined_to(main, stats, weight, mask.shape)
    is_member = np.zeros(count, bool)
    is_member[members] = True
    return is_member[labels]


def _worth(
    stats: npt.NDArray[np.int32],
    centres: npt.NDArray[np.float64],
    shape: tuple[int, ...],
) -> npt.NDArray[np.float64]:
    """Nearer the middle is worth more.

    Ink that runs off the page, or lies flat as no digit does, is worth little.
    """
    height, width = shape
    off_x = np.abs(centres[:, 0] / width - 0.5) * 2
    off_y = np.abs(centres[:, 1] / height - 0.5) * 2
    central = 1.0 - 0.6 * np.maximum(off_x, off_y)
    flat = stats[:, cv2.CC_STAT_WIDTH] > 5 * stats[:, cv2.CC_STAT_HEIGHT]
    at_edge = _sides_touched(stats, shape) > 0
    return central * np.where(at_edge, 0.25, 1.0) * np.where(flat, 0.1, 1.0)


def _sides_touched(
    stats: npt.NDArray[np.int32], shape: tuple[int, ...]
) -> npt.NDArray[np.int64]:
    """How many sides of the picture each piece touches."""
    left, top, width, height = (stats[:, column] for column in range(4))
    touched = [
        left == 0,
        top == 0,
        left + width == shape[1],
        top + height == shape[0],
    ]
    return np.stack(touched).sum(axis=0)


def _joined_to(
    main: int,
    stats: npt.NDArray[np.int32],
    weight: npt.NDArray[np.float64],
    shape: tuple[int, ...],
) -> list[int]:
    """The main piece, and every piece near enough to belong to the same digit.

    Pieces must also be larger than specks.
    """
    members = [main]
    box = _corners(stats[main])
    touched = _sides_touched(stats, shape)
    # Heavy pieces first: they make the box larger, and bring lighter ones within reach.
    order = [int(index) for index in np.argsort(-weight) if index not in (0, main)]
    for index in order:
        neighbour = _corners(stats[index])
        size = max(box[2] - box[0], box[3] - box[1])
        large = weight[index] > 0.012 * weight[main]
        # What runs off the picture is a neighbour, unless the digit does so itself.
        runs_off = touched[index] > 0 and touched[main] == 0
        if large and not runs_off and _gap(box, neighbour) < 0.22 * size:
            members.append(index)
            box = (
                min(box[0], neighbour[0]),
                min(box[1], neighbour[1]),
                max(box[2], neighbour[2]),
                max(box[3], neighbour[3]),
            )
    return members


def _corners(row: npt.NDArray[np.int32]) -> tuple[int, int, int, int]:
    """A component's left, top, right and bottom, of OpenCV's statistics."""
    left, top, width, height = row[:4].tolist()
    right = left + width
    bottom = top + height
    return left, top, right, bottom


def _gap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> float:
    """The distance between two boxes, 0 where they overlap."""
    left, top, right, bottom = one
    other_left, other_top, other_right, other_bottom = other
    # Along each axis only one of the two can lie before the other.
    to_left = left - other_right
    to_right = other_left - right
    above = top - other_bottom
    below = other_top - bottom
    across = max(to_left, to_right, 0)
    down = max(above, below, 0)
    return float(np.hypot(across, down))


def _inked(contrast: Contrast, mask: Mask, strong: float) -> Grey:
    """Grey ink within the mask and its soft rim, brought to full strength."""
    inked = np.zeros(mask.shape, np.uint8)
    ink = mask.astype(np.uint8)
    left, top, width, height = cv2.boundingRect(ink)
    if not width:
        return inked
    full = max(strong, percentile(contrast[mask], 75))
    full = 1.0 if full > 0.9 else full

    # Only the box around the ink is worked on. The rim lies a pixel outside the mask.
    rows = slice(max(0, top - 1), top + height + 1)
    columns = slice(max(0, left - 1), left + width + 1)
    wider = cv2.dilate(ink[rows, columns], np.ones((3, 3), np.uint8))
    with_rim = wider.astype(bool)
    brightened = np.minimum(contrast[rows, columns] * (255.0 / full), 255)
    shades = np.where(with_rim, brightened, 0)
    inked[rows, columns] = shades.astype(np.uint8)
    return inked
