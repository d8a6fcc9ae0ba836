"""One unit: its pictures read, its shards written."""

import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import cv2

from inkdigits.batch.contents import Named, contents
from inkdigits.batch.form_pages import FormRows
from inkdigits.batch.items import Item
from inkdigits.batch.plan import Plan, done_file, shards_file
from inkdigits.batch.settings import How
from inkdigits.batch.store import Store, open_store
from inkdigits.batch.tables import ERRORS, FORM_PAGES, FORMATS, LINES, Row
from inkdigits.errors import InkdigitsError, PictureError
from inkdigits.reading.input.limits import Limits
from inkdigits.reading.options import ReadOptions
from inkdigits.reading.reader import Reader
from inkdigits.reading.results import Line

# A batch runs for days, and a document in it may be a whole archive.
_LIMITS = Limits(max_pages=100_000, max_seconds=math.inf)


@dataclass(frozen=True, slots=True)
class Done:
    """The result of a unit, and the time at which reading began and ended."""

    unit: int
    pictures: int
    lines: int
    errors: int
    began: float = 0.0
    ended: float = 0.0


@dataclass(slots=True)
class _Tables:
    lines: list[Row] = field(default_factory=list)
    errors: list[Row] = field(default_factory=list)
    pictures: list[Row] = field(default_factory=list)


class UnitReader:
    """What a worker keeps between units: the networks, the plan and the output."""

    def __init__(self, output: str, how: How) -> None:
        cv2.setNumThreads(1)
        self.how = how
        self.store = open_store(output)
        self.plan = Plan.load(self.store)
        self.reader = Reader(
            how.model, min_confidence=how.min_confidence, threads=1, limits=_LIMITS
        )
        self._forms = FormRows(how.forms, self.reader, how.dpi) if how.forms else None

    def read(
        self,
        unit: int,
        skip: Mapping[int, str] | None = None,
        at: Callable[[int], None] = lambda _place: None,
    ) -> Done:
        """Read a unit's pictures and write its shards, the marker file last.

        `skip` has the places of pictures that are not to be tried, with the reason; `at` is told
        each place before it is read.
        """
        began, tables, skip = time.time(), _Tables(), skip or {}
        items = self.plan.items(unit)
        opened = contents(
            (item for place, item in enumerate(items) if place not in skip),
            self.reader.limits,
            self.how.column,
        )
        for place, item in enumerate(items):
            at(place)
            if place in skip:
                _add(tables, item, iter([_error(item, None, skip[place])]))
            else:
                _add(tables, item, self._rows(item, next(opened)[1]))
        _write(self.store, self.how, unit, tables)
        return Done(
            unit, len(items), len(tables.lines), len(tables.errors), began, time.time()
        )

    def _rows(self, item: Item, content: Named | PictureError) -> Iterator[Row]:
        """What is read in an item, or the error that says why nothing is."""
        if isinstance(content, PictureError):
            yield _error(item, None, str(content))
            return
        try:
            if self._forms is not None:
                yield from self._forms.of(item, content)
            else:
                yield from _lines(self.reader, self.how, item, content)
        # Whatever happens with one picture, the others must still be read.
        except Exception as error:  # noqa: BLE001
            yield _error(item, None, _reason(error))


def _add(tables: _Tables, item: Item, rows: Iterator[Row]) -> None:
    """A picture's rows into their tables, and itself among those that are done."""
    lines = errors = 0
    for row in rows:
        if "reason" in row:
            tables.errors.append(row)
            errors += 1
        else:
            tables.lines.append(row)
            lines += 1
    tables.pictures.append({"source": item.source, "lines": lines, "errors": errors})


def _lines(reader: Reader, how: How, item: Item, content: Named) -> Iterator[Row]:
    """The lines of a picture, page by page.

    A page that fails is an error, and the others are still read.
    """
    options = ReadOptions(dpi=how.dpi, expect=how.expect or None)
    for outcome in reader.read_each_page(content, options):
        if isinstance(outcome.reading, Exception):
            # The only page of a picture needs no number.
            page = outcome.number if outcome.count > 1 else None
            yield _error(item, page, _reason(outcome.reading))
        else:
            yield from (
                _line(item, outcome.number, line) for line in outcome.reading.lines
            )


def _reason(error: Exception) -> str:
    """One line; what is no error of ours is given with its kind."""
    # A message may have line breaks, and stands in a table's cell.
    message = " ".join(str(error).split())
    if isinstance(error, InkdigitsError):
        return message
    kind = type(error).__name__
    return f"{kind}: {message}"


def _line(item: Item, page: int, line: Line) -> Row:
    box = [line.box.left, line.box.top, line.box.right, line.box.bottom]
    return {
        "source": item.source,
        "page": page,
        "text": line.text,
        "number": line.number,
        "confidence": line.confidence,
        "accepted": line.accepted,
        "box": box,
    }


def _error(item: Item, page: int | None, reason: str) -> Row:
    return {
        "source": item.source,
        "page": page,
        "reason": reason.encode("utf-8", "replace").decode(),
    }


def _write(store: Store, how: How, unit: int, tables: _Tables) -> None:
    """Write the shards, then their digests, and finally the file that marks it done."""
    form = how.format
    write = FORMATS[form]
    lines = f"lines-{unit:06}.{form}"
    errors = f"errors-{unit:06}.{form}"
    files = {lines: write(FORM_PAGES if how.forms else LINES, tables.lines)}
    if tables.errors:
        files[errors] = write(ERRORS, tables.errors)
    else:
        # An earlier attempt at this unit may have left one.
        store.remove(errors)
    for name, content in files.items():
        store.write(name, content)
    # The file that says that the unit is done has its own digest too, and is written last.
    rows = "".join(
        json.dumps(row, ensure_ascii=False) + "\n" for row in tables.pictures
    ).encode()
    digests = {
        name: _digest(content)
        for name, content in {**files, done_file(unit): rows}.items()
    }
    store.write(shards_file(unit), json.dumps(digests).encode() + b"\n")
    store.write(done_file(unit), rows)


def _digest(content: bytes) -> str:
    """The SHA-256 of a picture's bytes."""
    return hashlib.sha256(content).hexdigest()


def damaged_file(store: Store, unit: int) -> str | None:
    """The first file of a unit that is done which is missing or not as it was written."""
    list_of_files = shards_file(unit)
    try:
        digests = json.loads(store.read(list_of_files))
        wanted = {str(name): str(digest) for name, digest in digests.items()}
    except (FileNotFoundError, ValueError, AttributeError):
        return list_of_files
    for name, digest in wanted.items():
        try:
            content = store.read(name)
        except FileNotFoundError:
            return name
        if _digest(content) != digest:
            return name
    # A list that leaves out the unit's last file is itself damaged.
    if done_file(unit) not in wanted:
        return list_of_files
    return None


def done_before(store: Store, unit: int) -> Done:
    """What a unit that an earlier start finished says of itself."""
    content = store.read(done_file(unit))
    pictures = [json.loads(line) for line in content.splitlines()]
    line_count = sum(picture["lines"] for picture in pictures)
    error_count = sum(picture["errors"] for picture in pictures)
    return Done(unit, len(pictures), line_count, error_count)
