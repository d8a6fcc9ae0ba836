"""What the user named → items, each once.

Folders, globs, lists, tar and Parquet shards and files, local or remote.
"""

import io
import os
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from inkdigits.batch import shards
from inkdigits.batch.items import BAD, FILE, Item
from inkdigits.batch.remote import STREAMED, fetch, patiently
from inkdigits.errors import PictureError, PictureTooLargeError, SettingError
from inkdigits.reading.input.remote import filesystem
from inkdigits.reading.input.sources import is_document
from inkdigits.reading.input.url import is_remote

_GLOB_SIGNS = frozenset("*?[")
_MOST_LINE_BYTES = 2**16  # no path is longer
_MOST_LIST_BYTES = (
    2**28
)  # of a remote list, which is fetched as a whole: some million paths
_OPENERS: dict[str, Callable[[str, str | None], Iterator[Item]]] = {
    ".tar": shards.members,
    ".parquet": shards.rows,
}


class _Found(NamedTuple):
    """A file, its size if the listing gave one, and whether the user named it."""

    path: str
    size: int = 0
    direct: bool = False


def items_of(inputs: Iterable[str], column: str | None = None) -> Iterator[Item]:
    """Every picture and document of the inputs.

    What turns up but cannot be opened is an item that says why.
    """
    seen: set[bytes] = set()
    for found in _files(inputs):
        place = found.path
        if not is_remote(place):
            place = os.path.abspath(place)  # noqa: PTH100
        # Eight bytes instead of a path: there may be millions.
        key = blake2b(os.fsencode(place), digest_size=8).digest()
        if key in seen:
            continue
        seen.add(key)
        yield from _opened(found, column)


def _opened(found: _Found, column: str | None) -> Iterator[Item]:
    """The pictures of an archive or table; a single picture as it is."""
    suffix = _suffix(found.path)
    opener = _OPENERS.get(suffix)
    if opener is None:
        yield Item(FILE, found.path, size=found.size)
        return
    try:
        yield from opener(found.path, column)
    except PictureError as error:
        yield Item(BAD, found.path, str(error))
    except SettingError as error:
        # Only who named the file itself can mend what was asked of it.
        if found.direct:
            raise
        yield Item(BAD, found.path, str(error))


def _files(inputs: Iterable[str]) -> Iterator[_Found]:
    """The files that the arguments name, those of lists among them."""
    for argument in inputs:
        is_list = argument.startswith("@") or _suffix(argument) == ".txt"
        if is_list:
            for line in _lines(argument.removeprefix("@")):
                yield from _listed(line)
        else:
            yield from _named(argument)


def _lines(path: str) -> Iterator[str]:
    """The paths in a list, one per line; empty lines and lines that begin with # are skipped.

    Only a line end of ASCII ends a line: a name may have any other sign in it.
    """
    for number, line in enumerate(_raw_lines(path), 1):
        if len(line) > _MOST_LINE_BYTES:
            raise SettingError(
                f"line {number} of {path} has more than {_MOST_LINE_BYTES:,} bytes: "
                "name a text file with one path per line"
            )
        name = os.fsdecode(line.strip(b" \t\r\n"))
        if name and not name.startswith("#"):
            yield name


def _raw_lines(path: str) -> Iterator[bytes]:
    """Lines one by one, because a list may be long.

    A line is never longer than a path may be, because the file may not be a list.
    """
    try:
        with (
            io.BytesIO(fetch(path, _MOST_LIST_BYTES))
            if is_remote(path)
            else Path(path).open("rb") as file
        ):
            while line := file.readline(_MOST_LINE_BYTES + 1):
                yield line
    except PictureTooLargeError as error:
        raise SettingError(f"{error}, or a list on this machine") from None
    except (OSError, PictureError):
        raise SettingError(
            f"there is no list at {path}: name a text file with one path per line"
        ) from None


def _listed(line: str) -> Iterator[_Found]:
    """The items of a list file, without checking that they exist.

    Lists may be long. A name that leads nowhere is one bad picture.
    """
    if is_document(Path(line)):
        yield _Found(line)
        return
    files = _found(line)
    yield next(files, _Found(line))
    yield from files


def _named(argument: str) -> Iterator[_Found]:
    files = _found(argument)
    first = next(files, None)
    if first is None:
        raise SettingError(
            f"{argument} does not exist, or contains no pictures, tar or Parquet shards: "
            "check the name"
        )
    yield first
    yield from files


def _found(argument: str) -> Iterator[_Found]:
    """The files under one name, here or on a remote store."""
    if is_remote(argument):
        return _remote(argument)
    return _local(argument)


def _local(argument: str) -> Iterator[_Found]:
    path = Path(argument)
    if path.is_dir():
        yield from _below(argument)
    elif path.exists():
        yield _Found(argument, direct=True)
    elif _GLOB_SIGNS & set(argument):
        from glob import iglob

        names = iglob(argument, recursive=True)  # noqa: PTH207
        yield from map(
            _Found, sorted(name for name in names if not Path(name).is_dir())
        )


def _below(folder: str) -> Iterator[_Found]:
    """The files of a folder and its subfolders, by name.

    Only one folder is in memory at a time.
    """
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise SettingError(
            f"{folder} cannot be listed ({error.strerror or error}): check the permissions"
        ) from None
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _below(entry.path)
        elif _is_input(entry.name) and entry.is_file():
            yield _Found(entry.path)


def _remote(url: str) -> Iterator[_Found]:
    """Files in a store, or behind a web address, which is never listed."""
    if url.startswith(STREAMED) and _is_input(PurePosixPath(url).name):
        yield _Found(
            url, direct=True
        )  # asking a web server for a listing would fetch the whole file
        return
    system, path = filesystem(url)
    if _GLOB_SIGNS & set(path):
        entries = patiently(url, lambda: system.glob(path, detail=True))
    else:
        entries = patiently(url, lambda: system.find(path, detail=True))
    direct = list(entries) == [path]
    for name in sorted(entries):
        if direct or _GLOB_SIGNS & set(path) or _is_input(name):
            yield _Found(
                system.unstrip_protocol(name),
                int(entries[name].get("size") or 0),
                direct,
            )


def _is_input(name: str) -> bool:
    """Whether a folder's file is read: a picture, an archive or a table."""
    if is_document(Path(name)):
        return True
    return _suffix(name) in _OPENERS


def _suffix(path: str) -> str:
    """The ending in small letters, with its dot."""
    return PurePosixPath(path).suffix.lower()
