"""How a worker's memory is divided.

The parts add up to the whole, so the limit holds by construction.

Memory is reserved before it is used. If a part is used up, requests wait or are refused: bodies in
`bodies.py`, pictures and PDF processes in `reading/input/memory_budget.py`.
"""

from dataclasses import dataclass, fields

from inkdigits.errors import SettingError
from inkdigits.reading.input.limits import MIB, Limits
from inkdigits.reading.input.memory_budget import BudgetSettings
from inkdigits.reading.input.pdf_process import MOST_PROCESSES, resting_bytes
from inkdigits.reading.reading_memory import most_reading_bytes


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """The parts, in bytes."""

    # The interpreter, the libraries, the networks, the page and its archive: 180 MiB after each
    # address was called once; the rest is for fragments between what is used.
    itself: int
    # A body's parts are joined on the event loop, one body at a time.
    joining: int
    # Processes that have drawn PDF pages and wait for the next.
    resting_pdf: int
    # All bodies, from their first byte until their requests are answered. Small ones have a part of
    # their own, so that large ones cannot keep them out.
    large_bodies: int
    small_bodies: int
    # Small pictures on all threads, decoded and read.
    small_pictures: int
    # Large pictures on all threads, decoded and read, and PDF processes at work.
    large_pictures: int
    # What the reading of one page may take of that.
    large_growth: int

    @property
    def whole(self) -> int:
        """The growth is part of what large pictures take."""
        values = [getattr(self, field.name) for field in fields(self)]
        # Therefore it must not be counted a second time.
        return sum(values) - self.large_growth

    @property
    def budget(self) -> BudgetSettings:
        """The part for pictures, as their budget wants it."""
        return BudgetSettings(
            large_bytes=self.large_pictures,
            small_bytes=self.small_pictures,
            large_growth_bytes=self.large_growth,
        )


@dataclass(frozen=True, slots=True)
class _Sizes:
    """What the parts are, unless they depend on the limits."""

    # The memory of a worker where no other limit needs more.
    usual: int = 1024 * MIB
    # The interpreter, the networks and the page, as measured after each address was called once.
    itself: int = 224 * MIB
    # For bodies below 64 KiB, which must not wait for large ones.
    small_bodies: int = 16 * MIB
    # For pictures that need not wait for large ones.
    small_pictures: int = 48 * MIB
    # Bodies of the largest size that may come at once; smaller ones are more.
    large_bodies: float = 2.5


_SIZES = _Sizes()


def plan_of(memory: int | None, max_upload: int, limits: Limits) -> MemoryPlan:
    """Divide the memory; a SettingError if it is too small for one large picture.

    Without a number it is 1 GiB, or more if the limits need it.
    """
    fixed = {
        "itself": _SIZES.itself,
        "joining": max_upload,
        "resting_pdf": MOST_PROCESSES * resting_bytes(limits.max_pdf_memory),
        "large_bodies": round(_SIZES.large_bodies * max_upload),
        "small_bodies": _SIZES.small_bodies,
        "small_pictures": _SIZES.small_pictures,
    }
    growth = most_reading_bytes(limits)
    drawing = limits.max_pdf_memory + limits.max_pixels
    needed = max(growth + limits.max_pixels, drawing, limits.max_decoding_memory)
    least = sum(fixed.values()) + needed
    whole = max(_SIZES.usual, least) if memory is None else memory
    if whole < least:
        way = "give more memory, or a lower --max-upload or --max-pixels"
        enough = f"with these limits {least // MIB + 1:,} are needed"
        reason = f"--memory is {whole // MIB:,} MiB, {enough}"
        raise SettingError(f"{reason}: {way}")
    left = whole - sum(fixed.values())
    return MemoryPlan(**fixed, large_pictures=left, large_growth=growth)
