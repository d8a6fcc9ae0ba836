"""Tables of numbers, opened by somebody else's readers."""

import csv
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def by_csv(path: Path) -> list[dict[str, Any]]:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    numbers: dict[str, Callable[[str], Any]] = {
        "page": int,
        "line": int,
        "left": int,
        "confidence": float,
        "accepted": lambda cell: cell == "true",
    }
    plain = [
        {
            name: numbers.get(name, str)(cell) if cell else None
            for name, cell in row.items()
        }
        for row in rows
    ]
    return [{**row, "file": str(row["file"]).removeprefix("'")} for row in plain]


def by_json(path: Path) -> list[dict[str, Any]]:
    """Whole values are numbers in JSON."""
    rows = [json.loads(row) for row in path.read_text().splitlines()]
    return [
        {
            **row,
            "value": str(row["value"])
            if isinstance(row["value"], int)
            else row["value"],
        }
        for row in rows
    ]


def by_pyarrow(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (
        pytest.importorskip("pyarrow.parquet").read_table(path).to_pylist()
    )
    return rows


def by_sqlite(path: Path) -> list[dict[str, Any]]:
    with sqlite3.connect(path) as connection:
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute("SELECT * FROM numbers")]
    connection.close()
    return [
        {**row, "accepted": None if row["accepted"] is None else bool(row["accepted"])}
        for row in rows
    ]


def by_openpyxl(path: Path) -> list[dict[str, Any]]:
    book = pytest.importorskip("openpyxl").load_workbook(path)
    head, *rows = book.active.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


READERS: dict[str, Callable[[Path], list[dict[str, Any]]]] = {
    "csv": by_csv,
    "jsonl": by_json,
    "parquet": by_pyarrow,
    "sqlite": by_sqlite,
    "xlsx": by_openpyxl,
}
