"""Readings as one Parquet file."""

from pathlib import Path
from typing import Any

from inkdigits.errors import MissingExtraError
from inkdigits.formats.columns import COLUMNS, NAMES, Row, rows_of, with_text_value
from inkdigits.reading.results import Reading

_TYPES = {
    "text": "string",
    "integer": "int64",
    "number": "float64",
    "yes or no": "bool_",
}
# Rows that are held before they are written together.
_ROWS_AT_ONCE = 10_000


class ParquetWriter:
    """A table that is written some rows at a time."""

    def __init__(self, path: Path) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError:
            raise MissingExtraError("a .parquet file", "batch") from None
        self._arrow: Any = pyarrow
        self._schema = pyarrow.schema(
            [
                (column.name, getattr(pyarrow, _TYPES[column.kind])())
                for column in COLUMNS
            ]
        )
        self._file: Any = pyarrow.parquet.ParquetWriter(
            path, self._schema, compression="zstd"
        )
        self._rows: list[Row] = []

    def add(self, name: str, found: Reading) -> None:
        """Gather the reading's rows, and write them when there are enough."""
        for row in rows_of(name, found):
            self._rows.append(with_text_value(row))
        # Groups of a few rows would make the file large and slow.
        if len(self._rows) >= _ROWS_AT_ONCE:
            self._write()

    def _write(self) -> None:
        """Write the rows gathered so far as one group."""
        rows = [dict(zip(NAMES, row, strict=True)) for row in self._rows]
        table = self._arrow.Table.from_pylist(rows, schema=self._schema)
        self._file.write_table(table)
        self._rows = []

    def close(self) -> None:
        self._write()
        self._file.close()
