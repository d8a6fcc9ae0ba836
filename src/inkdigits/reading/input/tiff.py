"""The pages of a TIFF. Their directories are found once, in one pass."""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from inkdigits.reading.input.limits import Limits
from inkdigits.reading.input.pages import Page
from inkdigits.reading.input.pictures import page_of_file

_MARKS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# Directories that are looked for; a file of 64 MiB has room for eleven million.
_MOST_DIRECTORIES = 100_000


@dataclass(frozen=True, slots=True)
class _Layout:
    """How numbers are stored in a classic TIFF or in a BigTIFF."""

    order: str  # of bytes, as struct names it
    offset: str  # kind of a place in the file
    first: int  # where the first directory's place stands
    count: str  # kind of a directory's number of entries
    entry_bytes: int


def is_tiff(data: bytes) -> bool:
    """Whether the bytes begin like a TIFF file."""
    return data[:4] in _MARKS


class _KeptFile(io.BytesIO):
    """A file in memory that Pillow cannot close: the next page lies in it too."""

    def close(self) -> None:
        pass


class TiffPages:
    """A TIFF's directories; each gives a page."""

    def __init__(self, data: bytes, name: str, limits: Limits) -> None:
        """Find the directory of each page; nothing is decoded yet."""
        self.name = name
        self.limits = limits
        self._layout = _layout_of(data)
        directories = _directories(data, self._layout)
        self._directories = list(directories)
        # Written over for each page, so that the page's directory is the file's first.
        self._file = _KeptFile(data)

    def __len__(self) -> int:
        """Pillow may still read a file in which no directory was found."""
        return max(1, len(self._directories))

    def page(self, number: int, deadline: float) -> Page:
        """A page by its number, from 1 on.

        Until the deadline it waits for memory; Pillow itself cannot be stopped.
        """
        if self._directories:
            self._begin_at(self._directories[number - 1])
        # A message about the only page need not say which one it is.
        name = self.name if len(self) == 1 else f"page {number} of {self.name}"
        return page_of_file(self._file, name, self.limits, deadline=deadline)

    def close(self) -> None:
        """Only memory is held."""

    def _begin_at(self, place: int) -> None:
        """Let the file begin with the page at this place."""
        self._file.seek(self._layout.first)
        self._file.write(struct.pack(self._layout.order + self._layout.offset, place))
        self._file.seek(0)


def _layout_of(data: bytes) -> _Layout:
    """How numbers are stored: TIFF or BigTIFF, in either order of bytes."""
    order = "<" if data[:2] == b"II" else ">"
    if data[2:4] in (b"+\0", b"\0+"):
        return _Layout(order, offset="Q", first=8, count="Q", entry_bytes=20)
    return _Layout(order, offset="L", first=4, count="H", entry_bytes=12)


def _directories(data: bytes, layout: _Layout) -> Iterator[int]:
    """The places of the directories; their chain ends where it leaves the file or turns back."""
    seen: set[int] = set()
    try:
        (place,) = struct.unpack_from(layout.order + layout.offset, data, layout.first)
        while place and place not in seen and len(seen) < _MOST_DIRECTORIES:
            (count,) = struct.unpack_from(layout.order + layout.count, data, place)
            seen.add(place)
            yield place
            head_bytes = struct.calcsize(layout.order + layout.count)
            after = place + head_bytes + count * layout.entry_bytes
            (place,) = struct.unpack_from(layout.order + layout.offset, data, after)
    except (struct.error, OverflowError):
        return
