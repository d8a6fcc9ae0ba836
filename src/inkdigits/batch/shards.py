"""Files that contain many pictures: tar (WebDataset style) and Parquet."""

import errno
import io
import os
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from inkdigits.batch.items import BAD, MEMBER, ROW, Item
from inkdigits.batch.tables import need_arrow
from inkdigits.errors import NotAPictureError, PictureError, SettingError
from inkdigits.reading.input.remote import filesystem
from inkdigits.reading.input.sources import is_document
from inkdigits.reading.input.url import is_remote

# Rows of a table that are in memory at a time.
_ROWS_AT_ONCE = 32
_MOST_HEADER_BYTES = 2**20  # a name of this length is none


@contextmanager
def _open(path: str) -> Iterator[BinaryIO]:
    with ExitStack() as opened:
        try:
            if is_remote(path):
                system, inside = filesystem(path)
                file = opened.enter_context(system.open(inside, "rb"))
            elif not Path(path).is_file():
                raise FileNotFoundError(
                    errno.ENOENT, "it is not a file"
                )  # opening a pipe would wait for its writer
            else:
                file = opened.enter_context(Path(path).open("rb"))
        except OSError as error:
            reason = error.strerror or error
            raise NotAPictureError(
                f"{path} cannot be opened ({reason}): check the name and the permissions"
            ) from None
        yield file


def members(path: str, _column: str | None = None) -> Iterator[Item]:
    """The pictures in a tar: the position and size of their bytes.

    With these, each picture can be read without the others.
    """
    try:
        with _open(path) as file:
            yield from _members(path, _Headers(file))
    except (tarfile.TarError, EOFError, ValueError, OverflowError, OSError) as error:
        yield Item(
            BAD,
            path,
            f"{path} is a broken tar or a compressed one ({error}): give a plain, whole .tar",
        )


def _members(path: str, file: "_Headers") -> Iterator[Item]:
    """The pictures of a tar, found by their headers alone."""
    last = -1
    with tarfile.open(fileobj=file, mode="r:") as tar:
        while (member := tar.next()) is not None:
            # Otherwise every header of the tar would stay in memory.
            tar.members = []  # type: ignore[attr-defined]
            if member.offset <= last or member.size < 0:
                raise tarfile.ReadError("a member begins before the previous one")
            last = member.offset
            if not member.isreg() or not is_document(Path(member.name)):
                continue
            if member.issparse():
                reason = (
                    f"{member.name} in {path} is a sparse file: "
                    "pack it without --sparse"
                )
                yield Item(BAD, f"{path}/{member.name}", reason)
            else:
                yield Item(MEMBER, path, member.name, member.offset_data, member.size)
        # tarfile stops silently at an invalid header.
        file.seek(tar.offset)
        block = file.read(tarfile.BLOCKSIZE)
        if any(block):
            raise tarfile.ReadError(f"no member begins at byte {tar.offset:,}")


class _Headers(io.RawIOBase):
    """A tar's file as tarfile reads it: headers only, with bounded reads."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Seek in the file that the headers stand in."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        """Some bytes of a header, which is never large."""
        is_plausible = 0 <= size <= _MOST_HEADER_BYTES
        # A broken size would make tarfile read the rest of the file.
        if not is_plausible:
            raise tarfile.ReadError(f"a header of {size:,} bytes")
        return self._file.read(size)


def rows(path: str, column: str | None = None) -> Iterator[Item]:
    """An item a row, if the file has a column of pictures."""
    # Only counted here: the pictures themselves are read when their turn comes.
    count = _count(path, column)
    for row in range(count):
        yield Item(ROW, path, at=row)


def _count(path: str, column: str | None) -> int:
    """How many rows the file has, once it is known to hold pictures."""
    with _open(path) as file, _parquet(path, file) as table:
        _picture_column(table.schema_arrow, path, column)
        count: int = table.metadata.num_rows
    return count


@contextmanager
def _parquet(path: str, file: BinaryIO) -> Iterator[Any]:
    """The open table; a broken file is refused."""
    arrow, parquet = need_arrow()
    try:
        with parquet.ParquetFile(file) as table:
            yield table
    except (arrow.ArrowException, OSError) as error:
        raise NotAPictureError(
            f"{path} is a broken Parquet file ({str(error).splitlines()[0]}): download it again"
        ) from None


def _picture_column(schema: Any, path: str, column: str | None) -> str:
    """The named column, `image`, or the first column that can hold pictures.

    Such a column has bytes, or a struct with a field `bytes`.
    """
    arrow, _ = need_arrow()

    def holds(kind: Any) -> bool:
        if arrow.types.is_struct(kind):
            return kind.get_field_index("bytes") >= 0
        return bool(
            arrow.types.is_binary(kind)
            or arrow.types.is_large_binary(kind)
            or arrow.types.is_binary_view(kind)
        )

    able = [name for name in schema.names if holds(schema.field(name).type)]
    if column is None and able:
        return "image" if "image" in able else str(able[0])
    if column in able:
        return str(column)
    wanted = f"no column {column!r} of pictures" if column else "no column of pictures"
    raise SettingError(
        f"{path} has {wanted} (bytes, or a struct with bytes), "
        f"only {', '.join(schema.names)}: name one with --column"
    )


def row_contents(
    path: str, wanted: Sequence[int], column: str | None
) -> Iterator[bytes | PictureError]:
    """The pictures of some rows, rising; only a few rows are in memory at a time."""
    with _open(path) as file, _parquet(path, file) as table:
        name = _picture_column(table.schema_arrow, path, column)
        yield from _wanted_rows(table, name, wanted, path)


def _wanted_rows(
    table: Any, column: str, wanted: Sequence[int], path: str
) -> Iterator[bytes | PictureError]:
    """The wanted rows in order. Only row groups that hold some of them are opened."""
    first = 0
    rest = list(wanted)
    for group in range(table.num_row_groups):
        last = first + table.metadata.row_group(group).num_rows
        here = [row - first for row in rest if row < last]
        rest = rest[len(here) :]
        if here:
            yield from _rows_of_group(
                table, group, column, here, f"{path}, row group {group}"
            )
        first = last


def _rows_of_group(
    table: Any, group: int, column: str, here: list[int], name: str
) -> Iterator[bytes | PictureError]:
    """The rows of one row group, a few at a time, so that memory stays small."""
    start, place = 0, 0
    for batch in table.iter_batches(
        _ROWS_AT_ONCE, row_groups=[group], columns=[column]
    ):
        values = batch.column(0)
        while place < len(here) and here[place] < start + len(values):
            yield _content(values[here[place] - start].as_py(), name)
            place += 1
        start += len(values)
        # The rest of the group is not even decoded.
        if place == len(here):
            return


def _content(value: Any, name: str) -> bytes | PictureError:
    content = value.get("bytes") if isinstance(value, dict) else value
    return (
        bytes(content)
        if content
        else NotAPictureError(
            f"{name} has no bytes in this row: put the picture's bytes in it"
        )
    )
