"""Return freed memory to the system when there is a lot of it."""

import gc
import os
import time
from dataclasses import dataclass
from pathlib import Path

from inkdigits.reading.input.decoding_memory import give_memory_back
from inkdigits.reading.input.limits import MIB

_STATM = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When memory is returned to the system.

    It takes milliseconds in which nothing else runs.
    """

    much: int = 32 * MIB  # more than at the start: less would only be asked for again
    little: int = 8 * MIB  # a gain that was hardly worth it
    wait_s: float = 5.0  # from one time to the next
    most_wait_s: float = 20.0  # where there was little to gain


class IdleMemory:
    """Watches the memory of the process, and returns what it does not use.

    Freed blocks are kept for the next request, which is fast, but after a burst of large ones they
    are hundreds of megabytes.
    """

    def __init__(self, thresholds: Thresholds | None = None) -> None:
        """Remember how much memory the process has at its start."""
        self._thresholds = thresholds or Thresholds()
        at_start = _resident()
        self._start = at_start
        self._left = at_start
        self._last_s = 0.0
        self._wait_s = self._thresholds.wait_s

    def look(self) -> None:
        """Hand back what is freed, where there may be much of it."""
        limits = self._thresholds
        held = _resident()
        if held < self._start + limits.much:
            return
        if held > self._left + limits.much:
            self._wait_s = limits.wait_s
        now = time.monotonic()
        if now - self._last_s < self._wait_s:
            return
        # Decoders leave pictures in cycles of references, with the files they came from.
        gc.collect()
        give_memory_back()
        self._last_s = now
        self._left = _resident()
        gained = held - self._left
        self._wait_s = (
            limits.wait_s
            if gained > limits.little
            else min(2 * self._wait_s, limits.most_wait_s)
        )


def _resident() -> int:
    """Bytes of memory the process holds."""
    try:
        pages = int(_STATM.read_bytes().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
