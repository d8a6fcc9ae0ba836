"""A training's live events: one JSON object per line in the run's events.jsonl.

The file is the only link between a training run and the lab's page, so either may end
and start again. A file named "stop" next to it stops the run, as Ctrl-C does.
"""

import base64
import json
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from inkdigits.data import Dataset
from inkdigits.errors import InkdigitsError
from inkdigits.training.backend import load_keras_module
from inkdigits.training.fit import Listener
from inkdigits.training.learner import as_input
from inkdigits.training.optimizers import averaged

EVENTS_FILE, STOP_FILE, ALIVE_FILE = "events.jsonl", "stop", "alive"


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a training run writes events; more would slow it down."""

    step_s: float = 0.5  # from one line about steps to the next
    alive_s: float = 2.0  # from one sign of life to the next
    lost_s: float = 20.0  # without a sign of life a training is taken to have ended
    # Validation digits in the confusion matrix; they cost half a per cent of an epoch
    looked_at: int = 1000
    looked_at_once: int = 250  # in one batch: more takes more memory, saves little time
    shown_each: int = 2  # digits of each class that are shown epoch after epoch
    most_filters: int = 64  # of the first layer


PACE = Pace()


def is_alive(run: Path) -> bool:
    """Whether a training run that writes to this folder is alive."""
    try:
        return time.time() - (run / ALIVE_FILE).stat().st_mtime < PACE.lost_s
    except OSError:
        return False


def ask_to_stop(run: Path) -> None:
    (run / STOP_FILE).touch()


class Recorder:
    """A listener that writes events and passes on what it is told.

    `callbacks` adds what the network itself shows. Events go to `folder` while a run is
    not in its place yet, else to the run's folder.
    """

    def __init__(self, told: Listener, folder: Path | None = None) -> None:
        """Write events to the run folder, and pass everything on to `told`."""
        self._told = told
        self._folder = folder
        self._file: TextIO | None = None
        self._run: Path | None = None
        self._lives: threading.Thread | None = None
        self._epochs = 0
        # Moments, in seconds of the monotonic clock.
        self._stepped = 0.0
        self._begun = 0.0
        self._is_finite = True
        self._ended = threading.Event()

    def began(self, summary: str, run: Path, epochs: int) -> None:
        """Start recording in the run folder that the training names."""
        self._told.began(summary, run, epochs)
        # An ensemble begins once for each of its members.
        if self._file is None:
            self._open(self._folder or run)
        self._epochs = epochs
        now = time.time()
        self.write("began", epochs=epochs, time=now)

    def stepped(
        self, epoch: int, step: int, steps: int, logs: dict[str, float]
    ) -> None:
        self._told.stepped(epoch, step, steps, logs)
        now = time.monotonic()
        was_finite = self._is_finite
        self._is_finite = all(math.isfinite(value) for value in logs.values())
        # A loss that becomes NaN is recorded at once: a short run may end before the
        # next line is due.
        is_news = was_finite and not self._is_finite
        if now - self._stepped < PACE.step_s and not is_news:
            return
        self._stepped = now
        self._stop_where_asked()
        self.write(
            "step",
            epoch=epoch,
            step=step,
            steps=steps,
            seconds=now - self._begun,
            **logs,
        )

    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        """Record an epoch's figures, and stop if the page has asked for it."""
        self._told.finished_epoch(epoch, row)
        seconds = time.monotonic() - self._begun
        self.write("epoch", epoch=epoch, seconds=seconds, **row)
        self._stop_where_asked()

    def said(self, line: str) -> None:
        """Lines for people are not recorded."""
        self._told.said(line)

    def callbacks(self, validation: Dataset | None) -> list[Any]:
        """A Keras callback that looks at the network after each epoch.

        There is none without validation digits.
        """
        return [] if validation is None else [_looks(self, validation)]

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Context of a training, which records how it ended."""
        try:
            yield
        except KeyboardInterrupt:
            self._end("stopped", "")
            raise
        except InkdigitsError as error:
            self._end("failed", str(error))
            raise
        except BaseException as error:
            self._end("failed", f"{type(error).__name__}: {error}")
            raise
        self._end("finished", "")

    def write(self, kind: str, **fields: Any) -> None:
        """Write one whole line at once; NaN and infinity become null."""
        if self._file is None:
            return
        content = {"kind": kind, **_finite(fields)}
        line = json.dumps(content, separators=(",", ":"))
        self._file.write(line + "\n")
        # A page may be watching.
        self._file.flush()

    def _open(self, run: Path) -> None:
        """Start to write events and signs of life."""
        self._run = run
        self._begun = time.monotonic()
        # It was for an earlier start of the same run.
        (run / STOP_FILE).unlink(missing_ok=True)
        events = run / EVENTS_FILE
        self._file = events.open("a", encoding="utf-8")
        self._lives = threading.Thread(target=self._live, args=(run,), daemon=True)
        self._lives.start()

    def _live(self, run: Path) -> None:
        while True:
            (run / ALIVE_FILE).touch()
            if self._ended.wait(PACE.alive_s):
                return

    def _stop_where_asked(self) -> None:
        """End the training as Ctrl-C would."""
        if self._run is not None and (self._run / STOP_FILE).exists():
            raise KeyboardInterrupt

    def _end(self, state: str, words: str) -> None:
        self._ended.set()
        self.write("ended", state=state, words=words)
        if self._file is not None and self._run is not None and self._lives is not None:
            self._file.close()
            self._lives.join()
            for name in (ALIVE_FILE, STOP_FILE):
                (self._run / name).unlink(missing_ok=True)


def _finite(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields, with None for NaN and infinity."""
    finite = {}
    for name, value in fields.items():
        is_number = isinstance(value, float)
        finite[name] = _number(value) if is_number else value
    return finite


