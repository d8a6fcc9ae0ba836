"""Requests that wait together are answered in one pass of the net, on threads beside the event loop."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence

from inkdigits.errors import InkdigitsError
from inkdigits.reading.results import Prediction
from inkdigits.web.problems import busy

Answer = Prediction | InkdigitsError
_MOST = 32
_MOST_BYTES = 512 * 1024  # a batch of large photos would hold up small ones
_Waiting = tuple[bytes, "asyncio.Future[Answer]", asyncio.AbstractEventLoop]


class Batcher:
    """`submit` gives a future; each thread takes all that waits, and answers it with one call.

    Nothing waits for company: an idle service answers a lone request at once. More than `most_waiting` raises a 503.
    """

    def __init__(
        self, answer: Callable[[Sequence[bytes]], Sequence[Answer]], most_waiting: int, threads: int = 1,
        seen: Callable[[int], None] = lambda count: None,
    ) -> None:  # fmt: skip
        self._answer = answer
        self._most_waiting = most_waiting
        self._threads = threads
        self._seen = seen
        self._queue: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._started: list[threading.Thread] = []
        self._stopping = False

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def submit(self, picture: bytes) -> "asyncio.Future[Answer]":
        """The answer to come; call it from the event loop."""
        if len(self._queue) >= self._most_waiting:
            raise busy("as many pictures wait as may")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        with self._changed:
            if not self._started:
                self._start()
            self._queue.append((picture, future, loop))
            self._changed.notify()
        return future

    def stop(self) -> None:
        """Answer what waits, then end the threads."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in self._started:
            thread.join()

    def _start(self) -> None:
        for number in range(self._threads):
            thread = threading.Thread(target=self._work, name=f"batcher-{number}", daemon=True)
            self._started.append(thread)
            thread.start()

    def _work(self) -> None:
        while batch := self._next():
            loop = batch[0][2]
            answers = self._answers([picture for picture, _, _ in batch])
            self._seen(len(batch))
            loop.call_soon_threadsafe(_deliver, batch, answers)

    def _next(self) -> list[_Waiting]:
        """All that waits, up to a batch; nothing once all is done and the service stops."""
        with self._changed:
            while not self._queue and not self._stopping:
                self._changed.wait()
            batch: list[_Waiting] = []
            size = 0
            while self._queue and len(batch) < _MOST and size < _MOST_BYTES:
                batch.append(self._queue.popleft())
                size += len(batch[-1][0])
            return batch

    def _answers(self, pictures: list[bytes]) -> Sequence[Answer | Exception]:
        try:
            return self._answer(pictures)
        except Exception as error:  # noqa: BLE001 - the thread must outlive any fault; the request gets it
            return [error] * len(pictures)


def _deliver(batch: list[_Waiting], answers: Sequence[Answer | Exception]) -> None:
    for (_, future, _), answer in zip(batch, answers, strict=True):
        if future.done():
            continue
        if isinstance(answer, Prediction | InkdigitsError):
            future.set_result(answer)
        else:
            future.set_exception(answer)
