"""One file with all readings, opened by somebody else's reader: the same columns and rows in all of them."""

from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from inkdigits import Box, Line, PageReading, Reader, Reading, errors
from inkdigits.cli import app
from inkdigits.formats.columns import NAMES
from inkdigits.outputs import KINDS, open_output
from inkdigits.reading.numbers.values import Value
from inkdigits.synthesis.drawn import as_file, draw_numbers
from table_files import READERS, by_csv

BOX = Box(1, 2, 30, 40)


def line(text: str, value: Value = None, *, accepted: bool = True) -> Line:
    return Line(text, 0.5, accepted, BOX, (), value=value)


FOUND = Reading(
    (
        PageReading(
            (line("00704", 704), line("12.50", Decimal("12.50"), accepted=False)),
            60,
            40,
        ),
        PageReading((), 60, 40, 2),
        PageReading(
            (
                line("12-25-96", date(1996, 12, 25)),
                line("10:30", time(10, 30)),
                line("1" * 20, int("1" * 20)),
            ),
            60,
            40,
            3,
        ),
    )
)
EMPTY = Reading((PageReading((), 9, 9),))
FORMULA = "=1+2.png"
# Where, what, worth, sure enough: of each row in every table.
ROWS = [
    ("a.pdf", 1, 1, "00704", "00704", "704", True),
    ("a.pdf", 1, 2, "12.50", "1250", "12.50", False),
    ("a.pdf", 2, None, None, None, None, None),
    ("a.pdf", 3, 1, "12-25-96", "122596", "1996-12-25", True),
    ("a.pdf", 3, 2, "10:30", "1030", "10:30:00", True),
    ("a.pdf", 3, 3, "1" * 20, "1" * 20, "1" * 20, True),
    (FORMULA, 1, None, None, None, None, None),
]
WHERE_AND_WHAT = ("file", "page", "line", "text", "number", "value", "accepted")


def written(path: Path) -> Path:
    for kind, package in (("xlsx", "openpyxl"), ("parquet", "pyarrow")):
        if path.suffix == f".{kind}":
            pytest.importorskip(package)
    with open_output(path) as out:
        out.add("a.pdf", FOUND)
        out.add(FORMULA, EMPTY)
    return path


@pytest.mark.parametrize("kind", READERS)
def test_every_table_has_the_same_columns_and_rows(kind: str, tmp_path: Path) -> None:
    rows = READERS[kind](written(tmp_path / f"out.{kind}"))
    assert all(tuple(row) == NAMES for row in rows)
    names = [name for name in WHERE_AND_WHAT if kind != "xlsx" or name != "value"]
    expected = [dict(zip(WHERE_AND_WHAT, row, strict=True)) for row in ROWS]
    assert [[row[name] for name in names] for row in rows] == [
        [row[name] for name in names] for row in expected
    ]
    assert [row["left"] for row in rows if row["line"]] == [1] * 5
    assert [path.name for path in tmp_path.iterdir()] == [f"out.{kind}"]


def test_excel_gets_texts_numbers_dates_and_no_formulas(tmp_path: Path) -> None:
    path = written(tmp_path / "out.xlsx")
    sheet = pytest.importorskip("openpyxl").load_workbook(path).active
    cells = {
        name: [row[place] for row in sheet.iter_rows(min_row=2)]
        for place, name in enumerate(NAMES)
    }
    assert [
        (cell.value, cell.data_type, cell.number_format) for cell in cells["number"][:1]
    ] == [("00704", "s", "@")]
    values = [cell.value for cell in cells["value"]]
    assert values[:2] == [704, 12.5]
    assert values[3].date() == date(1996, 12, 25)
    assert values[4] == time(10, 30)
    assert values[5] == "1" * 20  # Excel would keep fifteen digits of it
    assert (cells["file"][-1].value, cells["file"][-1].data_type) == (FORMULA, "s")
    filled = [cell.fill.fill_type for cell in cells["text"]]
    assert filled == [None, "solid", None, None, None, None, None]
    assert sheet.freeze_panes == "A2"


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("as before")
    out = open_output(path)
    out.add("a.pdf", FOUND)
    assert len(list(tmp_path.iterdir())) == 2
    out.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
    assert path.read_text() == "as before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_part_that_is_missing_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, module, extra in (
        ("a.xlsx", "openpyxl", "forms"),
        ("a.parquet", "pyarrow", "batch"),
    ):
        monkeypatch.setitem(__import__("sys").modules, module, None)
        with pytest.raises(errors.MissingExtraError, match=rf"\[{extra}\]"):
            open_output(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(
        app, ["read", *map(str, arguments), "--min-confidence", "0"]
    )
    return result.exit_code, result.stdout + str(result.exception or "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "pages"
    place.mkdir()
    for name, numbers in (("a.png", ["507", "23"]), ("b.png", ["90210"])):
        (place / name).write_bytes(as_file(draw_numbers(numbers), "PNG"))
    (place / "c.png").write_text("no picture")
    return place


def test_read_writes_one_file(folder: Path, tmp_path: Path, reader: Reader) -> None:
    out = tmp_path / "out.csv"
    status, said = run(folder, "--output", out)
    expected = [
        (str(folder / name), found.text)
        for name in ("a.png", "b.png")
        for found in reader.read(folder / name)
    ]
    assert [(row["file"], row["text"]) for row in by_csv(out)] == expected
    assert status == 1  # the others are read, the bad one is named
    assert f"{len(expected)} numbers from 2 files: {out}" in said
    assert run(folder / "a.png", "--format", "jsonl")[1].count("\n") == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--output", "{here}/out.docx"], "out.docx: choose .txt, .json"),
        (["--output", "{here}/gone/out.csv"], "cannot be written"),
        (
            ["--format", "xlsx"],
            "--format xlsx cannot be printed: name a file with --output",
        ),
        (["--output", "{here}/out", "--format", "odt"], f"choose {', '.join(KINDS)}"),
    ],
)
def test_what_cannot_be_written_is_said(
    folder: Path, tmp_path: Path, options: list[str], said: str
) -> None:
    status, message = run(
        folder / "b.png", *(option.format(here=tmp_path) for option in options)
    )
    assert status != 0
    assert said in message
