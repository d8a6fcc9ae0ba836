"""Long work on a bounded number of threads, with a queue and a time limit."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from inkdigits.web.problems import ProblemError, busy, took_too_long

T = TypeVar("T")


class Pool:
    """Runs functions outside of the event loop.

    Work that takes longer than `timeout_s` gets a 503; a full queue gets one immediately.
    """

    def __init__(
        self, name: str, threads: int, most_waiting: int, timeout_s: float
    ) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._most = most_waiting + threads
        self._timeout_s = timeout_s
        self.under_way = 0

    async def run(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run `work` on a thread and return its result.

        A thread cannot be stopped: work that was given up still counts until it ends.
        """
        if self.under_way >= self._most:
            raise busy("too many requests are waiting")
        self.under_way += 1
        loop = asyncio.get_running_loop()
        future = self._threads.submit(work, *arguments)
        future.add_done_callback(lambda _: self._ended(loop))
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise self._gave_up(future) from None

    def _gave_up(self, future: "Future[T]") -> ProblemError:
        future.cancel()
        return took_too_long(self._timeout_s)

    def _ended(self, loop: asyncio.AbstractEventLoop) -> None:
        """Count down on the event loop, unless it has ended already."""
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._count_down)

    def _count_down(self) -> None:
        self.under_way -= 1

    def stop(self) -> None:
        """Wait until running work is finished."""
        self._threads.shutdown(wait=True)
