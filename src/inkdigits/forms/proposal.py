"""A blank form → a template to start with.

Its combs, boxes, tables, tick boxes and lines become fields.

lines of print → what they enclose → combs, tables, tick boxes and boxes
→ fields, in reading order
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.forms.registration.blank import PX_PER_MM
from inkdigits.forms.schema import VERSION
from inkdigits.forms.template import Rect
from inkdigits.reading.input.pages import Grey

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ProposalSettings:
    """What counts as a field; lengths in millimetres."""

    darkness: int = 90  # grey levels below white: print
    line: float = 3.0  # straight print of at least this length is a line
    least_side: float = 2.2  # the shorter side of what lines enclose
    # Share of its bounding box: a rectangle, not a frame around others.
    least_filled: float = 0.88
    text: float = 0.006  # share of print inside: a heading, not a place to write
    apart: float = 1.2  # neighbours in a row or column stand no further apart
    uneven: float = 1.0  # their edges may differ by this much
    comb_width: tuple[float, float] = (3.0, 14.0)  # of one box of a comb
    comb_height: tuple[float, float] = (4.0, 18.0)
    alike: float = 0.2  # how much the widths of a comb's boxes may differ
    tick: tuple[float, float] = (2.2, 7.0)  # sides of a tick box
    tick_reach: float = 18.0  # tick boxes no further apart are choices of one field
    image_height: float = 14.0  # a higher box is for a signature or a note
    least_box_width: float = 8.0
    line_field: float = 20.0  # a line of this length has a place to write above it,
    line_room: float = 7.0  # of this height


PROPOSAL = ProposalSettings()


def propose(
    name: str, pages: Sequence[tuple[Grey, str]], settings: ProposalSettings = PROPOSAL
) -> dict[str, Any]:
    """The content of a template for blank pages at the working size.

    `pages` holds each page with the name of its picture file.
    """
    counts: dict[str, int] = {}
    made = []
    for grey, blank in pages:
        size = [round(side / PX_PER_MM, 1) for side in grey.shape[::-1]]
        fields = [_named(field, counts) for field in fields_on(grey, settings)]
        made.append({"size": size, "blank": blank, "fields": fields})
    return {"inkdigits_form": VERSION, "name": name, "pages": made, "rules": []}


def _named(field: dict[str, Any], counts: dict[str, int]) -> dict[str, Any]:
    """The field with a name: its type, and a number within that type."""
    kind = field["type"]
    number = counts.get(kind, 0) + 1
    counts[kind] = number
    return {"name": f"{kind}_{number}", **field}


def fields_on(
    grey: Grey, settings: ProposalSettings = PROPOSAL
) -> list[dict[str, Any]]:
    """The fields of a page, from top to bottom."""
    dark = grey < 255 - settings.darkness
    lines = _lines(dark, settings)
    cells = _cells(lines, dark, settings)
    grids, rest = _grids(cells, settings)
    fields = [_table(grid) for grid in grids]
    ticks: list[Rect] = []
    # Boxes side by side are one comb; single boxes are told apart by size.
    for row in _rows(rest, settings):
        if len(row) > 1 and _is_comb(row, settings):
            fields.append(
                {"type": "digits", "digits": len(row), "box": _sides(_around(row))}
            )
            continue
        for cell in row:
            if _is_tick(cell, settings):
                ticks.append(cell)
            elif cell.height > settings.image_height:
                fields.append({"type": "image", "box": _sides(cell)})
            elif cell.width >= settings.least_box_width:
                fields.append({"type": "number", "comb": False, "box": _sides(cell)})
    fields += [_choice(group) for group in _near_groups(ticks, settings)]
    fields += [
        {"type": "number", "comb": False, "box": _sides(box)}
        for box in _blank_lines(lines, dark, cells, settings)
    ]
    return sorted(fields, key=_place)


def _lines(dark: Mask, settings: ProposalSettings) -> Mask:
    """Print that runs straight on, level or upright; small gaps are closed."""
    length = round(settings.line * PX_PER_MM)
    small = np.ones((3, 3), np.uint8)
    across = np.ones((1, length), np.uint8)
    down = np.ones((length, 1), np.uint8)
    whole = cv2.morphologyEx(dark.astype(np.uint8), cv2.MORPH_CLOSE, small)
    # Opening keeps only what is at least as long as its kernel.
    level = cv2.morphologyEx(whole, cv2.MORPH_OPEN, across)
    upright = cv2.morphologyEx(whole, cv2.MORPH_OPEN, down)
    return np.asarray(level | upright, bool)


def _cells(lines: Mask, dark: Mask, settings: ProposalSettings) -> list[Rect]:
    """Rectangles that are enclosed by lines and have no print in them."""
    walls = cv2.dilate(lines.astype(np.uint8), np.ones((3, 3), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(1 - walls, connectivity=4)
    height, width = lines.shape
    least = settings.least_side * PX_PER_MM
    rects = []
    for label in range(1, count):
        left, top, wide, tall, area = (int(value) for value in stats[label])
        at_edge = left == 0 or top == 0 or left + wide == width or top + tall == height
        if (
            at_edge
            or min(wide, tall) < least
            or area < settings.least_filled * wide * tall
        ):
            continue
        inside = dark[top + 1 : top + tall - 1, left + 1 : left + wide - 1]
        if inside.mean() > settings.text:
            continue
        # Lines were widened by a pixel on each side, and each cell gets half of its
        # lines.
        rects.append(_rect(left - 2, top - 2, left + wide + 2, top + tall + 2))
    return rects


def _rect(left: float, top: float, right: float, bottom: float) -> Rect:
    """A rectangle in pixels as one in millimetres, to 0.01 mm."""
    in_px = (left, top, right, bottom)
    in_mm = [round(side / PX_PER_MM, 2) for side in in_px]
    return Rect(*in_mm)


def _grids(
    cells: Sequence[Rect], settings: ProposalSettings
) -> tuple[list[list[list[Rect]]], list[Rect]]:
    """Tables, and the cells that are in none.

    A table has two or more rows of two or more cells, each row right below the one
    before and with the same columns.
    """
    rows = [row for row in _rows(cells, settings) if len(row) > 1]
    grids: list[list[list[Rect]]] = []
    for row in rows:
        above = next(
            (grid for grid in grids if _continues(grid[-1], row, settings)), None
        )
        if above is None:
            grids.append([row])
        else:
            above.append(row)
    # Two rows of comb boxes, one below the other, are two combs; more rows are a table.
    tables = [
        grid
        for grid in grids
        if len(grid) > 1 and (len(grid) > 2 or not _is_comb(grid[0], settings))
    ]
    used = {cell for grid in tables for row in grid for cell in row}
    return tables, [cell for cell in cells if cell not in used]


def _continues(
    above: Sequence[Rect], row: Sequence[Rect], settings: ProposalSettings
) -> bool:
    """Whether a row stands right below another, its boxes under the other's."""
    if len(above) != len(row):
        return False
    # A row may begin a little above the end of the one before it.
    gap = row[0].top - above[0].bottom + settings.uneven
    most = settings.apart + settings.uneven
    if not 0 <= gap <= most:
        return False
    for upper, lower in zip(above, row, strict=True):
        off_by = abs(upper.left - lower.left)
        if off_by >= settings.uneven:
            return False
    return True


