"""Answer queued requests together, in one pass of the network.

That happens on threads outside of the event loop.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from inkdigits.errors import InkdigitsError
from inkdigits.reading.results import Prediction
from inkdigits.web.problems import busy

Answer = Prediction | InkdigitsError
# Pictures per batch: larger batches are not faster.
_MOST = 32
# Seconds in which a batch may grow: its first picture waits for its last one.
_GATHER_S = 0.004
# Seconds after which a thread counts as slow, so that another one may start.
_LONG_S = 0.02
_Waiting = tuple[bytes, "asyncio.Future[Answer]", asyncio.AbstractEventLoop]


class Batcher:
    """`submit` returns a future; a thread takes the queued pictures and answers them with one call.

    `answer` takes its pictures one by one, the oldest first, until the queue is empty or the batch
    has lasted long enough. Pictures that arrive while it prepares the first ones still join the
    batch, and slow pictures make small batches. It never waits for more: an idle service answers a
    single request immediately. More than `most_waiting` queued pictures raise a 503.

    Another thread starts only if the first one has been busy with its batch for long, as with a
    large photo. With small pictures, two threads would only wait for each other.
    """

    def __init__(
        self,
        answer: Callable[[Iterable[bytes]], Sequence[Answer | Exception]],
        most_waiting: int,
        threads: int = 1,
        seen: Callable[[int], None] = lambda count: None,
    ) -> None:
        self._answer = answer
        self._most_waiting = most_waiting
        self._threads = threads
        self._seen = seen
        self._queue: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._started: list[threading.Thread] = []
        self._at_work = 0
        self._began = 0.0
        self._watched = False
        self._stopping = False

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def submit(self, picture: bytes) -> "asyncio.Future[Answer]":
        """Return a future for the answer; call it from the event loop."""
        if len(self._queue) >= self._most_waiting:
            raise busy("too many pictures are waiting")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        with self._changed:
            if not self._started:
                self._start()
            self._queue.append((picture, future, loop))
            # A thread at work looks at the queue again when it is done.
            if not self._at_work:
                self._changed.notify()
        if not self._watched:
            self._watched = True
            loop.call_later(_LONG_S, self._watch, loop)
        return future

    def stop(self) -> None:
        """Answer what is queued, then end the threads."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in self._started:
            thread.join()

    def _start(self) -> None:
        for number in range(self._threads):
            thread = threading.Thread(
                target=self._work, name=f"batcher-{number}", daemon=True
            )
            self._started.append(thread)
            thread.start()

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """As long as pictures are queued, start a thread if the busy one takes long."""
        with self._changed:
            self._watched = bool(self._queue)
            if self._may_begin():
                self._changed.notify()
        if self._watched:
            loop.call_later(_LONG_S, self._watch, loop)

    def _work(self) -> None:
        while self._begin():
            self._answer_batch()
            self._end()

    def _answer_batch(self) -> None:
        """Its pictures are let go before the thread waits again."""
        batch: list[_Waiting] = []
        answers = self._answers(batch)
        if batch:
            self._seen(len(batch))
            # Futures belong to the event loop, and only it may settle them.
            batch[0][2].call_soon_threadsafe(_deliver, batch, answers)

    def _begin(self) -> bool:
        """Wait for work; False when everything is done and the service stops."""
        with self._changed:
            while not self._may_begin():
                if self._stopping and not self._queue:
                    return False
                self._changed.wait()
            self._at_work += 1
            self._began = time.monotonic()
            return True

    def _may_begin(self) -> bool:
        """Whether a thread may take the queue: none is busy, or the busy one takes long."""
        if not self._queue:
            return False
        return not self._at_work or time.monotonic() - self._began >= _LONG_S

    def _end(self) -> None:
        with self._changed:
            self._at_work -= 1
            if self._stopping:
                self._changed.notify_all()

    def _taken(self, batch: list[_Waiting]) -> Iterator[bytes]:
        """What waits, as long as the batch may grow; each is noted in it.

        Requests whose client has gone are left out.
        """
        end = time.monotonic() + _GATHER_S
        while len(batch) < _MOST and (not batch or time.monotonic() < end):
            try:
                taken = self._queue.popleft()
            except IndexError:  # another thread was quicker
                return
            if taken[1].done():
                continue
            batch.append(taken)
            yield taken[0]

    def _answers(self, batch: list[_Waiting]) -> Sequence[Answer | Exception]:
        """Run the thread; an error reaches only the picture that caused it."""
        try:
            pictures = self._taken(batch)
            return self._answer(pictures)
        except Exception as error:  # noqa: BLE001
            if len(batch) == 1:
                return [error]
        # One of them caused the error: answer each one on its own.
        return [self._alone(picture) for picture, _, _ in batch]

    def _alone(self, picture: bytes) -> Answer | Exception:
        try:
            (answer,) = self._answer([picture])
        except Exception as error:  # noqa: BLE001
            return error
        return answer


def _deliver(batch: list[_Waiting], answers: Sequence[Answer | Exception]) -> None:
    """Give each picture its answer; this runs on the event loop."""
    for (_, future, _), answer in zip(batch, answers, strict=True):
        # The client may have gone.
        if future.done():
            continue
        if isinstance(answer, Prediction | InkdigitsError):
            future.set_result(answer)
        else:
            # An error of the service, not of the picture.
            future.set_exception(answer)
