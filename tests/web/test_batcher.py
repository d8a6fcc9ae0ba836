"""Requests that wait together are answered together; one that cannot be read holds up no other."""

import asyncio
import threading
import time
from collections.abc import Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from inkdigits import Prediction, Reader
from inkdigits.errors import InkdigitsError, NotAPictureError
from inkdigits.synthesis.drawn import as_file, draw_digit
from inkdigits.web.batcher import Answer, Batcher
from inkdigits.web.pool import Pool
from inkdigits.web.problems import ProblemError
from waiting import PATIENCE_S

_T = TypeVar("_T")


def _loop(asked: Coroutine[Any, Any, _T]) -> _T:
    """Run in a loop of its own thread: the browser's tests leave one running in the thread that runs the tests."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asked).result()


class Gate:
    """A reader's predict_each that waits to be let go, and notes the batches it is asked for."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.open = threading.Event()
        self.begun = threading.Event()
        self.sizes: list[int] = []

    def answer(self, pictures: Iterable[bytes]) -> list[Answer | Exception]:
        taken = list(pictures)
        self.begun.set()
        self.open.wait(PATIENCE_S)
        self.sizes.append(len(taken))
        return self.reader.predict_each(taken)


def test_what_waits_together_is_one_batch(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A batch grows for milliseconds, in which a busy machine may do nothing at all.
    monkeypatch.setattr("inkdigits.web.batcher._GATHER_S", PATIENCE_S)

    async def ask() -> list[Answer]:
        first = batcher.submit(as_file(draw_digit(0), "PNG"))
        await asyncio.to_thread(gate.begun.wait, PATIENCE_S)
        others = [
            batcher.submit(as_file(draw_digit(digit), "PNG")) for digit in range(1, 6)
        ]
        gate.open.set()
        return await asyncio.gather(first, *others)

    gate = Gate(reader)
    batcher = Batcher(gate.answer, most_waiting=5)
    answers = _loop(ask())
    batcher.stop()
    assert [answer.digit for answer in answers if isinstance(answer, Prediction)] == [
        0,
        1,
        2,
        3,
        4,
        5,
    ]
    assert gate.sizes == [1, 5]


def test_a_full_queue_says_so_at_once(reader: Reader) -> None:
    async def ask() -> None:
        first = batcher.submit(b"x")
        await asyncio.to_thread(gate.begun.wait, PATIENCE_S)
        second = batcher.submit(b"x")
        with pytest.raises(
            ProblemError, match="too many pictures are waiting"
        ) as found:
            batcher.submit(b"x")
        assert found.value.headers["retry-after"] == "1"
        gate.open.set()
        await asyncio.gather(first, second)

    gate = Gate(reader)
    batcher = Batcher(gate.answer, most_waiting=1)
    _loop(ask())
    batcher.stop()


def test_a_broken_picture_is_its_own_answer(reader: Reader) -> None:
    seven = as_file(draw_digit(7), "PNG")
    good, bad, last = reader.predict_each([seven, b"broken", seven])
    assert isinstance(bad, NotAPictureError)
    assert good == last == reader.predict(seven)
    assert reader.predict_each([]) == []


def test_a_fault_reaches_the_request_and_the_thread_goes_on() -> None:
    def fail(pictures: Iterable[bytes]) -> list[Answer]:
        raise ZeroDivisionError(next(iter(pictures)))

    async def ask() -> None:
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                await batcher.submit(b"x")

    batcher = Batcher(fail, most_waiting=5)
    _loop(ask())
    batcher.stop()


def test_a_faulty_picture_fails_none_of_its_batch() -> None:
    def answer(pictures: Iterable[bytes]) -> list[Answer]:
        begun.set()
        gate.wait(PATIENCE_S)
        found: list[Answer] = []
        for picture in pictures:
            if picture == b"faulty":
                raise ZeroDivisionError
            found.append(InkdigitsError(picture.decode()))
        return found

    async def ask() -> None:
        first = batcher.submit(b"first")
        await asyncio.to_thread(begun.wait, PATIENCE_S)
        others = [
            batcher.submit(name) for name in (b"a", b"faulty", b"b", b"faulty", b"c")
        ]
        gate.set()
        answers = await asyncio.gather(first, *others, return_exceptions=True)
        assert [str(answers[place]) for place in (0, 1, 3, 5)] == [
            "first",
            "a",
            "b",
            "c",
        ]
        assert [type(answers[place]) for place in (2, 4)] == [ZeroDivisionError] * 2

    begun, gate = threading.Event(), threading.Event()
    batcher = Batcher(answer, most_waiting=10)
    _loop(ask())
    batcher.stop()


def test_what_nobody_waits_for_any_more_is_not_answered() -> None:
    def answer(pictures: Iterable[bytes]) -> list[Answer]:
        begun.set()
        gate.wait(PATIENCE_S)
        taken = list(pictures)
        seen.extend(taken)
        return [InkdigitsError(picture.decode()) for picture in taken]

    async def ask() -> None:
        first = batcher.submit(b"first")
        await asyncio.to_thread(begun.wait, PATIENCE_S)
        batcher.submit(b"given up").cancel()
        last = batcher.submit(b"last")
        gate.set()
        await asyncio.gather(first, last)

    begun, gate, seen = threading.Event(), threading.Event(), list[bytes]()
    batcher = Batcher(answer, most_waiting=10)
    _loop(ask())
    batcher.stop()
    assert seen == [b"first", b"last"]


def test_work_that_takes_too_long_is_given_up_on_and_still_counts() -> None:
    async def ask() -> None:
        with pytest.raises(ProblemError, match=r"took more than 0\.05 s") as found:
            await pool.run(gate.wait, PATIENCE_S)
        assert found.value.status == 503
        assert pool.under_way == 1
        with pytest.raises(ProblemError, match="too many requests are waiting"):
            await pool.run(gate.wait, PATIENCE_S)
        gate.set()
        while pool.under_way:
            await asyncio.sleep(0.01)
        assert await pool.run(int, "7") == 7

    gate = threading.Event()
    pool = Pool("test", threads=1, most_waiting=0, timeout_s=0.05)
    _loop(ask())
    pool.stop()


def test_a_slow_picture_holds_up_no_other_where_there_is_another_thread() -> None:
    def answer(pictures: Iterable[bytes]) -> list[Answer]:
        found: list[Answer] = []
        for picture in pictures:
            if picture == b"slow":
                slow.wait(PATIENCE_S)
            found.append(InkdigitsError(picture.decode()))
        return found

    async def ask() -> None:
        first = batcher.submit(b"slow")
        others = [batcher.submit(b"quick") for _ in range(3)]
        assert [str(await other) for other in others] == ["quick"] * 3
        assert not first.done()
        slow.set()
        assert str(await first) == "slow"

    slow = threading.Event()
    batcher = Batcher(answer, most_waiting=5, threads=2)
    _loop(ask())
    batcher.stop()


def test_one_thread_is_at_work_where_pictures_are_quick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at_work, most = list[int](), list[int]()

    def answer(pictures: Iterable[bytes]) -> list[Answer]:
        at_work.append(1)
        most.append(len(at_work))
        found: list[Answer] = []
        for _ in pictures:
            time.sleep(0.0005)
            found.append(InkdigitsError())
        at_work.pop()
        return found

    async def client() -> None:
        for _ in range(20):
            await batcher.submit(b"x")

    async def ask() -> None:
        await asyncio.gather(*(client() for _ in range(4)))

    monkeypatch.setattr(
        "inkdigits.web.batcher._LONG_S", PATIENCE_S
    )  # on a busy machine nothing is quick
    batcher = Batcher(answer, most_waiting=5, threads=4)
    _loop(ask())
    batcher.stop()
    assert set(most) == {1}


def test_a_batch_ends_in_time_however_much_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answer(pictures: Iterable[bytes]) -> list[Answer]:
        begun.set()
        gate.wait(PATIENCE_S)
        found: list[Answer] = []
        for _ in pictures:
            time.sleep(0.02)
            found.append(InkdigitsError())
        sizes.append(len(found))
        return found

    async def ask() -> None:
        asked = [batcher.submit(b"x") for _ in range(12)]
        await asyncio.to_thread(begun.wait, PATIENCE_S)
        gate.set()
        await asyncio.gather(*asked)

    monkeypatch.setattr("inkdigits.web.batcher._GATHER_S", 0.05)
    gate, begun, sizes = threading.Event(), threading.Event(), list[int]()
    batcher = Batcher(answer, most_waiting=12)
    _loop(ask())
    batcher.stop()
    assert sum(sizes) == 12
    assert max(sizes) <= 3
