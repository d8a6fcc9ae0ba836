"""A Reading as CSV: one row a number."""

import csv
import io

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
    return _written(cells)


def _written(cells: tuple[object, ...]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


READING = Exporter(_written(COLUMNS), reading, "")
