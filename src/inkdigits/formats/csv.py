"""A Reading as CSV: one row a number."""

from inkdigits.csv_cells import rows_as_csv
from inkdigits.formats.exporter import Exporter
from inkdigits.reading.results import Line, Reading

COLUMNS = ("file", "page", "line", "text", "confidence", "accepted", "left", "top", "right", "bottom")


def reading(name: str, found: Reading, alone: bool = False) -> str:
    """A row for each line of each page; nothing where there is no number."""
    return "".join(_row(name, page.number, number, line) for page in found.pages for number, line in enumerate(page.lines, 1))


def _row(name: str, page: int, number: int, line: Line) -> str:
    box = line.box
    cells = (name, page, number, line.text, line.confidence, "true" if line.accepted else "false",
             box.left, box.top, box.right, box.bottom)  # fmt: skip
    return rows_as_csv([cells])


READING = Exporter(rows_as_csv([COLUMNS]), reading, "")
