"""Any source → its bytes, never more than the limit."""

import os
import stat
import time
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeAlias

import numpy.typing as npt
from PIL import Image

from inkdigits.errors import NotAPictureError, PictureTooLargeError
from inkdigits.reading.input.limits import MIB, Limits
from inkdigits.reading.input.url import is_remote


class Tensor(Protocol):
    """An array of any library, such as torch, JAX or TensorFlow."""

    def __array__(self) -> npt.NDArray[Any]:
        """Its values for NumPy."""
        ...


File: TypeAlias = str | Path | bytes | BinaryIO
Source: TypeAlias = File | Image.Image | npt.NDArray[Any] | Tensor

_PICTURES = "png jpg jpeg jpe bmp gif webp ppm pgm pbm tga ico jp2 mpo avif dib"
_MORE_PICTURES = "tif tiff heic heif"
# Endings of the file names that a search through folders takes.
_PICTURE_SUFFIXES = frozenset(
    f".{name}" for name in f"{_PICTURES} {_MORE_PICTURES}".split()
)
_SUFFIXES = _PICTURE_SUFFIXES | {".pdf"}
# A stream is read in pieces of this size, so that an endless one is stopped at the limit.
_PIECE_BYTES = MIB


def is_document(path: Path) -> bool:
    """Whether a file's name is that of a supported picture or document."""
    return path.suffix.lower() in _SUFFIXES


def is_picture(path: Path) -> bool:
    """Whether a file's name is that of a supported picture; a PDF is a document, not a picture."""
    return path.suffix.lower() in _PICTURE_SUFFIXES


def name_of(source: Source) -> str:
    """The name of a source for messages and results."""
    if isinstance(source, str | Path):
        return str(source)
    # An open file has a name, which need not be a text.
    return str(getattr(source, "name", "") or "the picture")


def read_bytes(source: Any, limits: Limits) -> tuple[bytes, str]:
    """The content of a path, URL, stream or bytes object, and its name."""
    name = name_of(source)
    if isinstance(source, str) and is_remote(source):
        from inkdigits.reading.input.remote import (
            fetch,
        )  # loads http and ssl, which files do not need

        data = fetch(source, limits)
    elif isinstance(source, str | Path):
        data = _read_file(Path(source), limits)
    elif isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
    elif hasattr(source, "read"):
        data = _read_stream(source, name, limits)
    else:
        kind = type(source).__name__
        way = "give a path, URL, bytes, file, PIL image, array or tensor"
        raise NotAPictureError(f"cannot read a picture from {kind}: {way}")
    if not data:
        raise NotAPictureError(f"{name} is empty (0 bytes): give a picture file")
    if len(data) > limits.max_bytes:
        raise _too_many_bytes(name, limits)
    return data, name


def _too_many_bytes(name: str, limits: Limits) -> PictureTooLargeError:
    return PictureTooLargeError(
        f"{name} has more than {limits.max_bytes:,} bytes, the limit is {limits.max_bytes:,}: "
        "give a smaller file or raise Limits(max_bytes=…)"
    )


def _read_file(path: Path, limits: Limits) -> bytes:
    """A regular file's content; pipes and devices may have no end, or no beginning."""
    try:
        kind = path.stat()
        if stat.S_ISDIR(kind.st_mode):
            way = f"name the files in it, as in {path}/*.png"
            raise NotAPictureError(f"{path} is a folder, not a picture: {way}")
        if not stat.S_ISREG(kind.st_mode):
            way = "send its content to stdin and name it -"
            raise NotAPictureError(f"{path} is a pipe or device, not a file: {way}")
        if kind.st_size > limits.max_bytes:
            raise PictureTooLargeError(
                f"{path} has {kind.st_size:,} bytes, the limit is {limits.max_bytes:,}: "
                "give a smaller file or raise Limits(max_bytes=…)"
            )
        # Not blocking, in case a pipe has taken the file's place since.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        handle = os.open(path, flags)
        with open(handle, "rb") as file:  # noqa: PTH123 - a path cannot be opened with flags
            return file.read(kind.st_size)
    except FileNotFoundError:
        raise NotAPictureError(f"{path} does not exist: check the name") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        message = (
            f"{path} cannot be read ({reason}): check the name and the permissions"
        )
        raise NotAPictureError(message) from None


def _read_stream(stream: Any, name: str, limits: Limits) -> bytes:
    """Read a stream to its end; stop if it is too large or takes too long."""
    deadline = time.monotonic() + limits.max_seconds
    pieces: list[bytes] = []
    left = limits.max_bytes + 1
    while left > 0:
        piece = stream.read(min(left, _PIECE_BYTES))
        if not piece:
            break
        if not isinstance(piece, bytes | bytearray | memoryview):
            raise NotAPictureError(
                f"{name} gives {type(piece).__name__}: open it in binary mode"
            )
        pieces.append(bytes(piece))
        left -= len(piece)
        if left > 0 and time.monotonic() > deadline:
            reason = f"{name} took more than {limits.max_seconds:g} s to arrive"
            way = "save it as a file or raise Limits(max_seconds=…)"
            raise PictureTooLargeError(f"{reason}: {way}")
    if left <= 0:
        raise _too_many_bytes(name, limits)
    return b"".join(pieces)
