"""Readings as a SQLite database with one table, `numbers`."""

import sqlite3
from pathlib import Path

from inkdigits.formats.columns import COLUMNS, rows_of, with_text_value
from inkdigits.reading.results import Reading

_TYPES = {
    "text": "TEXT",
    "integer": "INTEGER",
    "number": "REAL",
    "yes or no": "INTEGER",
}


class SqliteWriter:
    """A table that rows are inserted into."""

    def __init__(self, path: Path) -> None:
        """A new database with one empty table."""
        self._connection = sqlite3.connect(path)
        columns = []
        for column in COLUMNS:
            kind = _TYPES[column.kind]
            columns.append(f'"{column.name}" {kind}')
        # The names and types are the columns' own: nothing of a user is in the statement.
        self._connection.execute(f"CREATE TABLE numbers ({', '.join(columns)})")
        marks = ", ".join("?" for _ in COLUMNS)
        self._insert = f"INSERT INTO numbers VALUES ({marks})"  # noqa: S608 - question marks alone

    def add(self, name: str, found: Reading) -> None:
        """A row for each number of the reading."""
        self._connection.executemany(
            self._insert, map(with_text_value, rows_of(name, found))
        )

    def close(self) -> None:
        self._connection.commit()
        self._connection.close()
