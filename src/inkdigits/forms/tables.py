"""A page of numbers → a table of rows and columns, with its empty cells.

lines of the Reader → their marks as on a straight page (straighten.py)
→ columns by gaps that hardly any row covers, rows by height → cells
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import log

import numpy as np
import numpy.typing as npt

from inkdigits.errors import SettingError
from inkdigits.forms.evidence import Evidence
from inkdigits.forms.joint import solve
from inkdigits.forms.records import UNSURE
from inkdigits.forms.rules import Rule, parse_rule
from inkdigits.forms.straighten import straightened
from inkdigits.forms.template import Field, Rect
from inkdigits.forms.texts import Text
from inkdigits.reading.numbers.patterns import Pattern, parse
from inkdigits.reading.numbers.values import Conventions, Value, value_of
from inkdigits.reading.results import Box, Line, Mark, PageReading

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TableSettings:
    """When numbers are in one row or column; lengths in heights of a usual digit."""

    same_row: float = 0.55  # middles no further apart are in one row
    least_gap: float = 0.45  # a gap this wide in nearly all rows ends a column
    # Share of rows that may have ink in such a gap: a tail or a speck is not a number. At
    # 0.04 not even one of twenty rows could, and columns of long numbers ran together.
    stray: float = 0.12
    # Confidence from which a number that its column's sum has settled is accepted.
    accept_from: float = 0.95


TABLES = TableSettings()


@dataclass(frozen=True)
class Cell:
    """A number of a table, or an empty cell: "" with nothing to doubt."""

    text: str = ""
    value: Value = None
    confidence: float = 1.0
    accepted: bool = True
    reason: str = ""
    box: Box | None = None
    others: tuple[tuple[str, float], ...] = ()
    picture: bytes = field(default=b"", repr=False)  # a doubtful cell's cut-out, PNG

    @property
    def likely(self) -> dict[str, float]:
        """Its text and the others with their shares, of which none is nothing."""
        share = max(1e-4, 1.0 - sum(other for _, other in self.others))
        others = {text: max(other, 1e-6) for text, other in self.others}
        return {**others, self.text: share}


@dataclass(frozen=True)
class Table:
    """Rows of cells, all of the same length."""

    rows: tuple[tuple[Cell, ...], ...]
    page: int = 1

    @property
    def columns(self) -> int:
        """How many cells each row has."""
        if not self.rows:
            return 0
        return len(self.rows[0])


def table_of(
    page: PageReading,
    conventions: Conventions | None = None,
    settings: TableSettings = TABLES,
) -> Table:
    """The page's numbers as a table."""
    marks = [(line, mark) for line in page.lines for mark in line.marks if mark.text]
    if not marks:
        return Table((), page.number)
    height = float(
        np.median(
            [mark.box.bottom - mark.box.top for _, mark in marks if mark.text.isdigit()]
            or [20]
        )
    )
    middles = np.array([_middle(mark.box) for _, mark in marks])
    widths = np.array([mark.box.right - mark.box.left for _, mark in marks], float)
    across, down = straightened(middles, widths, height)
    # Columns are told apart by the sides of marks, rows by their middles.
    row_of = _rows(down, height, settings)
    column_of = _columns(
        across - widths / 2, across + widths / 2, row_of, height, settings
    )
    cells: dict[tuple[int, int], list[tuple[float, Line, Mark]]] = {}
    for place, (line, mark) in enumerate(marks):
        cells.setdefault((int(row_of[place]), int(column_of[place])), []).append(
            (float(across[place]), line, mark)
        )
    rows = range(int(row_of.max()) + 1)
    columns = range(int(column_of.max()) + 1)
    made = tuple(
        tuple(_cell(cells.get((row, column)), conventions) for column in columns)
        for row in rows
    )
    return Table(made, page.number)


def _middle(box: Box) -> tuple[float, float]:
    """The point in the middle of a box."""
    x = (box.left + box.right) / 2
    y = (box.top + box.bottom) / 2
    return x, y


def _rows(
    down: Floats, height: float, settings: TableSettings
) -> npt.NDArray[np.int64]:
    """Each mark's row number, from the top."""
    order = np.argsort(down, kind="stable")
    row_of = np.zeros(len(down), np.int64)
    row = 0
    middle = float(down[order[0]])
    count = 0
    for index in order:
        if down[index] - middle > settings.same_row * height:
            row = row + 1
            middle = float(down[index])
            count = 0
        count += 1
        middle += (float(down[index]) - middle) / count
        row_of[index] = row
    return row_of


