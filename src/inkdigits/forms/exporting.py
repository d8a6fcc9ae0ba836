"""Records → a CSV, XLSX, JSON lines, Parquet or SQLite file.

CSV and XLSX have a row for each form; the others hold everything that is known. A field
that is not accepted ends with " ?" in CSV and XLSX, so that nobody adds it up
without noticing.
"""

import base64
import io
import json
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from inkdigits.csv_cells import rows_as_csv
from inkdigits.errors import MissingExtraError, SettingError
from inkdigits.files import write_whole
from inkdigits.forms.records import FieldReading, Record
from inkdigits.forms.spreadsheets import doubtful_cell, openpyxl, text_cell
from inkdigits.forms.template import FormTemplate
from inkdigits.forms.values import plain

# No spreadsheet takes a cell with this ending for a number.
DOUBT = " ?"
ABOUT = ("form", "id", "source", "accepted", "reason")
_LONG = (
    "record",
    "form",
    "id",
    "source",
    "field",
    "text",
    "value",
    "confidence",
    "accepted",
    "reason",
    "page",
    "box",
    "reviewed_by",
)
_TABLES = (
    "create table records (record integer primary key, form text, id text, source text, "
    "accepted integer, reason text)",
    "create table fields "
    "(record integer references records, field text, text text, value text, confidence real, "
    "accepted integer, "
    "reason text, page integer, box text, reviewed_by text, primary key (record, field))",
)
# The most characters that Excel allows in the name of a sheet.
_MOST_SHEET_NAME = 31


def exported(
    records: Sequence[Record], forms: Sequence[FormTemplate], path: Path
) -> bytes:
    """The content of the file that `export` writes.

    It names the cut-outs of image fields but does not hold them.
    """
    check_name(path)
    return _WRITERS[path.suffix.lower()](records, forms, path)


