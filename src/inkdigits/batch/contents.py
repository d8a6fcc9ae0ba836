"""Items → their bytes, in order, with a bounded number of remote files prefetched."""

import io
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import TypeAlias

from inkdigits.batch.items import BAD, MEMBER, ROW, Item
from inkdigits.batch.remote import fetch, fetch_part
from inkdigits.batch.shards import row_contents
from inkdigits.errors import NotAPictureError, PictureError, PictureTooLargeError
from inkdigits.reading.input.limits import Limits
from inkdigits.reading.input.sources import read_bytes
from inkdigits.reading.input.url import is_remote

Content: TypeAlias = "Named | PictureError"
# Remote files that are fetched while others are read: enough to hide a slow store.
_AHEAD = 16


class Named(io.BytesIO):
    """A picture's bytes with the name that messages should give it."""

    def __init__(self, content: bytes, name: str) -> None:
        """The content of a file, and the name to show for it."""
        super().__init__(content)
        self.name = name


def contents(
    items: Iterable[Item], limits: Limits, column: str | None = None
) -> Iterator[tuple[Item, Content]]:
    """Each item with its bytes, or with the error that says why it has none."""
    for (_, how), group in groupby(items, key=_way):
        if how == ROW:
            # All rows of a table at once: a column is read in one go.
            yield from _rows(list(group), column)
        elif how == "remote":
            yield from _fetched_ahead(group, limits)
        else:
            for item in group:
                content = _content(item, limits)
                yield item, content


def _way(item: Item) -> tuple[str, str]:
    """Items that are read together: rows of one table, or neighbouring remote files."""
    if item.kind == ROW:
        return item.path, ROW
    return "", "remote" if is_remote(item.path) and item.kind != BAD else "here"


def _rows(items: list[Item], column: str | None) -> Iterator[tuple[Item, Content]]:
    """Rows of one Parquet file with their items.

    An error of the file is the error of every row left.
    """
    place = 0
    try:
        for content in row_contents(items[0].path, [item.at for item in items], column):
            item = items[place]
            place += 1
            yield (
                item,
                content
                if isinstance(content, PictureError)
                else Named(content, item.source),
            )
    except PictureError as error:
        for item in items[place:]:
            yield item, error


def _fetched_ahead(
    items: Iterator[Item], limits: Limits
) -> Iterator[tuple[Item, Content]]:
    """Items in order, while threads fetch the next ones."""
    waiting: deque[tuple[Item, Future[Content]]] = deque()

    def next_in_order() -> tuple[Item, Content]:
        """The item that waits longest, once its content is there."""
        item, content = waiting.popleft()
        return item, content.result()

    with ThreadPoolExecutor(_AHEAD) as pool:
        try:
            for item in items:
                fetched = pool.submit(_content, item, limits)
                waiting.append((item, fetched))
                # No more than so many are held in memory at a time.
                if len(waiting) >= _AHEAD:
                    yield next_in_order()
            while waiting:
                yield next_in_order()
        finally:
            # A caller that stops early does not wait for items that were fetched ahead.
            pool.shutdown(wait=False, cancel_futures=True)


def _content(item: Item, limits: Limits) -> Content:
    """An item's bytes, or the error that says why it has none."""
    if item.kind == BAD:
        return NotAPictureError(item.name)
    source = item.source
    try:
        if item.size > limits.max_bytes:
            raise PictureTooLargeError(
                f"{source} has {item.size:,} bytes, the limit is {limits.max_bytes:,}: "
                "give a smaller file"
            )
        if item.kind == MEMBER:
            content = _member(item)
        elif is_remote(item.path):
            content = fetch(item.path, limits.max_bytes)
        else:
            content, _ = read_bytes(item.path, limits)
    except PictureError as error:
        # Given, not raised: the other pictures are still to be read.
        return error
    return Named(content, source)


def _member(item: Item) -> bytes:
    """The bytes of a tar's member, which has no more than the limit."""
    content = (
        fetch_part(item.path, item.at, item.size)
        if is_remote(item.path)
        else _part(item)
    )
    if len(content) < item.size:
        raise NotAPictureError(
            f"{item.source} ends after {len(content):,} of its {item.size:,} bytes: "
            "get the tar again"
        )
    return content


def _part(item: Item) -> bytes:
    try:
        with Path(item.path).open("rb") as file:
            file.seek(item.at)
            return file.read(item.size)
    except OSError as error:
        raise NotAPictureError(
            f"{item.path} cannot be read ({error.strerror or error}): "
            "check the name and the permissions"
        ) from None
