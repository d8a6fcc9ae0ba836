"""A trial as every engine gives it, and the data and objective that they share."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inkdigits.csv_cells import rows_as_csv
from inkdigits.data import Dataset, load, split_validation
from inkdigits.errors import DataError, SettingError
from inkdigits.training import recipes, samples
from inkdigits.training.backend import load_keras_module, make_deterministic
from inkdigits.training.checkpoints import Progress
from inkdigits.training.fit import Silent, held_out, one_epoch
from inkdigits.training.focus import Focus
from inkdigits.training.learner import Learner
from inkdigits.training.optimizers import compile_model
from inkdigits.training.settings import Settings
from inkdigits.training.tuning.space import Params


@dataclass(frozen=True, slots=True)
class Trial:
    """One set of settings, with validation accuracy and loss of its last epoch.

    `state` is complete, pruned, running or failed.
    """

    number: int
    state: str
    accuracy: float
    loss: float
    epochs: int
    seconds: float
    params: Params

    @property
    def finished(self) -> bool:
        """Whether it ended by itself, and not by an error or a kill."""
        return self.state in ("complete", "pruned")


def best_of(trials: list[Trial]) -> Trial | None:
    """The complete trial with the best validation accuracy; ties are broken by loss."""
    complete = [trial for trial in trials if trial.state == "complete"]

    def rank(trial: Trial) -> tuple[float, float]:
        """By accuracy, then by loss."""
        return trial.accuracy, -trial.loss

    return max(complete, key=rank, default=None)


def parts(settings: Settings, data_dir: str | Path | None) -> tuple[Dataset, Dataset]:
    """Training and validation, the same for every trial; the test set is not opened."""
    if not settings.validation:
        raise SettingError(
            "--validation is 0: tuning chooses on validation, give a share such as 0.1"
        )
    known = load(settings.data, split="train", data_dir=data_dir)
    if not known.trainable:
        raise DataError(
            f"{settings.data} is for evaluation only: its licence does not allow tuning on it"
        )
    if known.labels.min() < 0:
        raise DataError(
            f"{settings.data} contains no digits: tune on a set of digits, see inkdigits data list"
        )
    return split_validation(
        known.first(settings.limit), settings.validation, settings.seed
    )


def epochs_of(
    settings: Settings, training: Dataset, validation: Dataset
) -> Iterator[dict[str, float]]:
    """Train the settings' network, and yield each epoch's figures as it ends."""
    load_keras_module().backend.clear_session()
    make_deterministic(settings.seed)
    model = recipes.build(settings)
    compile_model(model, settings, len(training))
    learner = Learner(model, settings)
    held = held_out(validation)
    start = time.perf_counter()
    for epoch, images, labels in samples.epochs(
        training, settings, Focus(training, settings, Progress())
    ):
        row = one_epoch(learner, images, labels, held, epoch, Silent())
        yield {**row, "seconds": time.perf_counter() - start}
        start = time.perf_counter()


def as_csv(trials: list[Trial]) -> str:
    names = sorted({name for trial in trials for name in trial.params})
    rows: list[list[object]] = [
        ["trial", "state", "val_accuracy", "val_loss", "epochs", "seconds", *names]
    ]
    for trial in trials:
        figures = [
            f"{trial.accuracy:.6f}",
            f"{trial.loss:.6f}",
            trial.epochs,
            f"{trial.seconds:.2f}",
        ]
        params = [trial.params.get(name, "") for name in names]
        rows.append([trial.number, trial.state, *figures, *params])
    return rows_as_csv(rows)