def _number(value: float) -> float | None:
    """A rounded number, or None for what JSON cannot hold."""
    if not math.isfinite(value):
        return None
    return round(value, 6)


def _looks(recorder: Recorder, validation: Dataset) -> Any:
    """A callback that records how the network answers validation after each epoch."""
    keras = load_keras_module()
    count = min(len(validation), PACE.looked_at)
    digits = validation.take(np.linspace(0, len(validation) - 1, count).astype(int))
    shown = _some_of_each(digits)
    pictures = as_input(digits.images)
    parts = [
        pictures[first : first + PACE.looked_at_once]
        for first in range(0, count, PACE.looked_at_once)
    ]

    class Looks(keras.callbacks.Callback):  # type: ignore[misc,name-defined]
        def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
            recorder.write(
                "digits",
                pictures=base64.b64encode(digits.images[shown].tobytes()).decode(),
                labels=digits.labels[shown].tolist(),
            )

        def on_epoch_end(
            self, epoch: int, logs: dict[str, float] | None = None
        ) -> None:
            with averaged(self.model):
                # `predict` builds a pipeline each time, at the cost of the network.
                shares = np.concatenate(
                    [self.model.predict_on_batch(part) for part in parts]
                )
                filters = _first_filters(self.model)
            recorder.write(
                "look",
                epoch=epoch + 1,
                confusion=_confusion(digits.labels, shares.argmax(axis=1)),
                shares=_rounded(shares[shown]),
                filters=filters,
            )

    return Looks()


def _some_of_each(digits: Dataset) -> list[int]:
    """The indices of the first few digits of each class."""
    places = [
        np.flatnonzero(digits.labels == digit)[: PACE.shown_each] for digit in range(10)
    ]
    return [int(place) for place in np.concatenate(places)]


def _confusion(labels: Any, answers: Any) -> list[list[int]]:
    """Rows are the true digits, columns the answers."""
    counts = np.bincount(10 * labels + answers, minlength=100)
    table: list[list[int]] = counts.reshape(10, 10).tolist()
    return table


def _first_filters(model: Any) -> list[Any]:
    """The kernels of the first convolution, (filters, rows, columns)."""
    for layer in model.layers:
        if layer.weights and len(layer.weights[0].shape) == 4:
            kernels = np.asarray(layer.weights[0], np.float32)[
                :, :, 0, : PACE.most_filters
            ]
            return _rounded(kernels.transpose(2, 0, 1))
    return []


def _rounded(values: Any) -> list[Any]:
    """Rounded lists for JSON; NaN becomes 0 here, because the loss shows it already."""
    nested: list[Any] = np.nan_to_num(np.round(values.astype(np.float64), 4)).tolist()
    return nested
