"""Cells of a workbook: text stays text, and doubt is seen."""

import io
import sys
from typing import Any

import openpyxl
import pytest

from inkdigits.errors import MissingExtraError
from inkdigits.forms import spreadsheets


def written(*make: Any) -> Any:
    """The cells of one row, after the workbook was saved and opened again."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("a")
    sheet.append([each(sheet) for each in make])
    out = io.BytesIO()
    book.save(out)
    return openpyxl.load_workbook(io.BytesIO(out.getvalue()))["a"][1]


@pytest.mark.parametrize("text", ["007", "=1+1", "12/25", "+41 79", "a\nb", "€"])
def test_a_text_is_a_text_whatever_it_looks_like(text: str) -> None:
    (cell,) = written(lambda sheet: spreadsheets.text_cell(sheet, text))
    assert cell.value == text
    assert cell.data_type == "s"
    assert cell.number_format == "@"


def test_control_characters_do_not_break_the_file() -> None:
    (cell,) = written(lambda sheet: spreadsheets.text_cell(sheet, "a\x00b\x1fc"))
    assert cell.value == "a\ufffdb\ufffdc"


def test_doubt_has_a_colour_and_a_note() -> None:
    plain, doubtful = written(
        lambda sheet: spreadsheets.text_cell(sheet, "1"),
        lambda sheet: spreadsheets.doubtful_cell(sheet, "7 ?", "unsure", 0.625),
    )
    assert doubtful.value == "7 ?"
    assert doubtful.comment.text == "unsure; confidence 0.62"
    assert doubtful.fill.fgColor.rgb != plain.fill.fgColor.rgb
    assert plain.comment is None


def test_a_link_leads_to_its_place() -> None:
    (cell,) = written(lambda sheet: spreadsheets.link_cell(sheet, "to B2", "#'a'!B2"))
    assert cell.value == "to B2"
    assert "B2" in (cell.hyperlink.location or cell.hyperlink.target)


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(MissingExtraError, match="forms"):
        spreadsheets.openpyxl()
