"""Train epoch by epoch, with a checkpoint after each, so that a run can resume."""

import math
import time
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from inkdigits.data import Dataset
from inkdigits.errors import TrainingError
from inkdigits.training import checkpoints, samples
from inkdigits.training.called import Called, MakeCallbacks
from inkdigits.training.checkpoints import Progress
from inkdigits.training.focus import Focus
from inkdigits.training.learner import Images, Labels, Learner, as_input
from inkdigits.training.optimizers import averaged
from inkdigits.training.settings import Settings

Held = tuple[npt.NDArray[np.float32], Labels]


class Listener(Protocol):
    """Is told what happens during training, so that training code does not print."""

    def began(self, summary: str, run: Path, epochs: int) -> None:
        """The training begins."""

    def stepped(
        self, epoch: int, step: int, steps: int, logs: dict[str, float]
    ) -> None:
        """A step of an epoch is done."""

    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        """An epoch is done."""

    def said(self, line: str) -> None:
        """A line about anything else."""


class Silent:
    """A listener that prints nothing."""

    def began(self, summary: str, run: Path, epochs: int) -> None:
        """Nothing is said."""

    def stepped(
        self, epoch: int, step: int, steps: int, logs: dict[str, float]
    ) -> None:
        """Nothing is said."""

    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        """Nothing is said."""

    def said(self, line: str) -> None:
        """Nothing is said."""


def fit(
    model: Any,
    training: Dataset,
    validation: Dataset | None,
    settings: Settings,
    run: Path,
    listener: Listener,
    *,
    begun: float,
    targets: samples.Targets | None = None,
    callbacks: MakeCallbacks | None = None,
) -> Progress:
    """Train from the newest checkpoint or the start to the last epoch or an early stop.

    Seconds count from `begun` (of time.perf_counter), so that they include building and
    compiling for the first epoch.
    """
    progress = checkpoints.load(run, model)
    held = held_out(validation, shares=targets is not None)
    called = Called(callbacks(validation) if callbacks else [], model)
    learner = Learner(model, settings, called)
    focus = Focus(training, settings, progress)
    called.train_begins()
    for epoch, images, labels in samples.epochs(
        training, settings, focus, progress.epoch + 1, targets
    ):
        if settings.early_stop and progress.epochs_since_best >= settings.early_stop:
            listener.said(
                f"stopped early: no better validation loss for {settings.early_stop} epochs"
            )
            break
        called.epoch_begins(epoch)
        row = one_epoch(learner, images, labels, held, epoch, listener)
        if focus.looks_after(epoch):
            focus.look(model, epoch)
        progress.fit_seconds += time.perf_counter() - begun
        if not all(math.isfinite(value) for value in row.values()):
            raise TrainingError(
                f"the loss is not a number in epoch {epoch}: "
                f"epochs before it are kept in {run}; try a lower --learning-rate"
            )
        _advance(progress, epoch, row)
        checkpoints.save(run, model, progress)
        try:
            listener.finished_epoch(epoch, row)
        finally:  # a listener may stop the run here, and this epoch is kept all the same
            called.epoch_ends(epoch, row)
        if called.wants_to_stop:
            listener.said(f"stopped after epoch {epoch}: a callback asked for it")
            break
        begun = time.perf_counter()
    called.train_ends()
    return progress


def held_out(validation: Dataset | None, *, shares: bool = False) -> Held | None:
    """Validation inputs with labels, or with one-hot targets if trained on `shares`."""
    if validation is None:
        return None
    labels: Labels = validation.labels
    if shares:
        labels = np.eye(10, dtype=np.float32)[validation.labels]
    return as_input(validation.images), labels


def _advance(progress: Progress, epoch: int, row: dict[str, float]) -> None:
    """Note an epoch, and whether it was the best so far."""
    progress.epoch = epoch
    progress.history.append({"epoch": epoch, **row})
    watched = row.get("val_loss", row["loss"])
    is_best = watched < progress.best_loss
    if is_best:
        progress.epochs_since_best = 0
    else:
        progress.epochs_since_best += 1
    progress.best_loss = min(watched, progress.best_loss)


def one_epoch(
    learner: Learner,
    images: Images,
    labels: Labels,
    held: Held | None,
    epoch: int,
    listener: Listener,
) -> dict[str, float]:
    """An epoch's loss and accuracy, and those of validation."""
    steps = learner.steps(len(images))
    row = learner.epoch(
        images,
        labels,
        lambda step, values: listener.stepped(epoch, step, steps, values),
    )
    if held is not None:
        with averaged(learner.model):
            scores = learner.model.evaluate(
                *held, batch_size=1024, verbose=0, return_dict=True
            )
        row |= {f"val_{name}": float(value) for name, value in scores.items()}
    return row
