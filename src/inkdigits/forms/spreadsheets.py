"""XLSX cells that stay what they are meant to be.

Text stays text, and doubtful cells are amber with a note.
"""

import re
from typing import Any

from inkdigits.errors import MissingExtraError

_AMBER = "FFFFE08A"
_BLUE = "FF0563C1"
# Control characters, which XML cannot hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def openpyxl() -> Any:
    """The package that writes XLSX files."""
    try:
        import openpyxl as package
    except ImportError:
        raise MissingExtraError("XLSX", "forms") from None
    return package


def text_cell(sheet: Any, text: str) -> Any:
    """A cell that stays text: it keeps leading zeros and is never a formula."""
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value="")
    cell.value = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    cell.data_type = "s"
    cell.number_format = "@"
    return cell


def link_cell(sheet: Any, text: str, target: str) -> Any:
    """Text that links to another place in the workbook."""
    from openpyxl.styles import Font

    cell = text_cell(sheet, text)
    cell.hyperlink = target
    cell.font = Font(color=_BLUE, underline="single")
    return cell


def doubtful_cell(sheet: Any, text: str, reason: str, confidence: float) -> Any:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    cell = text_cell(sheet, text)
    cell.fill = PatternFill("solid", fgColor=_AMBER)
    cell.comment = Comment(f"{reason}; confidence {confidence:.2f}", "inkdigits")
    return cell
