"""Sheets to print: a PDF with every page of the form for each person.

The pages have corner marks and QR codes.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image

from inkdigits.errors import SettingError
from inkdigits.files import write_whole
from inkdigits.forms.sheet import Identity, check_room, draw_sheet
from inkdigits.forms.template import FormTemplate, PageTemplate

# Dots per inch. Sheets are black and white without greys, so edges need a fine grid.
PRINT_DPI = 300
# The most characters of an ID: it shares a small QR code with the form's name.
_MOST_ID = 40
# The most sheets of one PDF, which is built in memory.
_MOST_SHEETS = 2000


def write_sheets(
    form: FormTemplate,
    identities: Sequence[Identity],
    path: Path,
    font: Path | None = None,
) -> int:
    """Write the PDF, with every page once per identity; return its number of pages."""
    if path.suffix.lower() != ".pdf":
        raise SettingError(
            f"{path} cannot be written: sheets are written as a .pdf file"
        )
    if len(identities) > _MOST_SHEETS:
        raise SettingError(
            f"{len(identities):,} sheets are more than fit one file: "
            f"print at most {_MOST_SHEETS:,} at a time"
        )
    pages = [replace(page, blank=None) for page in form.pages]
    for page in pages:
        if form.pages[page.number - 1].blank is not None:
            raise SettingError(
                f"page {page.number} of {form.name} comes from a scanned blank: print that"
            )
        check_room(page)
    first, *others = _drawn(form, pages, identities, font)
    out = io.BytesIO()
    # Black and white without greys: small, and as sharp as the printer can make it.
    first.save(out, "PDF", resolution=PRINT_DPI, save_all=True, append_images=others)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, out.getvalue())
    except OSError as error:
        raise SettingError(
            f"{path} cannot be written ({error.strerror or error}): name another --output"
        ) from None
    return len(others) + 1


def _drawn(
    form: FormTemplate,
    pages: Sequence[PageTemplate],
    identities: Sequence[Identity],
    font: Path | None,
) -> Iterator[Image.Image]:
    for identity in identities:
        for page in pages:
            yield Image.fromarray(
                draw_sheet(form, page, PRINT_DPI, identity, font)
            ).convert("1", dither=Image.Dither.NONE)


def numbered(count: int) -> list[Identity]:
    """Identities that are just numbers, which show which pages belong together."""
    if count < 1:
        raise SettingError(f"--count is {count}: give 1 or more")
    return [Identity(str(number), f"no. {number}") for number in range(1, count + 1)]


def identities_in(path: Path) -> list[Identity]:
    """One identity per row of a CSV file with a header.

    The first column is the id; all columns are printed.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(
            f"{path} cannot be read as CSV ({error}): give a file of UTF-8 text"
        ) from None
    rows = [
        row
        for row in csv.reader(io.StringIO(text))
        if any(cell.strip() for cell in row)
    ]
    if len(rows) < 2:
        raise SettingError(
            f"{path} has no rows: give a header row, then one row per sheet"
        )
    identities: list[Identity] = []
    taken: set[str] = set()
    for line, row in enumerate(rows[1:], 2):
        identity = row[0].strip()
        if (
            not identity
            or len(identity) > _MOST_ID
            or not identity.isascii()
            or not identity.isprintable()
        ):
            raise SettingError(
                f"{path}, row {line}: {identity!r} is not a valid id: "
                f"give 1 to {_MOST_ID} plain letters and digits"
            )
        if identity in taken:
            raise SettingError(f"{path}, row {line}: the id {identity} exists already")
        taken.add(identity)
        identities.append(
            Identity(identity, "  ".join(cell.strip() for cell in row if cell.strip()))
        )
    return identities
