"""Tables as files: zeros are kept, and doubtful cells are shown."""

import io
from pathlib import Path

import numpy as np
import openpyxl
from PIL import Image

from inkdigits.forms.table_files import with_cut_outs, write_tables
from inkdigits.forms.tables import Cell, Table
from inkdigits.reading.input.pages import Page
from inkdigits.reading.results import Box
from made_tables import cells


def test_a_spreadsheet_keeps_zeros_and_shows_doubt(tmp_path: Path) -> None:
    doubtful = Cell("34", 34, 0.4, False, "unsure")
    write_tables(
        [Table((cells("12", "0815"), (doubtful, Cell())))], tmp_path / "a.xlsx"
    )
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["page 1"]
    assert [sheet.cell(1, column).value for column in (1, 2)] == [12, "0815"]
    assert sheet.cell(2, 1).value == "34 ?"
    assert sheet.cell(2, 1).comment is not None
    write_tables([Table((cells("12", "0815"), (doubtful, Cell())))], tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text().splitlines() == ["12,0815", "34 ?,"]


def test_a_column_with_a_leading_zero_is_text_all_the_way_down(tmp_path: Path) -> None:
    rows = (cells("12", "4711"), cells("7", "0815"), cells("0", "0"))
    write_tables([Table(rows)], tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["page 1"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        [12, "4711"],
        [7, "0815"],
        [0, "0"],
    ]


def test_doubtful_cells_are_shown_as_they_are_written(tmp_path: Path) -> None:
    grey = np.full((300, 400), 250, np.uint8)
    grey[100:130, 200:240] = 20
    doubtful = Cell("34", 34, 0.4, False, "unsure", Box(400, 200, 480, 260))
    table = with_cut_outs(
        Table(((*cells("12"), doubtful), (doubtful, Cell())), 2), Page(grey, scale=2.0)
    )
    assert not table.rows[0][0].picture
    cut = np.asarray(Image.open(io.BytesIO(table.rows[0][1].picture)))
    assert (cut[12:-12, 12:-12] == 20).all()
    assert (cut[:12] == 250).all()
    write_tables([table], tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["page 2", "doubtful"]
    sheet = book["doubtful"]
    assert [sheet.cell(row, 1).value for row in (2, 3)] == ["page 2, B1", "page 2, A2"]
    links = [
        link for row in (2, 3) if (link := sheet.cell(row, 1).hyperlink) is not None
    ]
    assert [link.target or link.location for link in links] == [
        "#'page 2'!B1",
        "#'page 2'!A2",
    ]
    assert [picture.anchor._from.row for picture in sheet._images] == [1, 2]  # type: ignore[attr-defined]
