"""The local engine: worker processes, each with one network on one core.

A worker that is killed is replaced, and its unit is read again.
"""

import multiprocessing
import os
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

from inkdigits.batch.settings import How
from inkdigits.batch.unit import Done, UnitReader
from inkdigits.errors import DataError, InkdigitsError

# How many workers a picture may kill before it is left out: one may have died for other reasons.
MOST_DEATHS = 3
_NOWHERE = -1
_SPAWN = multiprocessing.get_context("spawn")


@dataclass(slots=True)
class _Worker:
    """A worker process, its pipe, and its position in its unit.

    The position is in shared memory, which outlives a kill.
    """

    process: Any
    pipe: Connection
    place: Any
    unit: int = _NOWHERE

    @property
    def reading(self) -> int:
        """The place of the picture that it reads now."""
        return int(self.place.value)


@dataclass(slots=True)
class _Work:
    """What is left to do, and what has killed workers how often."""

    waiting: Iterator[int]
    deaths: Counter[tuple[int, int]] = field(default_factory=Counter)

    def next(self) -> int | None:
        """The next unit, or None when all are given out."""
        return next(self.waiting, None)

    def skip(self, unit: int) -> dict[int, str]:
        """The pictures of a unit that are not tried again, with the reason."""
        reason = f"reading it killed a worker {MOST_DEATHS} times: read this picture on its own"
        skipped = {}
        for (unit_of_death, place), count in self.deaths.items():
            if unit_of_death == unit and count >= MOST_DEATHS:
                skipped[place] = reason
        return skipped


def read_units(
    output: str, how: How, units: Iterable[int], count: int
) -> Iterator[Done]:
    """Each unit as it is done, in any order."""
    work = _Work(iter(units))
    workers: list[_Worker] = []
    try:
        while len(workers) < count and (unit := work.next()) is not None:
            workers.append(_start(output, how, work, unit))
        while workers:
            for worker in _ready(workers):
                done = _answer(worker)
                if done is None:
                    workers.remove(worker)
                    _bury(worker, work)
                    workers.append(_start(output, how, work, worker.unit))
                    continue
                if (following := work.next()) is not None:
                    _give(worker, work, following)
                else:
                    workers.remove(worker)
                    _stop(worker)
                yield done
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.join()


def _ready(workers: list[_Worker]) -> list[_Worker]:
    """Those that have answered or died."""
    ready = set(wait([worker.pipe for worker in workers]))
    return [worker for worker in workers if worker.pipe in ready]


def _answer(worker: _Worker) -> Done | None:
    """The finished unit, or None from a dead worker.

    An error that every other unit would meet too ends the batch.
    """
    try:
        said = worker.pipe.recv()
    except (EOFError, OSError):
        return None
    if isinstance(said, InkdigitsError):
        raise said
    done: Done = said
    return done


def _start(output: str, how: How, work: _Work, unit: int) -> _Worker:
    """A new process, at work on this unit."""
    ours, theirs = _SPAWN.Pipe()
    # In shared memory, so that it can be read when the process is dead.
    place = _SPAWN.RawValue("q", _NOWHERE)
    arguments = (output, how, theirs, place)
    process = _SPAWN.Process(target=serve, args=arguments, daemon=True)
    process.start()
    # Only then does the pipe end when the process does.
    theirs.close()
    worker = _Worker(process, ours, place)
    return _give(worker, work, unit)


def _give(worker: _Worker, work: _Work, unit: int) -> _Worker:
    worker.unit = unit
    try:
        worker.pipe.send((unit, work.skip(unit)))
    except OSError:
        return worker  # it died between two units: `_ready` finds that out
    return worker


def _bury(worker: _Worker, work: _Work) -> None:
    """Note where a worker died; give up where none gets as far as a picture."""
    worker.process.join()
    place = (worker.unit, worker.reading)
    work.deaths[place] += 1
    died_at_start = worker.reading == _NOWHERE
    if died_at_start and work.deaths[place] >= MOST_DEATHS:
        raise DataError(
            f"a worker died {MOST_DEATHS} times before its first picture: "
            "is there enough memory for --workers?"
        )


def _stop(worker: _Worker) -> None:
    worker.pipe.close()
    worker.process.join()


def serve(output: str, how: How, pipe: Connection, place: Any) -> None:
    """Run a worker: read units from the queue and send back their results."""
    _die_with_parent()
    try:
        _serve(output, how, pipe, place)
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        return


def _serve(output: str, how: How, pipe: Connection, place: Any) -> None:
    """Read one unit after another, for as long as the parent sends them."""

    def now_reading(index: int) -> None:
        # Shared memory: it says where a worker was when it died.
        place.value = index

    reader = None
    while True:
        unit, skip = pipe.recv()
        try:
            # Made here, so that a model that cannot be loaded is reported too.
            reader = reader or UnitReader(output, how)
            done = reader.read(unit, skip, now_reading)
            pipe.send(done)
        except InkdigitsError as error:
            pipe.send(error)
        now_reading(_NOWHERE)


def _die_with_parent() -> None:
    """A worker without a driver would go on writing, at the same time as the next one."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_die_after, args=(parent,), daemon=True).start()


def _die_after(parent: Any) -> None:
    parent.join()
    os._exit(1)
