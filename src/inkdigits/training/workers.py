"""Samples made in separate processes while a training takes them."""

import multiprocessing
import os
import queue
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import cv2
import numpy as np

from inkdigits.errors import TrainingError

Sample = TypeVar("Sample")
# make(rng, *arguments): samples without end
Make = Callable[..., Iterator[Sample]]
# Niceness of these processes: they give way to the training, which takes the time.
_NICER = 3
# Seconds between checks that the training is still there to take a sample.
_LOOK_S = 5.0


class Workers(Generic[Sample]):
    """`count` processes that make samples; at most `most` samples wait to be taken."""

    def __init__(
        self,
        make: Make[Sample],
        arguments: tuple[Any, ...],
        *,
        count: int,
        most: int,
        seed: int,
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self._ready: Any = context.Queue(maxsize=most)
        self._processes = [
            context.Process(
                target=_make_forever,
                args=(make, arguments, seed * 1000 + index, self._ready),
                daemon=True,
            )
            for index in range(count)
        ]
        for process in self._processes:
            process.start()

    def take(self, wait_s: float) -> Sample | None:
        """A sample, or None where none comes in so many seconds."""
        try:
            sample: Sample = (
                self._ready.get(timeout=wait_s) if wait_s else self._ready.get_nowait()
            )
        except queue.Empty:
            if not all(process.is_alive() for process in self._processes):
                raise TrainingError(
                    "a process that makes samples has ended: see its error above"
                ) from None
            return None
        return sample

    def close(self) -> None:
        for process in self._processes:
            process.terminate()


def _make_forever(
    make: Make[Any], arguments: tuple[Any, ...], seed: int, out: Any
) -> None:
    cv2.setNumThreads(1)
    os.nice(_NICER)
    # Else the process outlives a killed training, waiting for its samples to be taken.
    out.cancel_join_thread()
    parent = os.getppid()
    for sample in make(np.random.default_rng([seed, os.getpid()]), *arguments):
        while os.getppid() == parent:
            try:
                out.put(sample, timeout=_LOOK_S)
                break
            except queue.Full:
                continue
        else:
            return
