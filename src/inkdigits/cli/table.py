"""`inkdigits table`."""

from pathlib import Path
from typing import Annotated

import typer

from inkdigits.cli import shared


def command(
    image: Annotated[
        str,
        typer.Argument(help="A picture, PDF or multi-page TIFF file.", metavar="IMAGE"),
    ],
    output: Annotated[Path, typer.Option(help="A .csv or .xlsx file.")],
    expect: Annotated[
        list[str] | None,
        typer.Option(
            help=(
                "The pattern of a column, such as 1=\\d{4} or 3=date; may be "
                "repeated for other columns."
            )
        ),
    ] = None,
    totals: Annotated[
        bool,
        typer.Option(
            "--totals",
            help="The last row holds the sums of the columns; use it for reading.",
        ),
    ] = False,
    decimal: shared.Decimal = None,
    pages: shared.Pages = None,
    dpi: shared.Dpi = 200,
    model: shared.Model = None,
) -> None:
    """Read a table of numbers into rows and columns.

    The table may have ruled lines or not; empty cells are kept. Numbers that are
    not accepted end with " ?". In an .xlsx file their cells are amber with the
    reason as a note, and the sheet "doubtful" shows pictures of them. Each page is
    a sheet of the .xlsx file; in CSV the pages follow each other.

    inkdigits table stock.jpg --output stock.csv
    """
    from functools import cache, partial

    from inkdigits.errors import SettingError
    from inkdigits.formats.drawing import upright_page
    from inkdigits.forms.table_files import (
        check_name,
        shows_pictures,
        with_cut_outs,
        write_tables,
    )
    from inkdigits.forms.table_reading import read_table
    from inkdigits.forms.tables import expected, with_totals
    from inkdigits.machine import cores
    from inkdigits.reading.options import ReadOptions
    from inkdigits.reading.picture_ref import PictureRef
    from inkdigits.reading.reader import Reader
    from inkdigits.reading.results import Reading
    from inkdigits.reading.wording import counted

    check_name(output)
    patterns = dict(_column(each) for each in expect or [])
    options = ReadOptions(pages, dpi, decimal=decimal)
    reader = Reader(model, threads=cores())
    tables = []
    picture = PictureRef.to(image, reader.limits, pages, dpi)
    for page in reader.read_pages(image, options):
        upright = cache(partial(upright_page, Reading((page,), picture), page))
        table = read_table(reader, page, upright, options.conventions)
        table = expected(table, patterns, options.conventions)
        table = with_totals(table) if totals else table
        if shows_pictures(output) and not all(
            cell.accepted for row in table.rows for cell in row
        ):
            table = with_cut_outs(table, upright())
        tables.append(table)
    if not any(table.rows for table in tables):
        raise SettingError(f"{image} contains no numbers: give a picture of a table")
    write_tables(tables, output)
    rows = sum(len(table.rows) for table in tables)
    columns = max(table.columns for table in tables)
    doubtful = sum(
        not cell.accepted for table in tables for row in table.rows for cell in row
    )
    found = [counted(rows, "row"), counted(columns, "column")]
    typer.echo(f"{', '.join(found)}, {counted(doubtful, 'doubtful cell')}: {output}")


def _column(text: str) -> tuple[int, str]:
    """Parse `3=date` into column 3 and its pattern."""
    from inkdigits.errors import SettingError

    number, sign, pattern = text.partition("=")
    if not sign or not number.strip().isdecimal() or not pattern:
        raise SettingError(
            rf"--expect is {text}: give a column and its pattern, such as 1=\d{{4}}"
        )
    return int(number), pattern
