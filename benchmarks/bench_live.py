"""Benchmark the cost of the live view: the classic recipe with and without it, interleaved.

    make bench-live

Each round trains the classic recipe on MNIST once plainly and once as `inkdigits train --live`
does, in this process and in alternating order. The CPU time from the start of the first epoch to
the end of the last one (`fit`) is compared, because wall-clock time says little on a shared
machine. The ratio is that of the medians.

Two training runs differ by some per cent by themselves. So the CPU time of the live view itself is
measured too: `listening_cpu_s` is that of its lines and looks in one run, `share` its part of the rest.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from inkdigits.data import Dataset
from inkdigits.training import Settings
from inkdigits.training.by_name import train
from inkdigits.training.fit import Silent
from inkdigits.training.live import Recorder
from results_file import save


class Clock(Silent):
    """Processor seconds from the beginning of the first epoch to the end of the last."""

    def __init__(self) -> None:
        self.begun = self.ended = 0.0

    def began(self, summary: str, run: Path, epochs: int) -> None:
        self.begun = time.process_time()

    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        self.ended = time.process_time()


class Looking(Recorder):
    """The look at the network after the last epoch is part of the cost."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.looked = 0.0
        self.listening = 0.0  # processor seconds in the live view's own code

    def stepped(
        self, epoch: int, step: int, steps: int, logs: dict[str, float]
    ) -> None:
        # Of this thread alone: those of the training go on meanwhile.
        begun = time.thread_time()
        super().stepped(epoch, step, steps, logs)
        self.listening += time.thread_time() - begun

    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        begun = time.thread_time()
        super().finished_epoch(epoch, row)
        self.listening += time.thread_time() - begun

    def callbacks(self, validation: Dataset | None) -> list[Any]:
        found = super().callbacks(validation)
        for callback in found:
            callback.on_epoch_end = self._timed(callback.on_epoch_end)
        return found

    def _timed(self, look: Callable[..., None]) -> Callable[..., None]:
        def timed(epoch: int, logs: dict[str, float] | None = None) -> None:
            begun = time.process_time()
            look(epoch, logs)
            self.listening += time.process_time() - begun

        return timed

    def write(self, kind: str, **fields: Any) -> None:
        super().write(kind, **fields)
        if kind == "look":
            self.looked = time.process_time()


def plain_s(settings: Settings, folder: Path) -> float:
    clock = Clock()
    train(settings, output=folder, listener=clock)
    return clock.ended - clock.begun


def live_s(settings: Settings, folder: Path, listening: list[float]) -> float:
    clock = Clock()
    recorder = Looking(clock)
    with recorder.watched():
        train(settings, output=folder, listener=recorder, callbacks=recorder.callbacks)
    listening.append(recorder.listening)
    return recorder.looked - clock.begun


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--no-save", action="store_true")
    options = parser.parse_args()
    settings = Settings(data=options.data, epochs=options.epochs, limit=options.limit)
    busy = os.getloadavg()[0]
    times: dict[str, list[float]] = {"plain": [], "live": []}
    listening: list[float] = []
    ways: list[tuple[str, Callable[[Settings, Path], float]]] = [
        ("plain", plain_s),
        ("live", partial(live_s, listening=listening)),
    ]
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.rounds):
            for name, way in ways if number % 2 == 0 else ways[::-1]:
                times[name].append(way(settings, Path(folder) / f"{name}-{number}"))
    plain, live = (statistics.median(times[name]) for name in ("plain", "live"))
    heard = statistics.median(listening)
    results = {
        "rounds": options.rounds,
        "epochs": options.epochs,
        "limit": options.limit,
        "load_average_before": busy,
        "plain_cpu_s": plain,
        "live_cpu_s": live,
        "cost": live / plain - 1,
        "listening_cpu_s": heard,
        "share": heard / (live - heard),
    }
    print(results)
    if not options.no_save:
        save(
            "live",
            {
                "command": " ".join(["python benchmarks/bench_live.py", *sys.argv[1:]]),
                **results,
            },
        )


if __name__ == "__main__":
    main()
