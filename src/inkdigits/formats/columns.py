"""The columns of every table of readings, with one row per number.

They are the same in CSV, XLSX, Parquet, SQLite and data frames. A page without numbers
has a row with only its file and page.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from inkdigits.formats.values import plain_value
from inkdigits.reading.results import Line, PageReading, Reading

Kind: TypeAlias = Literal["text", "integer", "number", "yes or no"]
Row: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its type, its meaning, and how to get a cell from a line."""

    name: str
    kind: Kind
    meaning: str
    cell: Callable[[Line], Any]


# Where a row comes from; these cells do not depend on its line.
WHERE = (
    Column("file", "text", "the file name as given", lambda line: None),
    Column("page", "integer", "the page number, starting at 1", lambda line: None),
    Column(
        "line",
        "integer",
        "the position on the page, starting at 1",
        lambda line: None,
    ),
)
WHAT = (
    Column("text", "text", "the number as written", lambda line: line.text),
    Column(
        "number",
        "text",
        "digits only; leading zeros are kept",
        lambda line: line.number,
    ),
    Column(
        "value",
        "text",
        "the parsed value; empty if there is none, or more than one",
        lambda line: plain_value(line.value),
    ),
    Column(
        "confidence",
        "number",
        "the probability that the whole text is right",
        lambda line: line.confidence,
    ),
    Column(
        "accepted",
        "yes or no",
        "whether the confidence reaches the threshold",
        lambda line: line.accepted,
    ),
    Column(
        "left",
        "integer",
        "left edge of the bounding box, in pixels of the upright page",
        lambda line: line.box.left,
    ),
    Column("top", "integer", "top edge", lambda line: line.box.top),
    Column("right", "integer", "right edge (exclusive)", lambda line: line.box.right),
    Column(
        "bottom", "integer", "bottom edge (exclusive)", lambda line: line.box.bottom
    ),
)
COLUMNS = (*WHERE, *WHAT)
NAMES = tuple(column.name for column in COLUMNS)
VALUE_PLACE = NAMES.index("value")


def rows_of(name: str, found: Reading) -> Iterator[Row]:
    """The cells of each row, in the order of the columns; None for an empty one."""
    for page, place, line in numbered_lines(found):
        if line is None:
            yield (name, page.number, None, *(None for _ in WHAT))
        else:
            yield (name, page.number, place, *(column.cell(line) for column in WHAT))


def numbered_lines(found: Reading) -> Iterator[tuple[PageReading, int, Line | None]]:
    """Each line with its page and its place there; None for a page without lines."""
    for page in found.pages:
        yield from ((page, place, line) for place, line in enumerate(page.lines, 1))
        if not page.lines:
            yield page, 0, None


def with_text_value(row: Row) -> Row:
    """The row with its value as text, for tables whose columns have one type."""
    value = row[VALUE_PLACE]
    text = None if value is None else str(value)
    return (*row[:VALUE_PLACE], text, *row[VALUE_PLACE + 1 :])
