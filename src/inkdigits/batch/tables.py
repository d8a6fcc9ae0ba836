"""Rows → the bytes of a shard (Parquet, CSV or JSON lines), always the same."""

import io
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from inkdigits.csv_cells import rows_as_csv
from inkdigits.errors import MissingExtraError

Row: TypeAlias = dict[str, Any]
LINES = ("source", "page", "text", "number", "confidence", "accepted", "box")
FORM_PAGES = ("source", "page", "seen")
ERRORS = ("source", "page", "reason")
_KINDS = {
    "source": "string",
    "page": "int32",
    "text": "string",
    "number": "string",
    "confidence": "float64",
    "accepted": "bool_",
    "reason": "string",
}


def _jsonl(columns: tuple[str, ...], rows: Iterable[Row]) -> bytes:
    """One JSON object per row, with these columns alone."""
    lines = []
    for row in rows:
        chosen = {name: row[name] for name in columns}
        line = json.dumps(chosen, ensure_ascii=False)
        lines.append(line + "\n")
    return "".join(lines).encode()


def _csv(columns: tuple[str, ...], rows: Iterable[Row]) -> bytes:
    """The box as a list in one cell: `[left, top, right, bottom]`."""
    table: list[Sequence[Any]] = [columns]
    for row in rows:
        cells = [_cell(row[name]) for name in columns]
        table.append(cells)
    return rows_as_csv(table).encode()


def _cell(value: Any) -> Any:
    """Lists, false and true as JSON writes them."""
    if isinstance(value, list | bool):
        return json.dumps(value)
    return value


def _parquet(columns: tuple[str, ...], rows: Iterable[Row]) -> bytes:
    """The rows as a Parquet file. Boxes are lists of four numbers."""
    arrow, parquet = need_arrow()
    kinds = {name: getattr(arrow, kind)() for name, kind in _KINDS.items()}
    box_kind = arrow.list_(arrow.int32(), 4)
    # Named types, because a shard without rows would otherwise have none.
    schema = arrow.schema(
        [(name, box_kind if name == "box" else kinds[name]) for name in columns]
    )
    table = arrow.Table.from_pylist(list(rows), schema=schema)
    out = io.BytesIO()
    parquet.write_table(table, out, compression="zstd")
    return out.getvalue()


def need_arrow() -> tuple[Any, Any]:
    """pyarrow and its Parquet part."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError("Parquet", "batch") from None
    return pyarrow, pyarrow.parquet


FORMATS: dict[str, Callable[[tuple[str, ...], Iterable[Row]], bytes]] = {
    "parquet": _parquet,
    "csv": _csv,
    "jsonl": _jsonl,
}
