"""A table's page, read as it would lie straight; what stands in one cell is read alone.

lines of the page → how it leans → the straight page → its lines → rows and columns
→ cells that the Reader took for parts of a longer number, each read alone
→ each column's cells weighed by its kind
→ cells where it found nothing, each looked at once more
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.forms.column_kind import of_one_kind
from inkdigits.forms.records import UNSURE
from inkdigits.forms.straighten import straightened
from inkdigits.forms.tables import Cell, Table, table_of
from inkdigits.reading.input.pages import Grey, Page
from inkdigits.reading.numbers.values import Conventions
from inkdigits.reading.percentiles import percentile
from inkdigits.reading.reader import Reader
from inkdigits.reading.results import Box, Line, PageReading

Matrix = npt.NDArray[np.float64]
Rows = tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class TableReadingSettings:
    """When a page is straightened, and what of it a cell shows."""

    # Of the page's longer side: marks that move no further lie straight enough
    least_move: float = 0.008
    fewest: int = 8  # marks that tell how a page leans
    rim: float = 0.5  # of the cell's height, around its ink
    # Of the cell's box that a line covers: it is the cell's own number
    covered: float = 0.5
    # Of a cell's height, above and below the place of an empty one. To its sides there
    # is none: a rule beside it looks like a 1.
    empty_rim: float = 0.2
    # What may be written in a seemingly empty cell: ink with this part of the contrast of the
    # page's numbers, in pieces this part as high as its row. Less is grain, or a dash.
    least_ink: float = 0.4
    least_piece: float = 0.2
    # Of a row's height: a lower piece at the upper or lower edge is a neighbour's tail
    tail: float = 0.6
    piece_rim: float = 0.3  # of the row's height, around what may be written


SETTINGS = TableReadingSettings()


def read_table(
    reader: Reader,
    reading: PageReading,
    upright: Callable[[], Page],
    conventions: Conventions | None = None,
    settings: TableReadingSettings = SETTINGS,
) -> Table:
    """The table of a page that was read; `upright` gives the page itself."""
    if not reading.lines:
        return Table((), reading.number)
    page = upright()
    matrix = _straightening(reading, settings)
    if matrix is not None:
        grey, matrix = _warped(page, matrix)
        page = Page(grey)
        straight = reader.read(grey).pages[0]
        reading = replace(straight, number=reading.number)
    table = table_of(reading, conventions)
    rows = tuple(
        tuple(_alone(cell, reading, page, reader, settings) for cell in row)
        for row in table.rows
    )
    rows = of_one_kind(rows, reader.accepts_lines_from, conventions)
    rows = _with_missed(rows, page, reader, settings)
    if matrix is not None:
        back = np.asarray(np.linalg.inv(matrix), np.float64)
        rows = tuple(tuple(_moved(cell, back) for cell in row) for row in rows)
    return replace(table, rows=rows)


def _straightening(
    reading: PageReading, settings: TableReadingSettings
) -> Matrix | None:
    """How the picture's pixels move to lie straight; None where they do already."""
    boxes = [mark.box for line in reading.lines for mark in line.marks if mark.text]
    if len(boxes) < settings.fewest:
        return None
    sides = np.array(
        [(box.left, box.top, box.right, box.bottom) for box in boxes], np.float64
    )
    middles = (sides[:, :2] + sides[:, 2:]) / 2
    height = float(np.median(sides[:, 3] - sides[:, 1]))
    across, down = straightened(middles, sides[:, 2] - sides[:, 0], height)
    there = np.stack([across, down], axis=1)
    moved = float(np.abs(there - middles).max())
    if moved < settings.least_move * max(reading.width, reading.height):
        return None
    matrix, _ = cv2.findHomography(middles, there, 0)
    return None if matrix is None else np.asarray(matrix, np.float64)


def _warped(page: Page, matrix: Matrix) -> tuple[Grey, Matrix]:
    """The straight page, and the matrix from the picture's pixels to its own."""
    height, width = page.grey.shape
    to_picture = np.diag([page.scale, page.scale, 1.0])
    to_page = np.linalg.inv(to_picture)
    straight = to_page @ matrix @ to_picture
    left, top, right, bottom = _bounds(straight, (0, 0, width, height))
    # Never larger than twice the page, however far a corner would move.
    wide = min(round(right - left), 2 * width)
    high = min(round(bottom - top), 2 * height)
    to_corner = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]], np.float64)
    straight = to_corner @ straight
    paper = float(np.median(page.grey))
    grey = cv2.warpPerspective(page.grey, straight, (wide, high), borderValue=(paper,))
    return np.asarray(grey, np.uint8), straight @ to_page


