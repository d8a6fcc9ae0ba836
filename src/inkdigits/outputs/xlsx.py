"""Readings as an Excel workbook.

Leading zeros are kept. Values are numbers and dates.
"""

from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from inkdigits.csv_cells import printable
from inkdigits.errors import MissingExtraError
from inkdigits.formats.columns import (
    COLUMNS,
    NAMES,
    VALUE_PLACE,
    numbered_lines,
    rows_of,
    with_text_value,
)
from inkdigits.reading.numbers.values import Value
from inkdigits.reading.results import Reading

# Excel keeps fifteen digits of a number.
_MOST_DIGITS = 15
# Excel's first day; it shows earlier ones as text.
_FIRST_DAY = date(1900, 3, 1)
_AS_TEXT = "@"
_WIDTHS = {"file": 32, "text": 18, "number": 18, "value": 18}  # in characters
_DOUBTFUL_COLOUR = "FDE9C8"


class XlsxWriter:
    """A sheet that is written row by row."""

    def __init__(self, path: Path) -> None:
        """Open a workbook with its head row."""
        try:
            import openpyxl
            from openpyxl.cell import WriteOnlyCell
            from openpyxl.styles import Font, PatternFill
            from openpyxl.utils import get_column_letter
        except ImportError:
            raise MissingExtraError("an .xlsx file", "forms") from None
        self._path = path
        self._cell: Any = WriteOnlyCell
        self._doubtful = PatternFill("solid", start_color=_DOUBTFUL_COLOUR)
        self._book = openpyxl.Workbook(write_only=True)
        self._sheet: Any = self._book.create_sheet("numbers")
        self._sheet.freeze_panes = "A2"
        for place, column in enumerate(COLUMNS):
            self._sheet.column_dimensions[
                get_column_letter(place + 1)
            ].width = _WIDTHS.get(column.name, 11)
        head = [self._cell(self._sheet, value=name) for name in NAMES]
        for cell in head:
            cell.font = Font(bold=True)
        self._sheet.append(head)

    def add(self, name: str, found: Reading) -> None:
        for row, (_, _, line) in zip(
            rows_of(name, found), numbered_lines(found), strict=True
        ):
            cells = list(with_text_value(row))
            if line is not None and _has_number(line.value):
                cells[VALUE_PLACE] = line.value
            doubtful = line is not None and not line.accepted
            self._sheet.append([self._written(cell, doubtful) for cell in cells])

    def _written(self, value: Any, doubtful: bool) -> Any:
        """A cell that shows just what is in it."""
        text = isinstance(value, str)
        cell = self._cell(self._sheet, value=printable(value) if text else value)
        if text:
            cell.data_type = "s"  # a text that begins with = is not a formula
            cell.number_format = _AS_TEXT  # and one of digits no number
        if doubtful:
            cell.fill = self._doubtful
        return cell

    def close(self) -> None:
        self._book.save(self._path)


def _has_number(value: Value) -> bool:
    """Whether a value is a number, date or time to Excel too."""
    if isinstance(value, date):
        return value >= _FIRST_DAY
    if isinstance(value, int | Decimal):
        # Excel keeps fifteen digits and makes the others zeros.
        digits = str(value).lstrip("-").replace(".", "")
        return len(digits) <= _MOST_DIGITS
    return isinstance(value, time)
