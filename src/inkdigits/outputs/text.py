"""Text formats with one part per reading: text, JSON, CSV, hOCR and JSON lines."""

import json
from collections.abc import Callable
from pathlib import Path

from inkdigits.formats.columns import NAMES, rows_of
from inkdigits.formats.exporter import Exporter
from inkdigits.reading.results import Reading


class TextWriter:
    """What an exporter gives, as it comes."""

    def __init__(self, path: Path, exporter: Exporter) -> None:
        self._exporter = exporter
        self._file = path.open("w", encoding="utf-8", errors="replace", newline="")
        self._file.write(exporter.head)

    @classmethod
    def of(cls, exporter: Exporter) -> Callable[[Path], "TextWriter"]:
        return lambda path: cls(path, exporter)

    def add(self, name: str, found: Reading) -> None:
        self._file.write(self._exporter.one(name, found, False))

    def close(self) -> None:
        self._file.write(self._exporter.foot)
        self._file.close()


def _json_lines(name: str, found: Reading, alone: bool = False) -> str:
    """An object for each row, with the columns of every table."""
    rows = (dict(zip(NAMES, row, strict=True)) for row in rows_of(name, found))
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


JSON_LINES = Exporter("", _json_lines, "")
