"""Large pictures take turns: decoding many at once would take more memory than a service has."""

import ctypes
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Pixels that may be decoded at one time, in all threads together: up to 300 MB in most formats.
MOST_PX = 48_000_000
# Pixels from which a picture waits for its turn, and its memory is given back to the system.
LARGE_PX = 4_000_000


class Turns:
    """A budget of pixels, shared by threads. Who asks first is served first."""

    def __init__(self, most_px: int = MOST_PX) -> None:
        self._most = most_px
        self._used = 0
        self._freed = threading.Condition()
        self._queue = threading.Lock()

    @contextmanager
    def turn(self, pixels: int) -> Iterator[None]:
        """Wait until so many pixels are free; more than there are take all of them."""
        if pixels < LARGE_PX:
            yield
            return
        share = min(pixels, self._most)
        with self._queue, self._freed:
            self._freed.wait_for(lambda: self._used + share <= self._most)
            self._used += share
        try:
            yield
        finally:
            with self._freed:
                self._used -= share
                self._freed.notify()


turns = Turns()


def give_memory_back(pixels: int) -> None:
    """After a large picture, return freed memory to the system: glibc keeps it for the process."""
    if pixels >= LARGE_PX and _libc is not None:
        _libc.malloc_trim(0)


def _glibc() -> Any:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "malloc_trim") else None


_libc = _glibc()
