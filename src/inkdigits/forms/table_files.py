"""Tables → a CSV or XLSX file."""

import io
from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from inkdigits.csv_cells import rows_as_csv
from inkdigits.errors import SettingError
from inkdigits.files import write_whole
from inkdigits.forms.spreadsheets import doubtful_cell, openpyxl, text_cell
from inkdigits.forms.tables import Cell, Table

DOUBT = " ?"
_KINDS = (".csv", ".xlsx")


def check_name(path: Path) -> None:
    """SettingError before anything is read where the name asks for nothing known, or for a part that is not installed."""
    if path.suffix.lower() not in _KINDS:
        raise SettingError(f"{path} cannot be written: name a file that ends with {' or '.join(_KINDS)}")
    if path.suffix.lower() == ".xlsx":
        openpyxl()


def write_tables(tables: Sequence[Table], path: Path) -> None:
    """The file appears whole or not at all."""
    content = _xlsx(tables) if path.suffix.lower() == ".xlsx" else _csv(tables)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as error:
        raise SettingError(f"{path} cannot be written ({error.strerror or error}): name another --output") from None


def _csv(tables: Sequence[Table]) -> bytes:
    """As written, one page after the other, every row as long as the longest."""
    width = max(table.columns for table in tables)
    rows = [[_shown(cell) for cell in row] for table in tables for row in table.rows]
    return rows_as_csv([*row, *[""] * (width - len(row))] for row in rows).encode()


def _shown(cell: Cell) -> str:
    return cell.text if cell.accepted else f"{cell.text}{DOUBT}"


def _xlsx(tables: Sequence[Table]) -> bytes:
    book = openpyxl().Workbook(write_only=True)
    for table in tables:
        sheet = book.create_sheet(f"page {table.page}")
        for row in table.rows:
            sheet.append([_cell(sheet, cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: Any, cell: Cell) -> Any:
    """A number, or text where it would lose its leading zeros or is doubtful."""
    from openpyxl.cell import WriteOnlyCell

    if not cell.accepted:
        return doubtful_cell(sheet, _shown(cell), cell.reason, cell.confidence)
    value: Any = cell.value
    begins_with_zero = cell.text.startswith("0") and len(cell.text) > 1 and cell.text.isdigit()
    if isinstance(cell.value, int | Decimal | date | time) and not begins_with_zero:
        return WriteOnlyCell(sheet, value=value)
    return text_cell(sheet, cell.text)
