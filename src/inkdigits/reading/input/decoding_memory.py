"""Memory for decoding: estimated in advance, and returned afterwards."""

import ctypes
import sys
from typing import Any

from inkdigits.errors import PictureTooLargeError
from inkdigits.reading.input.limits import MIB, Limits

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
_USUAL_BYTES_PER_PX = 6  # of all other kinds


def decoding_bytes(pixels: int, kind: str) -> int:
    """What decoding takes at its peak, for a kind of picture as Pillow names it."""
    bytes_per_px = _BYTES_PER_PX.get(kind, _USUAL_BYTES_PER_PX)
    return pixels * bytes_per_px


def check_memory(needed: int, name: str, limits: Limits) -> None:
    """Refuse a picture whose decoding takes too much memory."""
    if needed > limits.max_decoding_memory:
        raise PictureTooLargeError(
            f"{name} takes {needed // MIB:,} MiB of memory to decode, the limit is "
            f"{limits.max_decoding_memory // MIB:,}: "
            "scale it down, save it as PNG or JPEG, or raise Limits(max_decoding_memory=…)"
        )


def give_memory_back() -> None:
    """Return freed memory to the system, which glibc would keep for the process.

    It takes milliseconds: call it after large pictures.
    """
    if _libc is not None:
        _libc.malloc_trim(0)


def _glibc() -> Any:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "malloc_trim") else None


_libc = _glibc()
