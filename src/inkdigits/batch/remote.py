"""Remote files, through fsspec: s3://, gs://, http:// and other protocols it supports."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from inkdigits.errors import (
    DataError,
    NotAPictureError,
    PictureError,
    PictureTooLargeError,
)
from inkdigits.reading.input.remote import filesystem

# How often a file is asked for, and the seconds before the second time; each pause is longer.
_TRIES, _PAUSE_S = 4, 0.5
_GONE = (FileNotFoundError, PermissionError, IsADirectoryError)
# A store's sizes can be believed; a web server's cannot, nor that it sends the part that was asked
# for.
STREAMED = ("http://", "https://")
# Bytes that are taken from a stream at a time, so that one without end is left early.
_CHUNK_BYTES = 2**20
_Result = TypeVar("_Result")


def fetch(url: str, most: int) -> bytes:
    """A file's content, of at most so many bytes.

    No more is read, whatever the server says or sends.

    What is not there is one picture's fault, a server that is not there is not.
    """
    system, path = filesystem(url)
    streamed = url.startswith(STREAMED)

    def read() -> bytes:
        """The whole file, unless it has more bytes than may be."""
        if streamed:
            return _streamed(system, path, most + 1)
        size = int(system.info(path).get("size") or 0)
        if size > most:
            raise PictureTooLargeError(
                f"{url} has {size:,} bytes, the limit is {most:,}: give a smaller file"
            )
        content: bytes = system.cat_file(path)
        return content

    content = _had(url, read)
    if len(content) > most:
        raise PictureTooLargeError(
            f"{url} has more than {most:,} bytes: give a smaller file"
        )
    return content


def fetch_part(url: str, start: int, size: int) -> bytes:
    """So many bytes of a file, from a place on; fewer where it ends before."""
    system, path = filesystem(url)

    def read() -> bytes:
        if not url.startswith(STREAMED):
            content: bytes = system.cat_file(path, start=start, end=start + size)
            return content
        with system.open(
            path, "rb"
        ) as file:  # which stops where a server sends more than it was asked for
            file.seek(start)
            part: bytes = file.read(size)
        return part

    return _had(url, read)


def _streamed(system: Any, path: str, most: int) -> bytes:
    """The first bytes of what a server sends, which may be less, or without end."""
    content = bytearray()
    # Without blocks: a server may not know how much it will send.
    with system.open(path, "rb", block_size=0) as file:
        while len(content) < most:
            missing = most - len(content)
            piece = file.read(min(_CHUNK_BYTES, missing))
            if not piece:
                break
            content += piece
    return bytes(content)


def _had(url: str, read: Callable[[], bytes]) -> bytes:
    try:
        return patiently(url, read)
    except _GONE as error:
        raise NotAPictureError(
            f"{url} cannot be fetched ({type(error).__name__}): check the name and the permissions"
        ) from None


def patiently(url: str, call: Callable[[], _Result]) -> _Result:
    """Retry a few times after errors that may pass.

    Missing or forbidden files are not retried.
    """
    for left in reversed(range(_TRIES)):
        try:
            return call()
        except (*_GONE, PictureError):
            raise
        except Exception as error:  # noqa: BLE001 - each store has errors of its own
            if not left:
                reason = (
                    str(error).splitlines()[0][:160]
                    if str(error)
                    else type(error).__name__
                )
                raise DataError(
                    f"{url} cannot be reached ({reason}): run the same command to resume"
                ) from None
            time.sleep(_PAUSE_S * (_TRIES - left))
    raise DataError(f"{url} cannot be reached: run the same command to resume")