def _bounds(
    matrix: Matrix, sides: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """The upright box around a box that a matrix moves: left, top, right, bottom."""
    left, top, right, bottom = sides
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    there = cv2.perspectiveTransform(np.array([corners], np.float64), matrix)[0]
    return (*there.min(axis=0).tolist(), *there.max(axis=0).tolist())


def _alone(
    cell: Cell,
    reading: PageReading,
    page: Page,
    reader: Reader,
    settings: TableReadingSettings,
) -> Cell:
    """A cell that is a part of a longer line, or of several, read by itself."""
    is_line = any(
        line.box == cell.box and line.text == cell.text for line in reading.lines
    )
    if cell.box is None or is_line:
        return cell
    inside = cell.box.scaled(1 / page.scale)
    rim = round(settings.rim * (inside.bottom - inside.top))
    left, top = max(0, inside.left - rim), max(0, inside.top - rim)
    cut = page.grey[top : inside.bottom + rim, left : inside.right + rim]
    own = Box(
        inside.left - left, inside.top - top, inside.right - left, inside.bottom - top
    )
    lines = [
        line
        for line in reader.read(np.ascontiguousarray(cut)).lines
        if _covered(own, line.box) > settings.covered
    ]
    return cell if len(lines) != 1 else _with_line(cell, lines[0])


def _with_missed(
    rows: Rows, page: Page, reader: Reader, settings: TableReadingSettings
) -> Rows:
    """The cells, those that seem empty looked at once more.

    A single digit between two columns, or a faint one, may be missed on a page.
    """
    if all(cell.box is not None for row in rows for cell in row):
        return rows
    columns = list(zip(*rows, strict=True))
    contrast = _contrast(rows, page)
    return tuple(
        tuple(
            cell
            if cell.box is not None
            else _looked_at(
                _place(row, columns[place]), page, contrast, reader, settings
            )
            for place, cell in enumerate(row)
        )
        for row in rows
    )


def _contrast(rows: Rows, page: Page) -> float:
    """How far the ink of the page's numbers is from its paper, in grey levels."""
    boxes = [cell.box for row in rows for cell in row if cell.box is not None]
    each = []
    for box in boxes:
        inside = box.scaled(1 / page.scale)
        grey = page.grey[inside.top : inside.bottom, inside.left : inside.right]
        if grey.size:
            each.append(percentile(_from_paper(grey), 90))
    return float(np.median(each)) if each else 0.0


def _from_paper(grey: Grey) -> Grey:
    """How far each pixel is from the paper's shade, which most of the picture has."""
    paper = np.full_like(grey, round(percentile(grey, 50)))
    return np.asarray(cv2.absdiff(grey, paper), np.uint8)


def _place(row: Sequence[Cell], column: Sequence[Cell]) -> Box:
    """Where a cell lies by its row and by its column."""
    beside = [cell.box for cell in row if cell.box is not None]
    above = [cell.box for cell in column if cell.box is not None]
    top = float(np.median([box.top for box in beside]))
    bottom = float(np.median([box.bottom for box in beside]))
    left = min(box.left for box in above)
    right = max(box.right for box in above)
    return Box(left, round(top), right, round(bottom))


def _looked_at(
    place: Box,
    page: Page,
    contrast: float,
    reader: Reader,
    settings: TableReadingSettings,
) -> Cell:
    """The cell at a place where no number was found on the page."""
    inside = place.scaled(1 / page.scale)
    high = inside.bottom - inside.top
    rim = round(settings.empty_rim * high)
    cut = page.grey[
        max(0, inside.top - rim) : inside.bottom + rim, inside.left : inside.right
    ]
    written = _written_part(cut, contrast, high, settings) if cut.size else None
    if written is None:
        return Cell()
    found = reader.predict(np.ascontiguousarray(written))
    if found.reason in ("no digit", "several digits"):
        return Cell(confidence=0.0, accepted=False, reason=UNSURE, box=place)
    return Cell(
        text=str(found.digit),
        value=found.digit,
        confidence=found.confidence,
        accepted=found.accepted,
        reason="" if found.accepted else UNSURE,
        box=place,
    )


def _written_part(
    cut: Grey, contrast: float, high: int, settings: TableReadingSettings
) -> Grey | None:
    """The part of a cell in which something may be written, with a rim; or None.

    `high` is the height of its row's numbers.
    """
    ink = _from_paper(cut) > max(1.0, settings.least_ink * contrast)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8))
    boxes = [
        (left, top, left + wide, top + tall)
        for left, top, wide, tall, _ in stats[1:].tolist()
        if _may_be_written((left, top, left + wide, top + tall), cut, high, settings)
    ]
    if not boxes:
        return None
    rim = round(settings.piece_rim * high)
    sides = np.array(boxes)
    left, top = np.maximum(sides[:, :2].min(axis=0) - rim, 0)
    right, bottom = sides[:, 2:].max(axis=0) + rim
    return cut[top:bottom, left:right]


def _may_be_written(
    piece: tuple[int, int, int, int],
    cut: Grey,
    high: int,
    settings: TableReadingSettings,
) -> bool:
    """Whether a piece of ink is neither grain, nor a rule, nor a neighbour's tail."""
    height, width = cut.shape
    left, top, right, bottom = piece
    # Ink one pixel away from an edge counts as at the edge: its own blur fades there.
    edges = (left <= 1, right >= width - 1, top <= 1, bottom >= height - 1)
    is_rule = sum(edges) > 1
    tall = bottom - top
    is_tail = any(edges[2:]) and tall < settings.tail * high
    return not is_rule and not is_tail and tall >= settings.least_piece * high


def _covered(box: Box, other: Box) -> float:
    """The share of a box that another one covers."""
    wide = min(box.right, other.right) - max(box.left, other.left)
    high = min(box.bottom, other.bottom) - max(box.top, other.top)
    area = max(1, (box.right - box.left) * (box.bottom - box.top))
    return max(0, wide) * max(0, high) / area


def _with_line(cell: Cell, line: Line) -> Cell:
    return replace(
        cell,
        text=line.text,
        value=line.value,
        confidence=line.confidence,
        accepted=line.accepted,
        reason="" if line.accepted else UNSURE,
        others=line.alternatives,
    )


def _moved(cell: Cell, matrix: Matrix) -> Cell:
    """The cell with its box on the picture that was given."""
    if cell.box is None:
        return cell
    sides = (cell.box.left, cell.box.top, cell.box.right, cell.box.bottom)
    left, top, right, bottom = (round(side) for side in _bounds(matrix, sides))
    return replace(cell, box=Box(max(0, left), max(0, top), right, bottom))
