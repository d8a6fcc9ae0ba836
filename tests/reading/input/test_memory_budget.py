"""The budget of memory: never exceeded, and nobody waits for ever."""

import random
import time
from collections.abc import Iterator
from threading import Thread

import pytest

from inkdigits import Reader
from inkdigits.errors import BusyError
from inkdigits.reading.input import memory_budget
from inkdigits.reading.input.memory_budget import (
    BudgetSettings,
    Lane,
    MemoryBudget,
    budget,
)
from inkdigits.reading.input.pictures import open_grey, open_page
from inkdigits.synthesis import drawn
from waiting import PATIENCE_S, wait_until


def lane(most: int, growth: int = 0) -> Lane:
    return Lane(most, growth, give_back_bytes=1 << 40)


def in_threads(work: list[Thread]) -> None:
    for thread in work:
        thread.start()
    for thread in work:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def test_pictures_that_grow_while_they_hold_something_all_end() -> None:
    """Each is decoded, keeps its page, and takes more to read it, as much as there may be."""
    shared = lane(100, growth=60)
    chance = random.Random(3)  # noqa: S311
    seen: list[int] = []

    def read(decoding: int, page: int, reading: int) -> None:
        share = shared.take(decoding, kept=page)
        seen.append(shared.used)
        share.shrink(page)
        time.sleep(0.001)
        share.grow(reading)
        seen.append(shared.used)
        share.release()

    sizes = [
        (chance.randint(20, 100), chance.randint(1, 20), chance.randint(1, 60))
        for _ in range(200)
    ]
    in_threads([Thread(target=read, args=one, daemon=True) for one in sizes])
    assert len(seen) == 2 * len(sizes)
    assert max(seen) <= 100
    assert shared.used == 0


def test_more_than_there_is_takes_all_of_it() -> None:
    shared = lane(100)
    share = shared.take(5_000)
    assert shared.used == share.held == 100
    share.grow(1_000)
    assert shared.used == 100
    share.release()
    share.release()
    assert shared.used == 0


def test_who_grows_goes_before_who_begins() -> None:
    shared = lane(100, growth=50)
    first, second = shared.take(40, kept=40), shared.take(50)
    order: list[str] = []

    def grow() -> None:
        first.grow(50)
        order.append("grows")
        first.release()

    def begin() -> None:
        share = shared.take(10, kept=0)
        order.append("begins")
        share.release()

    growing = Thread(target=grow, daemon=True)
    growing.start()
    wait_until(lambda: shared._growing == 1, "the first waits to grow")
    beginning = Thread(target=begin, daemon=True)
    beginning.start()
    second.release()
    growing.join(PATIENCE_S)
    beginning.join(PATIENCE_S)
    assert order == ["grows", "begins"]


def test_where_there_is_no_room_in_time_others_are_named_as_the_reason() -> None:
    shared = lane(100)
    held = shared.take(60)
    with pytest.raises(BusyError, match="try again later"):
        shared.take(60, deadline=time.monotonic() + 0.01)
    other = shared.take(40)
    with pytest.raises(BusyError, match="try again later"):
        other.grow(60, deadline=time.monotonic() + 0.01)
    held.release()
    other.grow(60)


def test_small_pictures_do_not_wait_for_large_ones() -> None:
    both = MemoryBudget(BudgetSettings(large_bytes=100, small_bytes=1000))
    both.large.take(100)
    both.for_picture((300, 300), 900).release()
    assert not both.is_small((4000, 50))  # a strip, which is enlarged


@pytest.fixture
def no_room(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All memory is taken by others."""
    held = [budget.large.take(1 << 60), budget.small.take(1 << 60)]
    monkeypatch.setattr(memory_budget, "_LONGEST_S", 0.05)
    yield
    for share in held:
        share.release()


@pytest.mark.usefixtures("no_room")
def test_without_memory_a_picture_is_said_to_wait_for_others(reader: Reader) -> None:
    seven = drawn.as_file(drawn.draw_digit(7), "PNG")
    for read in (reader.predict, reader.read, open_grey):
        with pytest.raises(BusyError, match="other pictures use all available memory"):
            read(seven)


def test_all_is_given_back(reader: Reader) -> None:
    seven = drawn.as_file(drawn.draw_digit(7), "PNG")
    reader.predict([seven, drawn.draw_digit(7)])
    reader.read(seven)
    reader.glyph_to_learn(seven)
    # A sign that no network knows is looked at once more.
    reader.glyph_to_learn(drawn.as_file(drawn.draw_sign("M"), "PNG"))
    open_grey(seven)
    page = open_page(seven)
    assert budget.small.used == page.grey.size
    page.release()
    assert budget.small.used == budget.large.used == 0
