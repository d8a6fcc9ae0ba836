"""A batch's shards → one table, with the columns of `inkdigits read --output`.

A picture without numbers is a row too.
"""

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from inkdigits.batch.plan import Plan, done_file
from inkdigits.batch.store import Store
from inkdigits.batch.tables import ERRORS, FORMATS, Row, need_arrow
from inkdigits.csv_cells import plain_cell
from inkdigits.outputs import open_output
from inkdigits.reading.numbers.values import value_of
from inkdigits.reading.results import Box, Line, PageReading, Reading

_FALSE_OR_TRUE = {"false": False, "true": True}


def write_single_file(store: Store, plan: Plan, form: str) -> list[str]:
    """Write `numbers.*`, and `errors.*` where there are some; gives their names."""
    names = [f"numbers.{form}"]
    # Made here and then stored as a whole, because the output may be remote.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / names[0]
        with open_output(path) as out:
            for unit in range(plan.units):
                for source, reading in _readings(store, unit, form):
                    out.add(source, reading)
        store.write(names[0], path.read_bytes())
    errors = [row for unit in range(plan.units) for row in _errors(store, unit, form)]
    if errors:
        names.append(f"errors.{form}")
        store.write(names[1], FORMATS[form](ERRORS, errors))
    else:
        # From an earlier start with other errors.
        store.remove(f"errors.{form}")
    return names


def _readings(store: Store, unit: int, form: str) -> Iterator[tuple[str, Reading]]:
    """Each picture of a unit that could be read, with its rows, in order."""
    shard = f"lines-{unit:06}.{form}"
    rows = iter(_rows(store, shard, form))
    for line in store.read(done_file(unit)).splitlines():
        picture = json.loads(line)
        source = picture["source"]
        # Rows of a shard stand in the order of its pictures.
        of_picture = list(islice(rows, picture["lines"]))
        if of_picture:
            yield source, _reading(of_picture)
        elif not picture["errors"]:
            # Read without finding a number: it gets an empty row.
            blank = PageReading((), 0, 0)
            yield source, Reading((blank,))


def _reading(rows: list[Row]) -> Reading:
    """Rows of one picture as the reading that they came from."""
    by_page = groupby(rows, key=lambda row: int(row["page"]))
    return Reading(
        tuple(
            PageReading(tuple(map(_line, of_page)), 0, 0, page)
            for page, of_page in by_page
        )
    )


def _line(row: Row) -> Line:
    return Line(
        row["text"],
        row["confidence"],
        row["accepted"],
        Box(*row["box"]),
        (),
        value=value_of(row["text"]),
    )


def _errors(store: Store, unit: int, form: str) -> Iterable[Row]:
    """The errors of a unit, most often none."""
    name = f"errors-{unit:06}.{form}"
    if not store.exists(name):
        return ()
    return _rows(store, name, form)


def _rows(store: Store, name: str, form: str) -> Iterable[Row]:
    """The rows of one shard."""
    read = _READERS[form]
    content = store.read(name)
    return read(content)


def _of_csv(content: bytes) -> Iterable[Row]:
    """The rows of a CSV file, each cell as the value it was."""
    text = io.StringIO(content.decode(), newline="")
    for row in csv.DictReader(text):
        yield {name: _cell(name, cell) for name, cell in row.items()}


def _cell(name: str, cell: str) -> Any:
    if name == "box":
        return json.loads(cell)
    if name == "accepted":
        return _FALSE_OR_TRUE[cell]
    if name == "confidence":
        return float(cell)
    if name == "page":
        return int(cell) if cell else None
    return plain_cell(cell)


def _of_jsonl(content: bytes) -> Iterable[Row]:
    """The rows of a file of JSON lines."""
    # Not splitlines: a text may hold other line separators.
    for line in content.decode().split("\n"):
        if line:
            yield json.loads(line)


def _of_parquet(content: bytes) -> Iterable[Row]:
    """The rows of a Parquet file, each value of its own type."""
    _, parquet = need_arrow()
    file = io.BytesIO(content)
    table = parquet.read_table(file)
    rows: list[Row] = table.to_pylist()
    return rows


_READERS: dict[str, Callable[[bytes], Iterable[Row]]] = {
    "csv": _of_csv,
    "jsonl": _of_jsonl,
    "parquet": _of_parquet,
}
