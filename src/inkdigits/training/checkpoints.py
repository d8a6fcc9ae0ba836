"""A checkpoint after each epoch: one folder with all that resuming needs.

It is written whole or not at all.
"""

import json
import os
import shutil
import zipfile
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.errors import TrainingError

FOLDER = "checkpoints"
_WRONGNESS = "wrongness.npy"


@dataclass
class Progress:
    """The progress of a run; saved in the checkpoint together with the weights.

    `wrongness` is, for each picture, 1 minus the probability of its label when it was
    last measured (training/focus.py).
    """

    epoch: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    best_loss: float = float("inf")
    epochs_since_best: int = 0
    fit_seconds: float = 0.0
    wrongness: npt.NDArray[np.float32] | None = None


def save(run: Path, model: Any, progress: Progress) -> None:
    """Save weights, optimizer and progress as the newest checkpoint.

    Older ones are removed only once it is complete.
    """
    folder = run / FOLDER
    name = f"epoch-{progress.epoch:04}"
    unfinished = folder / f".{name}.part"
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        with (unfinished / "variables.npz").open("wb") as file:
            np.savez(file, *[np.asarray(value) for value in _variables(model)])
            file.flush()
            os.fsync(file.fileno())
        if progress.wrongness is not None:
            np.save(unfinished / _WRONGNESS, progress.wrongness)
        (unfinished / "progress.json").write_text(
            json.dumps({**asdict(progress), "wrongness": None})
        )
        shutil.rmtree(folder / name, ignore_errors=True)
        unfinished.replace(folder / name)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise TrainingError(
            f"epoch {progress.epoch} could not be saved in {run} ({error.strerror or error}): "
            f"free some space, then run inkdigits train --resume {run}"
        ) from None
    for old in sorted(folder.glob("epoch-*"))[:-1]:
        shutil.rmtree(old, ignore_errors=True)


def load(run: Path, model: Any) -> Progress:
    """Load the newest checkpoint into the model; without one, start from the beginning."""
    whole = sorted((run / FOLDER).glob("epoch-*"))
    if not whole:
        return Progress()
    newest = whole[-1]
    try:
        values = _arrays(newest / "variables.npz")
        progress = Progress(**json.loads((newest / "progress.json").read_text()))
        if (newest / _WRONGNESS).exists():
            progress.wrongness = np.load(newest / _WRONGNESS, allow_pickle=False)
    except (
        OSError,
        ValueError,
        TypeError,
        EOFError,
        KeyError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise TrainingError(
            f"{newest} is broken ({error}): delete it and resume from the start"
        ) from None
    variables = _variables(model)
    if len(values) != len(variables):
        raise TrainingError(
            f"{newest} has {len(values)} arrays, the network has {len(variables)}: train again"
        )
    try:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
    except ValueError as error:
        raise TrainingError(
            f"{newest} does not fit the network ({str(error).splitlines()[0]}): train again"
        ) from None
    return progress


def _arrays(path: Path) -> list[npt.NDArray[Any]]:
    # Opened here: NumPy leaves a file open that turns out not to be an archive.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return [arrays[name] for name in arrays.files]


def remove(run: Path) -> None:
    """Remove the checkpoints: a finished run needs none."""
    shutil.rmtree(run / FOLDER, ignore_errors=True)


def _variables(model: Any) -> list[Any]:
    """Weights, dropout's random state and the optimizer's moments, in a fixed order."""
    # Until it is built, an optimizer has no moments.
    model.optimizer.build(model.trainable_variables)
    of_optimizer = model.optimizer.variables
    return [*model.variables, *of_optimizer]
