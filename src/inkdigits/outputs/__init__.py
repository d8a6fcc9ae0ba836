"""Readings → one file, complete or not at all.

It is a table of numbers, a document, or a folder with one file per page.

`open_output(path)` gives the writer of a file by its ending; `KINDS` names them all.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from inkdigits.errors import SettingError
from inkdigits.formats import READING, coco, label_studio
from inkdigits.outputs.collected import CollectedWriter
from inkdigits.outputs.pages import PAGE_DOCUMENTS, PagesFolder
from inkdigits.outputs.parquet import ParquetWriter
from inkdigits.outputs.pdf import PdfWriter
from inkdigits.outputs.sqlite import SqliteWriter
from inkdigits.outputs.text import JSON_LINES, TextWriter
from inkdigits.outputs.writer import FileOutput, Output, Writer
from inkdigits.outputs.xlsx import XlsxWriter

__all__ = ["KINDS", "TEXTS", "Output", "kind_of", "open_output"]

# What may follow a file's name, and what is written then.
_ENDINGS = {
    ".txt": "text",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".hocr": "hocr",
    ".html": "hocr",
    ".xlsx": "xlsx",
    ".parquet": "parquet",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
    ".db": "sqlite",
    ".pdf": "pdf",
}

# What can be printed too.
TEXTS = {**READING, "jsonl": JSON_LINES}
_WRITERS: dict[str, Callable[[Path], Writer]] = {
    **{name: TextWriter.of(exporter) for name, exporter in TEXTS.items()},
    "xlsx": XlsxWriter,
    "parquet": ParquetWriter,
    "sqlite": SqliteWriter,
    "pdf": PdfWriter,
    "coco": CollectedWriter.of(coco.data_set),
    "label-studio": CollectedWriter.of(label_studio.tasks),
}
KINDS = (*_WRITERS, *PAGE_DOCUMENTS)


def kind_of(path: Path) -> str:
    """What a file is to hold, by its ending."""
    kind = _ENDINGS.get(path.suffix.lower())
    if kind is None:
        raise SettingError(
            f"--output is {path}: choose {', '.join(_ENDINGS)}, or give its --format"
        )
    return kind


def open_output(
    path: Path, kind: str | None = None, *, password: str | None = None
) -> Output:
    """The file, or for ALTO and PAGE the folder, to be written to.

    A file appears under its name when all of it is there.

    `password` is that of encrypted PDF files, whose pages a searchable PDF shows.
    """
    kind = kind or kind_of(path)
    if kind in PAGE_DOCUMENTS:
        return PagesFolder(path, kind)
    writer = partial(PdfWriter, password=password) if kind == "pdf" else _WRITERS[kind]
    return FileOutput(path, writer)
