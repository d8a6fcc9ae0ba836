"""The memory that all threads of a process may use together for pictures.

    take what decoding a picture needs → keep what its page needs → grow by what reading it needs
    → release

A thread that takes memory waits until there is room. A thread that grows already holds some, so it
goes first. What may be held while waiting to grow always leaves room for one to grow, so no thread
waits forever.
"""

import math
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from inkdigits.errors import BusyError
from inkdigits.reading.input.decoding_memory import give_memory_back
from inkdigits.reading.input.limits import MIB

# Seconds that any thread waits, where nothing sets a bound.
_LONGEST_S = 86_400.0


@dataclass(frozen=True, slots=True)
class BudgetSettings:
    """How many bytes may be taken at a time."""

    # For large pictures, and for the processes that draw PDF pages.
    large_bytes: int = 1024 * MIB
    # For small pictures, which need not wait for the large ones.
    small_bytes: int = 128 * MIB
    # What reading a page may take in addition to the page: a network's work on its largest scale.
    large_growth_bytes: int = 512 * MIB
    # The same for a small picture.
    small_growth_bytes: int = 32 * MIB
    # A picture is small up to so many pixels, unless it is a strip: the networks see those
    # enlarged.
    small_px: int = 250_000
    # A strip's longer side, in shorter sides.
    small_aspect: int = 8
    # A share that was this large leaves much freed memory, which is given back to the system.
    give_back_bytes: int = 32 * MIB

    @classmethod
    def of_machine(cls) -> "BudgetSettings":
        """Half of the machine's memory for large pictures, but at least 1 GiB."""
        try:
            memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        except (AttributeError, OSError, ValueError):
            # The system does not say.
            memory = 0
        least = cls().large_bytes
        return cls(large_bytes=max(least, memory // 2))


@dataclass(slots=True, eq=False)
class Share:
    """What one picture holds of a lane's bytes, from before it is decoded until it is read."""

    lane: "Lane"
    held: int
    # What it will hold while it waits to grow.
    kept: int = 0
    most_held: int = field(init=False)
    # Seconds that were waited for it.
    waited_s: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.most_held = self.held

    def shrink(self, to_bytes: int) -> None:
        """Give back what is held beyond so many bytes."""
        self.lane.shrink(self, to_bytes)

    def grow(self, more: int, deadline: float = math.inf) -> None:
        """Wait until so many bytes more are free; a BusyError where they are not in time."""
        # Only the lane knows what all others hold.
        self.lane.grow(self, more, deadline)

    def release(self) -> None:
        """Give all of it back; the second time does nothing."""
        if self.most_held >= self.lane.give_back_bytes and self.held:
            give_memory_back()  # before others may take it
        self.lane.shrink(self, 0)


class Lane:
    """Bytes shared by threads, first come, first served."""

    def __init__(
        self, most_bytes: int, growth_bytes: int, give_back_bytes: int
    ) -> None:
        self.most_bytes = most_bytes
        self.give_back_bytes = give_back_bytes
        # What may be held while waiting to grow: one that waits finds room beside it.
        self._most_kept = most_bytes - growth_bytes
        self.used = 0
        self._kept = 0
        self._growing = 0
        self._changed = threading.Condition()
        self._queue = threading.Lock()

    def take(self, needed: int, kept: int = 0, deadline: float = math.inf) -> Share:
        """Wait until so many bytes are free; more than there are take all of them.

        `kept` is how many of them will be held while waiting to grow.
        """
        share = Share(self, min(needed, self.most_bytes), kept)
        began = time.monotonic()
        if not self._queue.acquire(timeout=_seconds_until(deadline)):
            raise _too_busy()
        try:
            with self._changed:
                self._wait_for(lambda: self._may_take(share), deadline)
                self.used += share.held
                self._kept += share.kept
        finally:
            self._queue.release()
        share.waited_s = time.monotonic() - began
        return share

    def grow(self, share: Share, more: int, deadline: float) -> None:
        began = time.monotonic()
        with self._changed:
            self._growing += 1
            try:
                self._wait_for(lambda: self._may_grow(share, more), deadline)
            finally:
                self._growing -= 1
                self._changed.notify_all()
            granted = min(more, self.most_bytes - self.used)
            self.used += granted
            share.held += granted
            share.most_held = max(share.most_held, share.held)
            self._waits_no_more(share)
        share.waited_s += time.monotonic() - began

    def shrink(self, share: Share, to_bytes: int) -> None:
        """Give back what a share holds beyond so many bytes."""
        with self._changed:
            freed = max(0, share.held - to_bytes)
            self.used -= freed
            share.held -= freed
            if not share.held:
                self._waits_no_more(share)
            self._changed.notify_all()

    def _waits_no_more(self, share: Share) -> None:
        self._kept -= share.kept
        share.kept = 0

    def _may_take(self, share: Share) -> bool:
        """Whether this share fits into what is left."""
        if self._growing or self.used + share.held > self.most_bytes:
            return False
        return not self._kept or self._kept + share.kept <= self._most_kept

    def _may_grow(self, share: Share, more: int) -> bool:
        """Whether a share may take so many bytes more now."""
        # Who is alone may take any amount: waiting would not help.
        is_alone = self.used == share.held
        has_room = self.used + more <= self.most_bytes
        return is_alone or has_room

    def _wait_for(self, state: Callable[[], bool], deadline: float) -> None:
        """Wait until the state holds; a BusyError where it does not in time."""
        seconds = _seconds_until(deadline)
        in_time = self._changed.wait_for(state, seconds)
        if not in_time:
            raise _too_busy()


class MemoryBudget:
    """Two lanes: one for large work, and one for small pictures."""

    def __init__(self, settings: BudgetSettings) -> None:
        self.resize(settings)

    def resize(self, settings: BudgetSettings) -> None:
        """Start again with other sizes; nothing may be taken at that time."""
        self.settings = settings
        give_back = settings.give_back_bytes
        # Large pictures wait for one another, and never for the many small ones.
        self.large = Lane(settings.large_bytes, settings.large_growth_bytes, give_back)
        self.small = Lane(settings.small_bytes, settings.small_growth_bytes, give_back)

    def for_picture(
        self, size: tuple[int, int], needed: int, deadline: float = math.inf
    ) -> Share:
        """What decoding a picture needs; its page, a byte a pixel, is kept for reading."""
        lane = self.small if self.is_small(size) else self.large
        page_bytes = min(size[0] * size[1], needed)
        return lane.take(needed, page_bytes, deadline)

    def is_small(self, size: tuple[int, int]) -> bool:
        """Whether a picture with these sides need not wait for the large ones."""
        shorter, longer = sorted(size)
        # A long strip is enlarged for reading, and takes far more than its pixels.
        is_strip = longer > self.settings.small_aspect * shorter
        pixels = shorter * longer
        return not is_strip and pixels <= self.settings.small_px

    def forget(self) -> None:
        """In a forked child: what was taken is the parent's."""
        self.resize(self.settings)


def _seconds_until(deadline: float) -> float:
    """How long may still be waited, as threads take it."""
    seconds = deadline - time.monotonic()
    # A condition takes no infinite time, and none below 0.
    return max(0.0, min(seconds, _LONGEST_S))


def _too_busy() -> BusyError:
    return BusyError("other pictures use all available memory: try again later")


budget = MemoryBudget(BudgetSettings.of_machine())
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=budget.forget)
