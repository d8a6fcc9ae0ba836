"""Tables → a CSV or XLSX file."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from PIL import Image

from inkdigits.csv_cells import rows_as_csv
from inkdigits.errors import SettingError
from inkdigits.files import write_whole
from inkdigits.forms.spreadsheets import doubtful_cell, link_cell, openpyxl, text_cell
from inkdigits.forms.tables import Cell, Table
from inkdigits.reading.input.pages import Page

DOUBT = " ?"
# The sheet with cut-outs.
DOUBTFUL = "doubtful"
_KINDS = (".csv", ".xlsx")


@dataclass(frozen=True, slots=True)
class CutOutSettings:
    """How doubtful cells are shown."""

    # Margin around a cell, in heights of it: enough to see its neighbours' ends.
    rim: float = 0.4
    high_px: int = 42  # of a cut-out in the spreadsheet
    # Height of its row in points (4/3 px), a little more than the cut-out.
    row_points: float = 36.0
    column: float = 40.0  # width of its column in characters


CUT_OUT = CutOutSettings()


def check_name(path: Path) -> None:
    """Raise SettingError if a file of this name cannot be written.

    The ending may be unknown, or an extra may be missing. It is checked before anything
    is read.
    """
    if path.suffix.lower() not in _KINDS:
        raise SettingError(
            f"{path} cannot be written: name a file that ends with {' or '.join(_KINDS)}"
        )
    if path.suffix.lower() == ".xlsx":
        openpyxl()


def shows_pictures(path: Path) -> bool:
    """Whether a file of this name has a place for cut-outs."""
    return path.suffix.lower() == ".xlsx"


def write_tables(tables: Sequence[Table], path: Path) -> None:
    """Write the tables to a file, which appears whole or not at all."""
    is_workbook = path.suffix.lower() == ".xlsx"
    content = _xlsx(tables) if is_workbook else _csv(tables)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as error:
        raise SettingError(
            f"{path} cannot be written ({error.strerror or error}): name another --output"
        ) from None


def _csv(tables: Sequence[Table]) -> bytes:
    """One page after the other, as written; every row is as long as the longest."""
    width = max(table.columns for table in tables)
    rows = []
    for table in tables:
        for cells in table.rows:
            texts = [_shown(cell) for cell in cells]
            padding = [""] * (width - len(texts))
            rows.append(texts + padding)
    return rows_as_csv(rows).encode()


def _shown(cell: Cell) -> str:
    """A cell's text, with a question mark after it if it is doubtful."""
    if cell.accepted:
        return cell.text
    return f"{cell.text}{DOUBT}"


def with_cut_outs(table: Table, page: Page) -> Table:
    """The table with a picture of each doubtful cell, cut out of its upright page."""
    rows = tuple(tuple(_with_cut_out(cell, page) for cell in row) for row in table.rows)
    return replace(table, rows=rows)


def _with_cut_out(cell: Cell, page: Page, settings: CutOutSettings = CUT_OUT) -> Cell:
    """A doubtful cell with its picture, for the person who checks it."""
    if cell.accepted or cell.box is None:
        return cell
    # The page may have been opened at a smaller size than the picture.
    box = cell.box.scaled(1 / page.scale)
    rim = round(settings.rim * (box.bottom - box.top))
    first_row = max(0, box.top - rim)
    last_row = box.bottom + rim
    first_column = max(0, box.left - rim)
    last_column = box.right + rim
    cut = page.grey[first_row:last_row, first_column:last_column]
    out = io.BytesIO()
    Image.fromarray(cut).save(out, "PNG")
    return replace(cell, picture=out.getvalue())


def _xlsx(tables: Sequence[Table]) -> bytes:
    book = openpyxl().Workbook(write_only=True)
    for table in tables:
        sheet = book.create_sheet(_sheet_of(table))
        as_text = [_is_text(column) for column in zip(*table.rows, strict=True)]
        for row in table.rows:
            sheet.append(
                [_cell(sheet, *each) for each in zip(row, as_text, strict=True)]
            )
    _add_doubtful(book, tables)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet_of(table: Table) -> str:
    return f"page {table.page}"


def _is_text(column: Sequence[Cell]) -> bool:
    """Whether a column holds identifiers: one of its numbers has a leading zero."""
    return any(
        cell.text.startswith("0") and len(cell.text) > 1 and cell.text.isdigit()
        for cell in column
    )


def _cell(sheet: Any, cell: Cell, as_text: bool) -> Any:
    """A number, or text where it would lose its leading zeros or is doubtful."""
    from openpyxl.cell import WriteOnlyCell

    if not cell.accepted:
        return doubtful_cell(sheet, _shown(cell), cell.reason, cell.confidence)
    value: Any = cell.value
    if isinstance(cell.value, int | Decimal | date | time) and not as_text:
        return WriteOnlyCell(sheet, value=value)
    return text_cell(sheet, cell.text)


def _add_doubtful(
    book: Any, tables: Sequence[Table], settings: CutOutSettings = CUT_OUT
) -> None:
    """A sheet with a cut-out of each doubtful cell, and a link to it."""
    from openpyxl.drawing.image import Image as Picture
    from openpyxl.utils import get_column_letter

    doubtful = [
        (table, f"{get_column_letter(column)}{row}", cell)
        for table in tables
        for row, cells in enumerate(table.rows, 1)
        for column, cell in enumerate(cells, 1)
        if cell.picture
    ]
    if not doubtful:
        return
    sheet = book.create_sheet(DOUBTFUL)
    sheet.column_dimensions["E"].width = settings.column
    sheet.append(
        [
            text_cell(sheet, name)
            for name in ("cell", "reading", "reason", "confidence", "as written")
        ]
    )
    for place, (table, address, cell) in enumerate(doubtful, 2):
        sheet.row_dimensions[place].height = settings.row_points
        link = link_cell(
            sheet, f"{_sheet_of(table)}, {address}", f"#'{_sheet_of(table)}'!{address}"
        )
        about = [text_cell(sheet, each) for each in (cell.text, cell.reason)]
        sheet.append([link, *about, round(cell.confidence, 4)])
        picture = Picture(io.BytesIO(cell.picture))
        scale = settings.high_px / picture.height
        picture.width = round(picture.width * scale)
        picture.height = settings.high_px
        sheet.add_image(picture, f"E{place}")
