"""CSV files that are safe to open in a spreadsheet.

Spreadsheets run a cell that begins with one of = + - @ as a formula, and file names may come from
strangers. Every CSV file of the project is written here.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

# What spreadsheets take for the beginning of a formula; some take the full-width forms of East
# Asian text too.
_FORMULA_SIGNS = frozenset("=+-@＝＋－＠")
_PLAIN_NUMBER = re.compile(
    r"[+-]?[0-9]+([.,][0-9]+)*(e[+-]?[0-9]+)?( ?%)?", re.IGNORECASE
)
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Line ends of other alphabets, which some programs split rows at.
_LINE_ENDS = {"Zl", "Zp"}


def rows_as_csv(rows: Iterable[Sequence[object]]) -> str:
    """The rows as CSV, a line each, every cell safe to open in a spreadsheet."""
    out = io.StringIO()
    # One kind of line end, whatever the system.
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        cells = [safe_cell(cell) for cell in row]
        writer.writerow(cells)
    return out.getvalue()


def safe_cell(cell: object) -> object:
    """The cell as it may be written: a text that would be a formula begins with an apostrophe.

    A number stays a number. A sign alone is not a formula (`-` is the name of stdin).
    """
    if not isinstance(cell, str):
        return cell
    text = printable(cell)
    if (
        len(text) > 1
        and text[0] in _FORMULA_SIGNS
        and not _PLAIN_NUMBER.fullmatch(text)
    ):
        return f"'{text}"
    return text


def plain_cell(text: str) -> str:
    """The text as it was before `safe_cell` kept it from being a formula."""
    is_kept = text.startswith("'") and safe_cell(text[1:]) == text
    return text[1:] if is_kept else text


def printable(text: str) -> str:
    """The text with U+FFFD for characters that split rows or are not allowed in cells."""
    return (
        text
        if text.isprintable()
        else "".join(_REPLACEMENT if _is_control(sign) else sign for sign in text)
    )


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", *_LINE_ENDS}
