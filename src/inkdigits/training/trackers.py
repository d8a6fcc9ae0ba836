"""Experiment trackers that get a run's figures: `inkdigits train --track NAME`.

Each uses its own library and gets its epochs from one Keras callback. A resumed run
continues in the tracker too.
"""

import hashlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from inkdigits.data import Dataset
from inkdigits.errors import MissingExtraError, SettingError
from inkdigits.training.backend import load_keras_module
from inkdigits.training.called import MakeCallbacks
from inkdigits.training.settings import Settings

PROJECT = "inkdigits"  # the experiment or project that all runs belong to
TENSORBOARD_FOLDER = "tensorboard"  # in the run folder
_MLFLOW_STATES = {"finished": "FINISHED", "stopped": "KILLED", "failed": "FAILED"}
# MLflow finds the run of a folder again by a digest: a path may have characters that
# searches do not accept.
_RUN_TAG, _FOLDER_TAG = "inkdigits.run", "inkdigits.folder"


class Tracker(Protocol):
    """One run in a tracker; epochs count from 1.

    `state` is "finished", "stopped" or "failed".
    """

    def begin(self) -> None: ...
    def log(self, epoch: int, row: dict[str, float]) -> None:
        """Note an epoch's figures."""

    def end(self, state: str) -> None:
        """The run has ended: finished, stopped or failed."""


class TensorBoard:
    """Event files in the run folder, named like those of Keras's own callback."""

    def __init__(self, run: Path, settings: Settings) -> None:
        """Write into the run folder, where the tensorboard program finds it."""
        self._library = _library("tensorboard.summary", "tensorboard")
        self._folder = run / TENSORBOARD_FOLDER
        # One for training and one for validation, so that one plot shows both.
        self._writers: dict[str, Any] = {}

    def begin(self) -> None:
        """Nothing to do: a folder appears with its first figure."""

    def log(self, epoch: int, row: dict[str, float]) -> None:
        for name, value in row.items():
            is_validation = name.startswith("val_")
            part = "validation" if is_validation else "train"
            writer = self._writer(part)
            writer.add_scalar(f"epoch_{name.removeprefix('val_')}", value, epoch)
        for writer in self._writers.values():
            writer.flush()

    def end(self, state: str) -> None:
        for writer in self._writers.values():
            writer.close()

    def _writer(self, part: str) -> Any:
        """The writer of training or of validation."""
        writer = self._writers.get(part)
        if writer is None:
            # Made when first needed: it makes a file at once.
            folder = str(self._folder / part)
            writer = self._library.Writer(folder)
            self._writers[part] = writer
        return writer


class MLflow:
    """A run of the experiment `inkdigits`, at MLFLOW_TRACKING_URI or the default."""

    def __init__(self, run: Path, settings: Settings) -> None:
        """Raise at once if MLflow is missing; it is called when training begins."""
        self._library = _library("mlflow", "mlflow")
        self._folder = run.resolve()
        self._settings = settings
        self._client: Any = None
        self._id = ""

    def begin(self) -> None:
        self._client = self._library.MlflowClient()
        found = self._client.get_experiment_by_name(PROJECT)
        experiment = (
            found.experiment_id if found else self._client.create_experiment(PROJECT)
        )
        key = hashlib.sha256(str(self._folder).encode()).hexdigest()
        wanted = f"tags.`{_RUN_TAG}` = '{key}'"
        before = self._client.search_runs([experiment], wanted)
        if before:
            self._id = before[0].info.run_id
            self._client.update_run(self._id, status="RUNNING")
            return
        tags = {_RUN_TAG: key, _FOLDER_TAG: str(self._folder)}
        made = self._client.create_run(
            experiment, run_name=self._folder.name, tags=tags
        )
        self._id = made.info.run_id
        for name, value in self._settings.as_dict().items():
            self._client.log_param(self._id, name, value)

    def log(self, epoch: int, row: dict[str, float]) -> None:
        """Note an epoch's figures."""
        run = self._id
        for name, value in row.items():
            self._client.log_metric(run, name, value, step=epoch)

    def end(self, state: str) -> None:
        """Close the run, if one was begun."""
        if self._id:
            self._client.set_terminated(self._id, _MLFLOW_STATES[state])


class Trackio:
    """A run of the project `inkdigits`, in TRACKIO_DIR or Trackio's default folder."""

    def __init__(self, run: Path, settings: Settings) -> None:
        """Raise at once if Trackio is missing; it is called when training begins."""
        self._library = _library("trackio", "trackio")
        self._name = run.resolve().name
        self._settings = settings
        self._run: Any = None

    def begin(self) -> None:
        with redirect_stdout(sys.stderr):  # it prints how to see the run
            self._run = self._library.init(
                project=PROJECT,
                name=self._name,
                config=self._settings.as_dict(),
                resume="allow",
                embed=False,
                auto_log_cpu=False,
                auto_log_gpu=False,
            )

    def log(self, epoch: int, row: dict[str, float]) -> None:
        """Note an epoch's figures."""
        self._run.log(row, step=epoch)

    def end(self, state: str) -> None:
        if self._run is not None:
            with redirect_stdout(sys.stderr):
                self._run.finish()


TRACKERS: dict[str, Callable[[Path, Settings], Tracker]] = {
    "tensorboard": TensorBoard,
    "mlflow": MLflow,
    "trackio": Trackio,
}


def tracker_for(run: Path, settings: Settings) -> Tracker | None:
    """The tracker that the settings name; None if they name none."""
    if settings.track is None:
        return None
    if settings.track not in TRACKERS:
        raise SettingError(
            f"--track is {settings.track}: give one of {', '.join(TRACKERS)}"
        )
    return TRACKERS[settings.track](run, settings)


@contextmanager
def tracked(
    tracker: Tracker | None, others: MakeCallbacks | None
) -> Iterator[MakeCallbacks | None]:
    """Context of a training, which adds the tracker's callback and tells it the end."""
    if tracker is None:
        yield others
        return

    def make(validation: Dataset | None) -> list[Any]:
        """The other callbacks, then the one that tells the tracker."""
        before = others(validation) if others else []
        return [*before, _callback(tracker)]

    try:
        yield make
    except KeyboardInterrupt:
        tracker.end("stopped")
        raise
    except BaseException:
        tracker.end("failed")
        raise
    tracker.end("finished")


def _callback(tracker: Tracker) -> Any:
    keras = load_keras_module()

    class Tracks(keras.callbacks.Callback):  # type: ignore[misc,name-defined]
        def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
            """Only now, because a training may fail before."""
            tracker.begin()

        def on_epoch_end(
            self, epoch: int, logs: dict[str, float] | None = None
        ) -> None:
            """Keras counts epochs from 0."""
            tracker.log(epoch + 1, logs or {})

    return Tracks()


def _library(module: str, name: str) -> Any:
    try:
        return import_module(module)
    except ImportError:
        raise MissingExtraError(f"--track {name}", "track") from None