def _rows(cells: Sequence[Rect], settings: ProposalSettings) -> list[list[Rect]]:
    """Cells that stand side by side and touch, from left to right."""
    rows: list[list[Rect]] = []
    for cell in sorted(cells, key=lambda each: each.left):
        beside = (row for row in rows if _touches(row[-1], cell, settings))
        row = next(beside, None)
        if row is None:
            rows.append([cell])
        else:
            row.append(cell)
    rows.sort(key=lambda row: (row[0].top, row[0].left))
    return rows


def _touches(one: Rect, other: Rect, settings: ProposalSettings) -> bool:
    level = (
        abs(one.top - other.top) < settings.uneven
        and abs(one.bottom - other.bottom) < settings.uneven
    )
    return level and abs(other.left - one.right) < settings.apart


def _is_comb(row: Sequence[Rect], settings: ProposalSettings) -> bool:
    """Whether boxes in a row have one size, and that of a digit."""
    least_width, most_width = settings.comb_width
    least_height, most_height = settings.comb_height
    widths = [cell.width for cell in row]
    narrowest = min(widths)
    widest = max(widths)
    if narrowest < least_width or widest > most_width:
        return False
    if not least_height <= row[0].height <= most_height:
        return False
    return widest - narrowest < settings.alike * widest


def _is_tick(cell: Rect, settings: ProposalSettings) -> bool:
    """Whether a box is small enough to be ticked, and not a speck."""
    least, most = settings.tick
    shorter = min(cell.width, cell.height)
    longer = max(cell.width, cell.height)
    return least <= shorter and longer <= most


