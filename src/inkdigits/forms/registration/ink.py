"""What is written on an aligned page: its ink without the print of the blank.

A field is cut out only if its print is in place.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.forms.registration.align import Alignment
from inkdigits.forms.registration.blank import PX_PER_MM, print_on
from inkdigits.forms.template import Rect
from inkdigits.reading.input.pages import Grey

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class InkSettings:
    """How print is told from ink; pixels at the working size."""

    # The least darkness of what counts as dark, in grey levels below white.
    page_darkness: int = 50
    # How much wider or shifted print may be on a page, half of it on either side.
    spread_px: int = 5
    # How far a field's own frame may be from where the page's print says.
    own_reach_px: int = 3
    heal_px: int = 3  # how far strokes are continued from where the print was
    paper_px: int = 15  # how far around print its paper is looked at
    # How much darker than its paper a stroke is at least, in grey levels.
    stroke_darkness: int = 15
    own_margin_mm: float = 0.6  # print around a field that is its own frame
    least_print_px: int = 120  # fewer pixels of lines say nothing
    # Share of a frame's vertical, and of its horizontal, lines that must be on the
    # page.
    least_kept: float = 0.55
    line_px: int = 17  # straight print of at least this length is a line


INK = InkSettings()


@dataclass(frozen=True, slots=True)
class Written:
    """A field cut out of the page: as it is, and without the print."""

    seen: Grey
    written: Grey
    left: float  # of the cut-out, in pixels of the blank
    top: float


def cut_out(
    found: Alignment, rect: Rect, margin_mm: float, settings: InkSettings = INK
) -> Written | None:
    """The field's cut-out, or None if its print is not in place.

    That is the print around it and its own frame.
    """
    middle_x = (rect.left + rect.right) / 2 * PX_PER_MM
    middle_y = (rect.top + rect.bottom) / 2 * PX_PER_MM
    shift = found.shift_at(middle_x, middle_y)
    if shift is None:
        return None
    rows, columns = found.blank.cut(rect, margin_mm)
    print_ = found.blank.grey[rows, columns]
    # Paper stretches: tiles nearby give most of the shift, the field's own frame the
    # rest.
    shift_x, shift_y = shift
    rest_x, rest_y = _own_shift(found.grey, print_, rows, columns, shift, settings)
    whole_shift = (shift_x + rest_x, shift_y + rest_y)
    page = _shifted(found.grey, rows, columns, whole_shift)
    if not frame_is_in_place(
        found.blank.grey, page, rect, found, (rows, columns), settings
    ):
        return None
    written = without_print(page, print_, settings)
    return Written(page, written, float(columns.start), float(rows.start))


def _own_shift(
    grey: Grey,
    print_: Grey,
    rows: slice,
    columns: slice,
    shift: tuple[float, float],
    settings: InkSettings,
) -> tuple[float, float]:
    """How much further the field's own frame is off: where most of its print is dark.

    Paper is never quite flat.
    """
    mask = print_on(print_).astype(np.float32)
    if mask.sum() < settings.least_print_px:
        return 0.0, 0.0
    reach = settings.own_reach_px
    around = _shifted(
        grey,
        slice(rows.start - reach, rows.stop + reach),
        slice(columns.start - reach, columns.stop + reach),
        shift,
    )
    dark = 255 - around.astype(np.float32)
    scores = cv2.matchTemplate(dark, mask, cv2.TM_CCORR)
    y, x = (
        int(place) for place in np.unravel_index(int(scores.argmax()), scores.shape)
    )
    return float(x - reach), float(y - reach)


def _shifted(
    grey: Grey, rows: slice, columns: slice, shift: tuple[float, float]
) -> Grey:
    """A part of the page, with the shift of its print undone."""
    shift_x, shift_y = shift
    left = columns.start + shift_x
    top = rows.start + shift_y
    matrix = np.array([[1, 0, left], [0, 1, top]], np.float32)
    width = columns.stop - columns.start
    height = rows.stop - rows.start
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(
        grey, matrix, (width, height), flags=flags, borderValue=(255,)
    )
    return np.asarray(moved, np.uint8)


def without_print(page: Grey, blank: Grey, settings: InkSettings = INK) -> Grey:
    """The page without its print; strokes that cross print are continued across it.

    Most print has no stroke near it. There it becomes paper, which is much faster.
    """
    print_ = print_on(blank)
    if not print_.any():
        return page
    wide = cv2.dilate(
        print_, np.ones((settings.spread_px, settings.spread_px), np.uint8)
    )
    is_bare = wide == 0
    if not is_bare.any():
        return np.full_like(page, 255)
    usual = float(np.median(page[is_bare]))
    is_stroke = is_bare & (page < usual - settings.stroke_darkness)
    paper = _shade_around(page, is_bare & ~is_stroke, usual, settings.paper_px)
    side = 2 * (settings.spread_px + settings.heal_px) + 1
    near = cv2.dilate(is_stroke.astype(np.uint8), np.ones((side, side), np.uint8))
    clean = np.where(wide > 0, paper, page)
    crossed = cv2.bitwise_and(wide, near)
    if not crossed.any():
        return clean
    healed = cv2.inpaint(clean, crossed, settings.heal_px, cv2.INPAINT_TELEA)
    return np.asarray(healed, np.uint8)


def _shade_around(page: Grey, paper: Mask, usual: float, reach: int) -> Grey:
    """The mean shade of the paper around each pixel; the usual one where there is none."""
    seen = paper.astype(np.float32)
    size = (2 * reach + 1, 2 * reach + 1)
    share = cv2.blur(seen, size)
    shade = cv2.blur(seen * page, size) / np.maximum(share, 1e-6)
    return np.where(share > 1e-3, shade.round(), usual).astype(np.uint8)


def frame_is_in_place(
    blank: Grey,
    page: Grey,
    rect: Rect,
    found: Alignment,
    cut: tuple[slice, slice],
    settings: InkSettings = INK,
) -> bool:
    """Whether the field's own lines are on the page where the blank has them.

    Vertical and horizontal lines must each be there.
    """
    rows, columns = cut
    own_rows, own_columns = found.blank.cut(rect, settings.own_margin_mm)
    print_ = np.zeros(blank[rows, columns].shape, np.uint8)
    inside = (
        slice(max(0, own_rows.start - rows.start), own_rows.stop - rows.start),
        slice(
            max(0, own_columns.start - columns.start), own_columns.stop - columns.start
        ),
    )
    print_[inside] = print_on(blank[rows, columns][inside])
    dark = cv2.dilate(
        (page < 255 - settings.page_darkness).astype(np.uint8),
        np.ones((3, 3), np.uint8),
    ).astype(bool)
    for shape in ((settings.line_px, 1), (1, settings.line_px)):
        lines = cv2.morphologyEx(
            print_, cv2.MORPH_OPEN, np.ones(shape, np.uint8)
        ).astype(bool)
        if (
            lines.sum() > settings.least_print_px
            and dark[lines].mean() < settings.least_kept
        ):
            return False
    return True
