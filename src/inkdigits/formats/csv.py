"""A Reading as CSV: one row per number."""

from inkdigits.csv_cells import rows_as_csv
from inkdigits.formats.columns import NAMES, Row, rows_of
from inkdigits.formats.exporter import Exporter
from inkdigits.reading.results import Reading


def reading(name: str, found: Reading, alone: bool = False) -> str:
    """A row for each line of each page; one with empty cells for a page without any."""
    return rows_as_csv(_written(row) for row in rows_of(name, found))


def _written(row: Row) -> Row:
    """False and true in small letters, as JSON and spreadsheets have them."""
    cells = []
    for cell in row:
        is_flag = isinstance(cell, bool)
        cells.append(str(cell).lower() if is_flag else cell)
    return tuple(cells)


READING = Exporter(rows_as_csv([NAMES]), reading, "")
