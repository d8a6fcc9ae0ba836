"""Epoch by epoch: shuffled (and augmented) by seed and epoch alone, checkpointed after each, so that a run can go on."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from inkdigits.data import Dataset
from inkdigits.errors import TrainingError
from inkdigits.training import checkpoints
from inkdigits.training.augment import STRENGTHS, augmented
from inkdigits.training.backend import load_keras_module
from inkdigits.training.checkpoints import Progress
from inkdigits.training.settings import Settings


class Listener(Protocol):
    """Told what happens while it happens; computing stays apart from printing."""

    def began(self, summary: str, run: Path, epochs: int) -> None: ...
    def stepped(self, epoch: int, step: int, steps: int, logs: dict[str, float]) -> None: ...
    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None: ...
    def said(self, line: str) -> None: ...


class Silent:
    """A listener that prints nothing."""

    def began(self, summary: str, run: Path, epochs: int) -> None: ...
    def stepped(self, epoch: int, step: int, steps: int, logs: dict[str, float]) -> None: ...
    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None: ...
    def said(self, line: str) -> None: ...


def compile_model(model: Any, settings: Settings) -> None:
    keras = load_keras_module()
    kinds = {
        "adam": keras.optimizers.Adam,
        "adamw": keras.optimizers.AdamW,
        "sgd": lambda rate: keras.optimizers.SGD(rate, momentum=0.9),
        "rmsprop": keras.optimizers.RMSprop,
    }
    model.compile(
        optimizer=kinds[settings.optimizer](settings.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )


def as_input(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Glyphs as every net here takes them: (N, 28, 28, 1), 0 to 1, ink high."""
    return images[..., None].astype(np.float32) * np.float32(1 / 255)


def fit(model: Any, training: Dataset, validation: Dataset | None, settings: Settings, run: Path, listener: Listener) -> Progress:
    """Train from the newest checkpoint (or the start) to the last epoch, or until early stopping."""
    progress = checkpoints.load(run, model)
    held = (as_input(validation.images), validation.labels) if validation else None
    for epoch in range(progress.epoch + 1, settings.epochs + 1):
        if settings.early_stop and progress.epochs_since_best >= settings.early_stop:
            listener.said(f"stopped early: no better validation loss for {settings.early_stop} epochs")
            break
        start = time.perf_counter()
        row = one_epoch(model, training, held, settings, epoch, listener)
        progress.fit_seconds += time.perf_counter() - start
        if not all(math.isfinite(value) for value in row.values()):
            raise TrainingError(
                f"the loss is not a number in epoch {epoch}: epochs before it are kept in {run}; try a lower --learning-rate"
            )
        _advance(progress, epoch, row)
        checkpoints.save(run, model, progress)
        listener.finished_epoch(epoch, row)
    return progress


def _advance(progress: Progress, epoch: int, row: dict[str, float]) -> None:
    progress.epoch = epoch
    progress.history.append({"epoch": epoch, **row})
    watched = row.get("val_loss", row["loss"])
    better = watched < progress.best_loss
    progress.best_loss = min(watched, progress.best_loss)
    progress.epochs_since_best = 0 if better else progress.epochs_since_best + 1


def one_epoch(
    model: Any,
    training: Dataset,
    held: tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]] | None,
    settings: Settings,
    epoch: int,
    listener: Listener,
) -> dict[str, float]:
    rng = np.random.default_rng([settings.seed, epoch])
    order = rng.permutation(len(training))
    images = training.images[order]
    if settings.augment != "none":
        images = augmented(images, STRENGTHS[settings.augment], rng)
    steps = -(-len(order) // settings.batch_size)
    logs = model.fit(
        as_input(images), training.labels[order], batch_size=settings.batch_size, shuffle=False, verbose=0,
        callbacks=[_steps(lambda step, values: listener.stepped(epoch, step, steps, values))],
    ).history  # fmt: skip
    row = {name: float(values[-1]) for name, values in logs.items()}
    if held is not None:
        scores = model.evaluate(*held, batch_size=1024, verbose=0, return_dict=True)
        row |= {f"val_{name}": float(value) for name, value in scores.items()}
    return row


def _steps(tell: Callable[[int, dict[str, float]], None]) -> Any:
    keras = load_keras_module()

    class Steps(keras.callbacks.Callback):  # type: ignore[misc,name-defined]
        def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
            tell(batch + 1, logs or {})

    return Steps()
