"""Freed memory goes back to the system once there is much of it."""

import gc
import os
import time
from pathlib import Path

from inkdigits.reading.input.decoding_memory import give_memory_back
from inkdigits.web.settings import MIB

# What a burst of requests may leave behind: handing back less would only have it asked for again.
_MUCH = 32 * MIB
# Handing back takes milliseconds, in which no other thread can allocate.
_EVERY_S = 5.0
_STATM = Path("/proc/self/statm")


class IdleMemory:
    """Looks at what the process holds, and hands back what it does not use.

    Freed blocks are kept for the next request, which is fast, but after a burst of large ones they
    are hundreds of megabytes.
    """

    def __init__(self) -> None:
        self._least = _resident()
        self._last_s = 0.0

    def look(self) -> None:
        """Hand back what is freed, where much came to be held since the last time."""
        now = time.monotonic()
        held = _resident()
        self._least = min(self._least, held)
        if held < self._least + _MUCH or now - self._last_s < _EVERY_S:
            return
        self._last_s = now
        # Decoders leave pictures in cycles of references, with the files they came from.
        gc.collect()
        give_memory_back()
        self._least = _resident()


def _resident() -> int:
    """Bytes of memory the process holds."""
    try:
        pages = int(_STATM.read_bytes().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
