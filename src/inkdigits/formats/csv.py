"""A Reading as CSV: one row per number."""

from inkdigits.csv_cells import rows_as_csv
from inkdigits.formats.exporter import Exporter
from inkdigits.formats.values import plain_value
from inkdigits.reading.results import Line, Reading

_WHERE = ("file", "page", "line")
_WHAT = ("text", "number", "value", "confidence", "accepted")
_BOX = ("left", "top", "right", "bottom")
COLUMNS = (*_WHERE, *_WHAT, *_BOX)


def reading(name: str, found: Reading, alone: bool = False) -> str:
    """A row for each line of each page; nothing where there is no number."""
    return rows_as_csv(_row(name, page.number, place, line) for page in found.pages for place, line in enumerate(page.lines, 1))


def _row(name: str, page: int, place: int, line: Line) -> tuple[object, ...]:
    what = (line.text, line.number, plain_value(line.value), line.confidence, "true" if line.accepted else "false")
    box = (line.box.left, line.box.top, line.box.right, line.box.bottom)
    return (name, page, place, *what, *box)


READING = Exporter(rows_as_csv([COLUMNS]), reading, "")