def _columns(
    left: Floats,
    right: Floats,
    row_of: npt.NDArray[np.int64],
    height: float,
    settings: TableSettings,
) -> npt.NDArray[np.int64]:
    """Each mark's column number, from the left.

    Columns end where hardly any row has ink.
    """
    start = float(left.min())
    width = int(np.ceil(right.max() - start)) + 1
    covered = np.zeros((int(row_of.max()) + 1, width), bool)
    for row in range(covered.shape[0]):
        of_row = np.flatnonzero(row_of == row)
        for index in of_row:
            covered[
                row, int(left[index] - start) : int(np.ceil(right[index] - start)) + 1
            ] = True
    share = covered.mean(axis=0)
    free = share <= settings.stray
    edges = [0]
    x = 0
    while x < width:
        if not free[x]:
            x += 1
            continue
        end = x
        while end < width and free[end]:
            end += 1
        if end - x >= settings.least_gap * height and x > 0 and end < width:
            edges.append((x + end) // 2)
        x = end
    return np.asarray(
        np.searchsorted(edges, (left + right) / 2 - start, side="right") - 1, np.int64
    )


def _cell(
    found: list[tuple[float, Line, Mark]] | None, conventions: Conventions | None
) -> Cell:
    """The cell of these marks.

    They are a whole line of the Reader, or a part of one or of several.
    """
    if not found:
        return Cell()
    found.sort(key=lambda each: each[0])
    lines = list({id(line): line for _, line, _ in found}.values())
    box = Box(
        min(mark.box.left for _, _, mark in found),
        min(mark.box.top for _, _, mark in found),
        max(mark.box.right for _, _, mark in found),
        max(mark.box.bottom for _, _, mark in found),
    )
    whole = len(lines) == 1 and len(found) == sum(
        bool(mark.text) for mark in lines[0].marks
    )
    if whole:
        line = lines[0]
        reason = "" if line.accepted else UNSURE
        return Cell(
            line.text,
            line.value,
            line.confidence,
            line.accepted,
            reason,
            box,
            line.alternatives,
        )
    text = "".join(mark.text for _, _, mark in found)
    # A part of a line has the confidence of its line: the Reader gives none for parts.
    confidence = min(line.confidence for line in lines)
    accepted = all(line.accepted for line in lines)
    value = value_of(text, conventions or Conventions())
    return Cell(text, value, confidence, accepted, "" if accepted else UNSURE, box)


def expected(
    table: Table, patterns: Mapping[int, str], conventions: Conventions | None = None
) -> Table:
    """The table with the cells of some columns (from 1 on) read to fit a pattern.

    A cell that cannot fit is not accepted.
    """
    for column in patterns:
        if not 1 <= column <= max(table.columns, 1):
            raise SettingError(
                f"column {column} is expected to look like something, but there are {table.columns}"
            )
    parsed = {column - 1: parse(pattern) for column, pattern in patterns.items()}
    rows = tuple(
        tuple(
            _fitted(cell, parsed[place], conventions) if place in parsed else cell
            for place, cell in enumerate(row)
        )
        for row in table.rows
    )
    return replace(table, rows=rows)


def _fitted(cell: Cell, pattern: Pattern, conventions: Conventions | None) -> Cell:
    if not cell.text or pattern.matches(cell.text):
        return cell
    for text, share in cell.others:
        if pattern.matches(text):
            value = value_of(text, conventions or Conventions())
            return replace(
                cell,
                text=text,
                value=value,
                confidence=share,
                accepted=False,
                reason=UNSURE,
            )
    return replace(cell, accepted=False, reason="it does not look as expected")


def with_totals(table: Table) -> Table:
    """The table with its last row used as the sum of each column.

    Sums are used to read it, and a column that does not add up is refused.
    """
    # The total of a single row is that row, and shows nothing.
    if len(table.rows) < 3:
        raise SettingError(f"a table of {len(table.rows)} rows has no row of totals")
    columns = []
    for place in range(table.columns):
        cells = [row[place] for row in table.rows]
        columns.append(_added_up(cells))
    rows = tuple(zip(*columns, strict=True))
    return replace(table, rows=rows)


def _added_up(cells: Sequence[Cell]) -> list[Cell]:
    """A column with its sum in the last cell; one without a sum is left as it is."""
    if not cells[-1].text:
        return list(cells)
    names = [f"row_{place}" for place in range(len(cells))]
    nowhere = Rect(0, 0, 1, 1)
    fields = {name: Field(name, "number", 1, nowhere, comb=False) for name in names}
    seen = {name: _evidence(cell) for name, cell in zip(names, cells, strict=True)}
    rule = parse_rule(f"{names[-1]} = sum({', '.join(names[:-1])})", names)
    if not isinstance(rule, Rule):
        return list(cells)
    solved = solve(fields, seen, [rule])
    made = []
    for name, cell in zip(names, cells, strict=True):
        each = solved[name]
        if not cell.text:
            made.append(cell)
        elif each.reason:
            made.append(
                replace(cell, accepted=False, reason="its column does not add up")
            )
        else:
            value = cell.value if each.text == cell.text else value_of(each.text)
            sure = each.confidence >= TABLES.accept_from
            reason = "" if sure else UNSURE
            made.append(
                replace(
                    cell,
                    text=each.text,
                    value=value,
                    confidence=round(each.confidence, 4),
                    accepted=sure,
                    reason=reason,
                )
            )
    return made


def _evidence(cell: Cell) -> Evidence:
    if not cell.text:
        return Evidence(blank=True)
    texts = [
        Text(text, log(share))
        for text, share in cell.likely.items()
        if isinstance(value_of(text), int)
    ]
    texts.sort(key=lambda text: -text.log)
    return Evidence(tuple(texts), cell.text, cell.confidence)
