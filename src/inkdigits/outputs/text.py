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
        """Begin the file with what stands before all readings."""
        self._exporter = exporter
        # Names of files need not be UTF-8: what is not becomes a question mark.
        self._file = path.open("w", encoding="utf-8", errors="replace", newline="")
        head = exporter.head
        self._file.write(head)

    @classmethod
    def of(cls, exporter: Exporter) -> Callable[[Path], "TextWriter"]:
        """What opens a file for this exporter."""

        def open_file(path: Path) -> TextWriter:
            return cls(path, exporter)

        return open_file

    def add(self, name: str, found: Reading) -> None:
        """Write what stands for one reading."""
        text = self._exporter.one(name, found, False)
        self._file.write(text)

    def close(self) -> None:
        """End the document and close the file."""
        self._file.write(self._exporter.foot)
        self._file.close()


def _json_lines(name: str, found: Reading, alone: bool = False) -> str:
    """An object for each row, with the columns of every table."""
    lines = []
    for cells in rows_of(name, found):
        row = dict(zip(NAMES, cells, strict=True))
        lines.append(json.dumps(row, ensure_ascii=False) + "\n")
    return "".join(lines)


JSON_LINES = Exporter("", _json_lines, "")
