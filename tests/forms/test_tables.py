"""Tables without a template: rows and columns as they stand, whatever is empty."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from inkdigits.cli import app
from inkdigits.errors import SettingError
from inkdigits.forms.tables import Cell, Table, expected, table_of, with_totals
from inkdigits.reading.results import Box, Digit, Line, Mark, PageReading
from inkdigits.synthesis.forms import write_line
from made_forms import HAND, PEN, saved
from made_tables import cells

PITCH, HIGH = 18, 26


def line(text: str, left: float, top: float, sure: float = 0.99) -> Line:
    """A line as the Reader gives it; a space leaves a gap of one sign."""
    marks = []
    for place, sign in enumerate(text):
        if sign != " ":
            x = round(left + place * PITCH)
            marks.append(
                Mark(sign, sure, Box(x, round(top), x + 14, round(top) + HIGH))
            )
    digits = tuple(
        Digit(int(mark.text), sure, True, mark.box)
        for mark in marks
        if mark.text.isdigit()
    )
    box = Box(marks[0].box.left, round(top), marks[-1].box.right, round(top) + HIGH)
    value = int(text) if text.isdigit() else None
    return Line(text, sure, sure >= 0.9, box, digits, tuple(marks), value)


def page_of(texts: list[list[str]], lean_deg: float = 0.0) -> PageReading:
    """Columns 130 pixels wide, numbers to their right edge, the page leaning."""
    turn = np.deg2rad(lean_deg)
    lines = []
    for row, row_texts in enumerate(texts):
        for column, text in enumerate(row_texts):
            if text:
                x, y = 130 * (column + 1) - PITCH * len(text), 60 * (row + 1)
                lines.append(
                    line(
                        text,
                        x * np.cos(turn) - y * np.sin(turn),
                        y * np.cos(turn) + x * np.sin(turn),
                    )
                )
    return PageReading(tuple(lines), 1000, 1000)


TEXTS = [
    ["1", "12", "", "4711"],
    ["", "7", "120", "9"],
    ["33", "", "5", ""],
    ["4", "1250", "88", "16"],
]


@pytest.mark.parametrize("lean_deg", [-4.0, 0.0, 2.5])
def test_rows_and_columns_are_found_and_empty_cells_kept(lean_deg: float) -> None:
    table = table_of(page_of(TEXTS, lean_deg))
    assert [[cell.text for cell in row] for row in table.rows] == TEXTS


def test_a_line_that_reaches_over_columns_is_parted() -> None:
    made = page_of([["11", "22"], ["31", "42"], ["5", "6"]])
    wide = line("17    28", 130 - 2 * PITCH, 240)
    table = table_of(PageReading((*made.lines, wide), 1000, 1000))
    assert [cell.text for cell in table.rows[-1]] == ["17", "28"]
    assert table.rows[-1][0].value == 17


def test_a_page_without_numbers_is_a_table_without_rows() -> None:
    assert table_of(PageReading((), 100, 100)).rows == ()


def test_a_row_of_totals_settles_what_is_open_and_refuses_what_does_not_add_up() -> (
    None
):
    open_cell = Cell("1", 1, 0.55, False, "unsure", others=(("7", 0.45),))
    rows = (
        (*cells("12"), *cells("5")),
        (open_cell, *cells("6")),
        (Cell(), *cells("1")),
        (*cells("19"), *cells("13")),
    )
    table = with_totals(Table(rows))
    assert [row[0].text for row in table.rows] == ["12", "7", "", "19"]
    assert all(row[0].accepted for row in table.rows)
    assert [row[1].accepted for row in table.rows] == [False] * 4
    assert table.rows[0][1].reason == "its column does not add up"
    with pytest.raises(SettingError, match="no row of totals"):
        with_totals(Table(rows[:2]))


def test_columns_that_should_look_like_something() -> None:
    cell = Cell("12", 12, 0.9, True, others=(("1230", 0.08),))
    table = expected(
        Table(((cell, Cell("7", 7)), (Cell("99", 99), Cell()))), {1: r"\d{4}"}
    )
    assert (table.rows[0][0].text, table.rows[0][0].accepted) == ("1230", False)
    assert table.rows[1][0].reason == "it does not look as expected"
    assert table.rows[0][1].accepted
    with pytest.raises(SettingError, match="column 3 is expected"):
        expected(table, {3: "date"})


def test_a_drawn_page_becomes_a_csv_file(tmp_path: Path) -> None:
    """The structure is that of the page; each text is what the Reader makes of it."""
    texts = [["12", "", "47"], ["305", "28", "6"], ["9", "1", "250"]]
    page = np.full((420, 900), 245, np.uint8)
    for row, numbers in enumerate(texts):
        for column, text in enumerate(numbers):
            if text:
                left = 40 + 290 * column
                write_line(
                    page,
                    HAND,
                    text,
                    (left, 40 + 120 * row, left + 200, 110 + 120 * row),
                    np.random.default_rng(row),
                    PEN,
                )
    saved(page, tmp_path / "page.png")
    output = tmp_path / "table.csv"
    done = CliRunner().invoke(
        app, ["table", str(tmp_path / "page.png"), "--output", str(output)]
    )
    assert done.exit_code == 0, done.output
    found = [
        row.replace(" ?", "").split(",") for row in output.read_text().splitlines()
    ]
    assert found == texts
