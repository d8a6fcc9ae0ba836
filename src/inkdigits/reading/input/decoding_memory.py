"""Memory for decoding: estimated before it is spent, shared by threads, given back afterwards."""

import ctypes
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from inkdigits.errors import PictureTooLargeError
from inkdigits.reading.input.limits import MIB, Limits
from inkdigits.reading.input.pages import Page

# Bytes for each pixel at the peak, the grey page included: rounded up from what decoders took
# (tests/attack/test_memory.py holds them to it).
_BYTES_PER_PX = {
    "JPEG2000": 20,  # four bytes a channel
    "WEBP": 16,  # two whole frames beside the picture
    "AVIF": 12,
    "TIFF": 10,  # a strip or tile may be the whole picture
    "JPEG": 12,  # a progressive one keeps all its coefficients, two bytes a channel
    "MPO": 12,
    "HEIC": 8,
}
_USUAL_BYTES_PER_PX = 6

# Bytes that all threads may take at one time; a larger picture waits until it is alone.
_MOST_BYTES = 512 * MIB
# Bytes from which a picture waits for its turn, and its memory is given back to the system.
LARGE_BYTES = 24 * MIB
# Pixels of a page after whose reading memory is given back.
_LARGE_PAGE_PX = 2_000_000


def decoding_bytes(pixels: int, kind: str) -> int:
    """What decoding takes at its peak, for a kind of picture as Pillow names it."""
    return pixels * _BYTES_PER_PX.get(kind, _USUAL_BYTES_PER_PX)


def check_memory(needed: int, name: str, limits: Limits) -> None:
    """Refuse a picture whose decoding takes too much memory."""
    if needed > limits.max_decoding_memory:
        raise PictureTooLargeError(
            f"{name} takes {needed // MIB:,} MiB of memory to decode, the limit is "
            f"{limits.max_decoding_memory // MIB:,}: "
            "scale it down, save it as PNG or JPEG, or raise Limits(max_decoding_memory=…)"
        )


class Turns:
    """A budget of bytes shared by threads. Who asks first is served first."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._used = 0
        self._freed = threading.Condition()
        self._queue = threading.Lock()

    @contextmanager
    def turn(self, needed: int) -> Iterator[None]:
        """Wait until so many bytes are free; more than there are take all of them."""
        share = min(needed, self._most_bytes)
        with self._queue, self._freed:
            self._freed.wait_for(lambda: self._used + share <= self._most_bytes)
            self._used += share
        try:
            yield
        finally:
            with self._freed:
                self._used -= share
                self._freed.notify()


turns = Turns()


def give_memory_back(of_page: Page | None = None) -> None:
    """Return freed memory to the system, which glibc would keep for the process.

    It takes milliseconds: call it after large pictures, or with the page that was read.
    """
    is_small = of_page is not None and of_page.grey.size < _LARGE_PAGE_PX
    if _libc is not None and not is_small:
        _libc.malloc_trim(0)


def _glibc() -> Any:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "malloc_trim") else None


_libc = _glibc()