def export(
    records: Sequence[Record], forms: Sequence[FormTemplate], path: Path
) -> None:
    """Write the records in the format that the file's name asks for.

    The file appears whole or not at all.
    """
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise SettingError(
            f"{path} cannot be written: name a file that ends with {', '.join(_WRITERS)}"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Cut-outs first: a file that names them must never exist without them.
        _write_pictures(records, path)
        write_whole(path, write(records, forms, path), durable=True)
    except OSError as error:
        raise SettingError(
            f"{path} cannot be written ({error.strerror or error}): name another --output"
        ) from None


def check_name(path: Path) -> None:
    """Raise SettingError if a file of this name cannot be written.

    The ending may be unknown, or an extra may be missing. It is checked before anything
    is read.
    """
    if path.suffix.lower() not in _WRITERS:
        raise SettingError(
            f"{path} cannot be written: name a file that ends with {', '.join(_WRITERS)}"
        )
    if path.suffix.lower() == ".parquet":
        _arrow()
    if path.suffix.lower() == ".xlsx":
        openpyxl()


def pictures_folder(path: Path) -> Path:
    """Where the cut-outs of image fields go."""
    return path.with_name(f"{path.name}.images")


def _picture_name(place: int, name: str) -> str:
    """The name of a field's picture in the folder of pictures."""
    # The record's place keeps the name unique, whatever the field's name loses here.
    return f"{place:05}-{re.sub(r'[^A-Za-z0-9_.-]', '_', name)}.png"


def _write_pictures(records: Sequence[Record], path: Path) -> None:
    """Write cut-outs into a folder next to the file."""
    for place, record in enumerate(records, 1):
        for name, reading in record.fields.items():
            if reading.picture:
                folder = pictures_folder(path)
                folder.mkdir(exist_ok=True)
                write_whole(
                    folder / _picture_name(place, name),
                    base64.b64decode(reading.picture),
                )


def _source(record: Record) -> str:
    """The sources of all of a record's pages."""
    sources = [str(source) for source in record.sources]
    return "; ".join(sources)


def _about(record: Record) -> tuple[Any, ...]:
    return (
        record.form,
        record.id,
        _source(record),
        "true" if record.accepted else "false",
        record.reason,
    )


def _shown(reading: FieldReading | None, place: int, path: Path) -> str:
    """A field as a cell of CSV."""
    if reading is None:
        return ""
    if reading.picture and not reading.text:
        return f"{pictures_folder(path).name}/{_picture_name(place, reading.name)}"
    if not reading.accepted:
        return f"{reading.text}{DOUBT}"
    value = plain(reading.value)
    return (
        "|".join(value)
        if isinstance(value, list)
        else reading.text
        if value is None
        else str(value)
    )


def _csv(records: Sequence[Record], forms: Sequence[FormTemplate], path: Path) -> bytes:
    """One row per record, one column per field."""
    names = _names(forms)
    rows: list[list[object]] = [[*ABOUT, *names]]
    for place, record in enumerate(records, 1):
        row: list[object] = [*_about(record)]
        for name in names:
            # A form may lack fields that others have.
            reading = record.fields.get(name)
            row.append(_shown(reading, place, path))
        rows.append(row)
    return rows_as_csv(rows).encode()


def _names(forms: Sequence[FormTemplate]) -> list[str]:
    """The fields of all forms, each name once."""
    # A dict, because a set would lose the order of the columns.
    names: dict[str, None] = {}
    for form in forms:
        names.update(dict.fromkeys(form.fields))
    return list(names)


def _jsonl(
    records: Sequence[Record], forms: Sequence[FormTemplate], path: Path
) -> bytes:
    """One JSON object per record."""
    lines = []
    for place, record in enumerate(records, 1):
        row = _with_pictures(record, place, path)
        line = json.dumps(row, ensure_ascii=False)
        lines.append(line + "\n")
    return "".join(lines).encode()


def _with_pictures(record: Record, place: int, path: Path) -> dict[str, Any]:
    """The record as JSON, its cut-outs named by their files."""
    content = record.to_dict()
    folder = pictures_folder(path).name
    for name, reading in record.fields.items():
        # Only doubtful fields have one.
        if not reading.picture:
            continue
        file = _picture_name(place, name)
        content["fields"][name]["picture"] = f"{folder}/{file}"
    return content


def _long_rows(records: Sequence[Record]) -> Iterator[tuple[Any, ...]]:
    """A row for each field, and one without a field for a record that has none."""
    for place, record in enumerate(records, 1):
        about = (place, record.form, record.id, _source(record))
        if not record.fields:
            yield (*about, "", "", None, 0.0, False, record.reason, 0, "", "")
        for name, reading in record.fields.items():
            content = reading.to_dict()
            value = content["value"]
            shown = (
                "|".join(value)
                if isinstance(value, list)
                else None
                if value is None
                else str(value)
            )
            accepted = reading.accepted and not record.reason
            reason = reading.reason or record.reason
            yield (
                *about,
                name,
                reading.text,
                shown,
                reading.confidence,
                accepted,
                reason,
                reading.page,
                json.dumps(content["box"]),
                reading.reviewed_by,
            )


def _parquet(
    records: Sequence[Record], forms: Sequence[FormTemplate], path: Path
) -> bytes:
    """One row per field of each record."""
    arrow, parquet = _arrow()
    kinds = {
        "record": arrow.int64(),
        "page": arrow.int64(),
        "confidence": arrow.float64(),
        "accepted": arrow.bool_(),
    }
    schema = arrow.schema([(name, kinds.get(name, arrow.string())) for name in _LONG])
    rows = [dict(zip(_LONG, row, strict=True)) for row in _long_rows(records)]
    table = arrow.Table.from_pylist(rows, schema=schema)
    out = io.BytesIO()
    parquet.write_table(table, out, compression="zstd")
    return out.getvalue()


def _sqlite(
    records: Sequence[Record], forms: Sequence[FormTemplate], path: Path
) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "records.sqlite"
        database = sqlite3.connect(made)
        with database:
            for table in _TABLES:
                database.execute(table)
            database.executemany(
                "insert into records values (?, ?, ?, ?, ?, ?)",
                [
                    (
                        place,
                        record.form,
                        record.id,
                        _source(record),
                        record.accepted,
                        record.reason,
                    )
                    for place, record in enumerate(records, 1)
                ],
            )
            database.executemany(
                "insert into fields values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(row[0], *row[4:]) for row in _long_rows(records) if row[4]],
            )
        database.close()
        return made.read_bytes()


def _xlsx(
    records: Sequence[Record], forms: Sequence[FormTemplate], path: Path
) -> bytes:
    """A sheet for each form, and one for pages that belong to none.

    Doubtful cells are amber, with their reason as a note.
    """
    book = openpyxl().Workbook(write_only=True)
    numbered = list(enumerate(records, 1))
    for form in forms:
        sheet = book.create_sheet(_sheet_name(form.name, book.sheetnames))
        sheet.freeze_panes = "A2"
        names = list(form.fields)
        sheet.append([text_cell(sheet, name) for name in (*ABOUT, *names)])
        for place, record in numbered:
            if record.form == form.name:
                cells = [text_cell(sheet, each) for each in _about(record)]
                cells += [
                    _cell(sheet, record.fields.get(name), place, path) for name in names
                ]
                sheet.append(cells)
    strangers = [record for record in records if not record.form]
    if strangers:
        sheet = book.create_sheet(_sheet_name("other pages", book.sheetnames))
        sheet.append([text_cell(sheet, name) for name in ("source", "reason")])
        for record in strangers:
            sheet.append(
                [text_cell(sheet, _source(record)), text_cell(sheet, record.reason)]
            )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet_name(name: str, taken: Sequence[str]) -> str:
    """A sheet name that Excel accepts and that is not taken yet."""
    # Excel refuses these signs, and longer names.
    allowed = re.sub(r"[\[\]:*?/\\]", "_", name)
    short = allowed[:_MOST_SHEET_NAME] or "form"
    # To Excel, upper and lower case are the same.
    others = {other.casefold() for other in taken}
    number = 1
    tried = short
    while tried.casefold() in others:
        end = f" ({number})"
        tried = short[: _MOST_SHEET_NAME - len(end)] + end
        number += 1
    return tried


def _cell(sheet: Any, reading: FieldReading | None, place: int, path: Path) -> Any:
    """A field's cell: a number or date as such, anything else as text."""
    from openpyxl.cell import WriteOnlyCell

    if reading is None:
        return text_cell(sheet, "")
    shown = _shown(reading, place, path)
    if not reading.accepted:
        return doubtful_cell(sheet, shown, reading.reason, reading.confidence)
    value: Any = reading.value
    if isinstance(reading.value, int | Decimal | date | time):
        return WriteOnlyCell(sheet, value=value)
    # Digits that are not a quantity, such as an account number, keep their zeros.
    return text_cell(sheet, shown)


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError("Parquet", "batch") from None
    return pyarrow, pyarrow.parquet


_Writer = Callable[[Sequence[Record], Sequence[FormTemplate], Path], bytes]
_WRITERS: dict[str, _Writer] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".jsonl": _jsonl,
    ".parquet": _parquet,
    ".sqlite": _sqlite,
}
