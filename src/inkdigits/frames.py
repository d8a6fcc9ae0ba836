"""Readings as a data frame, by whichever library is there."""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from inkdigits.errors import MissingExtraError
from inkdigits.formats.columns import COLUMNS, Row, with_text_value

_LIBRARIES = ("pandas", "polars")
# Types that have room for an empty cell.
_PANDAS_TYPES = {
    "text": "string",
    "integer": "Int64",
    "number": "Float64",
    "yes or no": "boolean",
}
_POLARS_TYPES = {
    "text": "String",
    "integer": "Int64",
    "number": "Float64",
    "yes or no": "Boolean",
}


def frame_of(rows: Sequence[Row]) -> Any:
    """A frame of pandas or polars: of the one that is imported already, or else installed."""
    library: Any = import_module(_library())
    names = [column.name for column in COLUMNS]
    plain = [with_text_value(row) for row in rows]
    if library.__name__ == "polars":
        schema = {
            column.name: getattr(library, _POLARS_TYPES[column.kind])
            for column in COLUMNS
        }
        return library.DataFrame(plain, schema=schema, orient="row")
    types = {column.name: _PANDAS_TYPES[column.kind] for column in COLUMNS}
    return library.DataFrame(plain, columns=names, dtype=object).astype(types)


def _library() -> str:
    imported = [name for name in _LIBRARIES if name in sys.modules]
    installed = [
        name for name in _LIBRARIES if name not in imported and find_spec(name)
    ]
    candidates = [*imported, *installed]
    if not candidates:
        raise MissingExtraError(
            "a data frame (pandas, or polars, which you may install in its place)",
            "train",
        )
    return candidates[0]