def _near_groups(ticks: Sequence[Rect], settings: ProposalSettings) -> list[list[Rect]]:
    """Tick boxes in a row or column, near to each other."""
    groups: list[list[Rect]] = []
    for box in sorted(ticks, key=lambda each: (each.top, each.left)):
        near = next(
            (group for group in groups if _belongs(group[-1], box, settings)), None
        )
        if near is None:
            groups.append([box])
        else:
            near.append(box)
    return groups


def _belongs(last: Rect, box: Rect, settings: ProposalSettings) -> bool:
    across = box.left - last.right
    down = box.top - last.bottom
    in_row = (
        abs(box.top - last.top) < settings.uneven
        and 0 < across < 2 * settings.tick_reach
    )
    in_column = (
        abs(box.left - last.left) < settings.uneven and 0 < down < settings.tick_reach
    )
    return in_row or in_column


def _choice(group: Sequence[Rect]) -> dict[str, Any]:
    """Tick boxes side by side as one field, its values 1, 2, 3 …"""
    choices = []
    for number, box in enumerate(group, 1):
        # What each box means is printed next to it; a person must enter it.
        choices.append({"value": str(number), "box": _sides(box)})
    return {"type": "choice", "choices": choices}


def _table(grid: Sequence[Sequence[Rect]]) -> dict[str, Any]:
    """A grid of boxes as one field, with a name for each column."""
    around = _around([cell for row in grid for cell in row])
    columns = []
    for number, (left, right) in enumerate(_columns(grid[0], around), 1):
        width = round(right - left, 2)
        column = {"name": f"column_{number}", "type": "number", "width": width}
        columns.append(column)
    return {
        "type": "table",
        "rows": len(grid),
        "columns": columns,
        "box": _sides(around),
    }


def _columns(row: Sequence[Rect], around: Rect) -> list[tuple[float, float]]:
    """Each column from its left edge to the next one's."""
    inner = [cell.left for cell in row[1:]]
    edges = [around.left, *inner, around.right]
    return list(pairwise(edges))


def _blank_lines(
    lines: Mask, dark: Mask, cells: Sequence[Rect], settings: ProposalSettings
) -> list[Rect]:
    """Places above long level lines that belong to no box."""
    length = round(settings.line_field * PX_PER_MM)
    level = cv2.morphologyEx(
        lines.astype(np.uint8), cv2.MORPH_OPEN, np.ones((1, length), np.uint8)
    )
    count, _, stats, _ = cv2.connectedComponentsWithStats(level, connectivity=8)
    room = round(settings.line_room * PX_PER_MM)
    boxes = []
    for label in range(1, count):
        left, top, wide, tall = (int(value) for value in stats[label, :4])
        above = dark[max(0, top - room) : max(0, top - 2), left : left + wide]
        box = _rect(left, top - room, left + wide, top + tall)
        # Thick bars, lines under print and lines at the edge are not fields.
        if (
            tall > PX_PER_MM
            or above.size == 0
            or above.mean() > settings.text
            or top < room
        ):
            continue
        if not any(_meets(box, cell) for cell in cells):
            boxes.append(box)
    return boxes


