"""Cells that a spreadsheet shows and does not run."""

import csv
import io

import pytest

from inkdigits.csv_cells import rows_as_csv, safe_cell


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "=cmd|' /C calc'!A0",
        "@SUM(A1)",
        "+1+1",
        "-1+1",
        "-2/3",
        "--1",
        "＝1",
        "-x.png",
    ],
)
def test_what_would_be_a_formula_is_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    [
        "-12",
        "-12.50",
        "-1,250.00",
        "+3",
        "-17 %",
        "-",
        "12/25/96",
        "10:30",
        "7",
        "",
        "a=b",
        "x@y",
        "-1e-05",
    ],
)
def test_numbers_and_plain_texts_stay_as_they_are(text: str) -> None:
    assert safe_cell(text) == text


@pytest.mark.parametrize("cell", [-12, -0.5, None, True])
def test_what_is_no_text_stays_as_it_is(cell: object) -> None:
    assert safe_cell(cell) == cell


def test_no_control_character_and_no_line_end_comes_through() -> None:
    text = rows_as_csv([["a\tb\r\n\x1b[31mc\u2028d\x85", "\t=1"]])
    assert text == "a\ufffdb\ufffd\ufffd\ufffd[31mc\ufffdd\ufffd,\ufffd=1\n"


def test_every_csv_can_be_read_back() -> None:
    rows = [["file", "text"], ['with "quotes", and commas.png', "-12"]]
    assert list(csv.reader(io.StringIO(rows_as_csv(rows)))) == rows


def test_every_writer_of_csv_writes_it_here() -> None:
    from pathlib import Path

    source = Path(__file__).parent.parent / "src" / "inkdigits"
    others = [
        path.name
        for path in source.rglob("*.py")
        if "csv.writer" in path.read_text() or "DictWriter" in path.read_text()
    ]
    assert others == ["csv_cells.py"]
