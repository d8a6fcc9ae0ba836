"""Requests that wait together are answered together; one that cannot be read holds up no other."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from inkdigits import Prediction, Reader
from inkdigits.data.drawn import as_file, draw_digit
from inkdigits.errors import NotAPictureError
from inkdigits.web.batcher import Answer, Batcher
from inkdigits.web.pool import Pool
from inkdigits.web.problems import ProblemError


class Gate:
    """A reader's predict_each that waits to be let go, and notes the batches it is asked for."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.open = threading.Event()
        self.begun = threading.Event()
        self.sizes: list[int] = []

    def answer(self, pictures: Sequence[bytes]) -> list[Answer]:
        self.begun.set()
        self.open.wait(10)
        self.sizes.append(len(pictures))
        return self.reader.predict_each(pictures)


def test_what_waits_together_is_one_batch(reader: Reader) -> None:
    async def ask() -> list[Answer]:
        first = batcher.submit(as_file(draw_digit(0), "PNG"))
        await asyncio.to_thread(gate.begun.wait, 10)
        others = [batcher.submit(as_file(draw_digit(digit), "PNG")) for digit in range(1, 6)]
        gate.open.set()
        return await asyncio.gather(first, *others)

    gate = Gate(reader)
    batcher = Batcher(gate.answer, most_waiting=5)
    answers = asyncio.run(ask())
    batcher.stop()
    assert [answer.digit for answer in answers if isinstance(answer, Prediction)] == [0, 1, 2, 3, 4, 5]
    assert gate.sizes == [1, 5]


def test_a_full_queue_says_so_at_once(reader: Reader) -> None:
    async def ask() -> None:
        first = batcher.submit(b"x")
        await asyncio.to_thread(gate.begun.wait, 10)
        second = batcher.submit(b"x")
        with pytest.raises(ProblemError, match="as many pictures wait as may") as found:
            batcher.submit(b"x")
        assert found.value.headers["retry-after"] == "1"
        gate.open.set()
        await asyncio.gather(first, second)

    gate = Gate(reader)
    batcher = Batcher(gate.answer, most_waiting=1)
    asyncio.run(ask())
    batcher.stop()


def test_a_broken_picture_is_its_own_answer(reader: Reader) -> None:
    seven = as_file(draw_digit(7), "PNG")
    good, bad, last = reader.predict_each([seven, b"broken", seven])
    assert isinstance(bad, NotAPictureError)
    assert good == last == reader.predict(seven)
    assert reader.predict_each([]) == []


def test_a_fault_reaches_the_request_and_the_thread_goes_on() -> None:
    def fail(pictures: Sequence[bytes]) -> list[Answer]:
        raise ZeroDivisionError

    async def ask() -> None:
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                await batcher.submit(b"x")

    batcher = Batcher(fail, most_waiting=5)
    asyncio.run(ask())
    batcher.stop()


def test_work_that_takes_too_long_is_given_up_on_and_still_counts() -> None:
    async def ask() -> None:
        with pytest.raises(ProblemError, match=r"took more than 0\.05 s") as found:
            await pool.run(gate.wait, 10)
        assert found.value.status == 503
        assert pool.under_way == 1
        with pytest.raises(ProblemError, match="as many requests wait"):
            await pool.run(gate.wait, 10)
        gate.set()
        for _ in range(100):
            await asyncio.sleep(0.01)
            if not pool.under_way:
                break
        assert pool.under_way == 0
        assert await pool.run(int, "7") == 7

    gate = threading.Event()
    pool = Pool("test", threads=1, most_waiting=0, timeout_s=0.05)
    asyncio.run(ask())
    pool.stop()