def _meets(one: Rect, other: Rect) -> bool:
    return (
        one.left < other.right
        and other.left < one.right
        and one.top < other.bottom
        and other.top < one.bottom
    )


def _around(cells: Sequence[Rect]) -> Rect:
    """The smallest rectangle around all of them."""
    left = min(cell.left for cell in cells)
    top = min(cell.top for cell in cells)
    right = max(cell.right for cell in cells)
    bottom = max(cell.bottom for cell in cells)
    return Rect(left, top, right, bottom)


def _sides(rect: Rect) -> list[float]:
    """Left, top, right and bottom, as a template lists them."""
    sides = (rect.left, rect.top, rect.right, rect.bottom)
    return [round(side, 2) for side in sides]


def _place(field: dict[str, Any]) -> tuple[float, float]:
    """The sort key of a field: rows from the top, and each row from the left."""
    if "box" in field:
        left, top = field["box"][:2]
    else:
        # Tick boxes have a box each; the first stands for all of them.
        left, top = field["choices"][0]["box"][:2]
    row = round(top / 4)
    return row, left


@dataclass(frozen=True, slots=True)
class StraightenSettings:
    """How askew a scanned blank may lie."""

    # Angles up to this one are tried to either side, this far apart.
    most_deg: float = 3.0
    step_deg: float = 0.1
    small_px: int = 600  # the longer side of the picture it is estimated on
    least_deg: float = 0.15  # less is not worth the blur


STRAIGHTEN = StraightenSettings()
_PAPERS_MM = ((210.0, 297.0), (215.9, 279.4), (148.0, 210.0))  # A4, Letter, A5
_LIKE_PAPER = 0.035  # tolerance of the ratio of a page's sides, as a logarithm


def straightened(grey: Grey, settings: StraightenSettings = STRAIGHTEN) -> Grey:
    """The page rotated so that its lines are level.

    At that angle, rows of pixels differ most.
    """
    scale = min(1.0, settings.small_px / max(grey.shape))
    small = 255 - cv2.resize(
        grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
    )
    angles = np.arange(
        -settings.most_deg, settings.most_deg + settings.step_deg / 2, settings.step_deg
    )
    spread = [
        float(_turned(small, float(angle), 0).mean(axis=1).var()) for angle in angles
    ]
    best = float(angles[int(np.argmax(spread))])
    return grey if abs(best) < settings.least_deg else _turned(grey, best, 255)


def _turned(grey: Grey, degrees: float, paper: int) -> Grey:
    """The page rotated about its middle, with paper in the empty corners."""
    height, width = grey.shape
    size = (width, height)
    middle = (width / 2, height / 2)
    matrix = cv2.getRotationMatrix2D(middle, degrees, 1.0)
    turned = cv2.warpAffine(
        grey, matrix, size, flags=cv2.INTER_LINEAR, borderValue=(paper,)
    )
    return np.asarray(turned, np.uint8)


def at_working_size(grey: Grey, dpi: float | None) -> Grey:
    """The page at 200 dpi.

    The resolution of a PDF is known. A picture is assumed to show a paper size of its
    shape.
    """
    height, width = grey.shape
    if dpi is not None:
        wide_mm = width / dpi * 25.4
    else:
        papers = [
            paper
            for short, long in _PAPERS_MM
            for paper in ((short, long), (long, short))
        ]
        ratio = width / height
        nearest = min(
            papers, key=lambda paper: abs(np.log(ratio * paper[1] / paper[0]))
        )
        wide_mm = (
            nearest[0]
            if abs(np.log(ratio * nearest[1] / nearest[0])) < _LIKE_PAPER
            else _PAPERS_MM[0][0]
        )
    scale = wide_mm * PX_PER_MM / width
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(
        cv2.resize(
            grey, (round(width * scale), round(height * scale)), interpolation=how
        ),
        np.uint8,
    )
