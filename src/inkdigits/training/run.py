"""One run, from settings to a folder.

The folder holds model.keras, model.h5, model.onnx, history.csv, curves.png, run.json
and card.md.
"""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from inkdigits.data import Dataset, load, split_validation
from inkdigits.data.disputed import undisputed_accuracy
from inkdigits.errors import DataError, TrainingError
from inkdigits.files import whole_folder
from inkdigits.machine import machine, versions
from inkdigits.training import artefacts, checkpoints
from inkdigits.training.backend import built_in, load_keras_module, make_deterministic
from inkdigits.training.called import MakeCallbacks
from inkdigits.training.checkpoints import Progress
from inkdigits.training.fit import Listener, Silent, fit
from inkdigits.training.focus import per_epoch
from inkdigits.training.learner import as_input
from inkdigits.training.normalize import fused
from inkdigits.training.optimizers import averaged, compile_model, compile_plain
from inkdigits.training.recipe import Recipe, Train
from inkdigits.training.samples import Targets
from inkdigits.training.settings import Settings

RUN_FILE = "run.json"
_LOADED = time.perf_counter()
Parts: TypeAlias = tuple[Dataset, Dataset | None, Dataset | None]


@dataclass(frozen=True)
class RunResult:
    """A finished run's folder and what it reached.

    `test` is empty if the data has no test split.
    """

    folder: Path
    history: list[dict[str, float]]
    test: dict[str, float]


def train(
    recipe: Recipe,
    settings: Settings,
    *,
    output: str | Path | None = None,
    data_dir: str | Path | None = None,
    listener: Listener | None = None,
    callbacks: MakeCallbacks | None = None,
) -> RunResult:
    """Train a recipe's network and save it in a new run folder.

    The default folder is runs/<recipe>-<time>. The test set is evaluated once, at the end.
    """
    folder = Path(output) if output is not None else new_folder(settings.recipe)
    check_free(folder)  # at once: loading Keras takes seconds
    load_keras_module()
    data = None if recipe.train else parts(settings, data_dir)
    make_folder(folder)
    run = {
        "state": "training",
        "settings": settings.as_dict(),
        "data_dir": str(data_dir) if data_dir else None,
    }
    artefacts.write_json(folder / RUN_FILE, run)
    if recipe.train is not None:
        return _in_its_own_way(
            recipe.train, folder, settings, data_dir, listener or Silent()
        )
    data = data or parts(settings, data_dir)
    return _go_on(recipe, folder, settings, data, listener or Silent(), callbacks)


def new_folder(recipe_name: str) -> Path:
    """The folder of a run for which none is named."""
    # Such names sort by time.
    now = time.strftime("%Y%m%d-%H%M%S")
    return Path("runs") / f"{recipe_name}-{now}"


def _in_its_own_way(
    train_it: Train,
    folder: Path,
    settings: Settings,
    data_dir: str | Path | None,
    listener: Listener,
) -> RunResult:
    made = train_it(settings, folder, data_dir, listener)
    return RunResult(folder, made["history"], made["results"]["test"])


def finished(
    recipe: Recipe,
    settings: Settings,
    folder: Path,
    data_dir: str | Path | None,
    listener: Listener,
    *,
    beside: Path | None = None,
) -> Path:
    """Train or resume a run that is part of another, and return its folder.

    A finished run is left as it is. If a run in the folder `beside` has already been
    trained with the same settings, data and versions, it is copied.
    """
    if not (folder / RUN_FILE).exists():
        shutil.rmtree(folder, ignore_errors=True)  # killed before run.json was written
        same = _same(settings, data_dir, beside) if beside else None
        if same:
            listener.said(f"trained already: {same}")
            _copy(same, folder)
        else:
            train(recipe, settings, output=folder, data_dir=data_dir, listener=listener)
    elif read_run(folder).get("state") != "finished":
        resume(recipe, folder, data_dir=data_dir, listener=listener)
    return folder


def _same(settings: Settings, data_dir: str | Path | None, beside: Path) -> Path | None:
    """A finished run in that folder that a new training would repeat exactly."""
    same = {
        "state": "finished",
        "settings": settings.as_dict(),
        # Another version of Keras or numpy draws other numbers from the same seed.
        "versions": versions(),
        "backend": load_keras_module().backend.backend(),
        "data": _data_facts(*parts(settings, data_dir)),
    }
    for file in sorted(beside.glob(f"*/{RUN_FILE}")):
        try:
            run = read_run(file.parent)
        except TrainingError:
            continue  # not a run of ours
        if {name: run.get(name) for name in same} == same:
            return file.parent
    return None


def _copy(run: Path, folder: Path) -> None:
    """Copy a run whole or not at all, so that no folder looks like a run too early."""
    with whole_folder(folder) as part:
        shutil.copytree(run, part, dirs_exist_ok=True)


def resume(
    recipe: Recipe,
    folder: str | Path,
    *,
    listener: Listener | None = None,
    data_dir: str | Path | None = None,
    callbacks: MakeCallbacks | None = None,
) -> RunResult:
    """Resume a stopped run; its final weights are those of an uninterrupted run."""
    path = Path(folder)
    run = read_run(path)
    if run.get("state") == "finished":
        raise TrainingError(f"{path} is finished already: nothing to resume")
    settings = Settings.from_dict(run["settings"])
    load_keras_module()
    # A run that is resumed on another machine is told where the data is there.
    place = data_dir or run.get("data_dir")
    if recipe.train is not None:
        return _in_its_own_way(
            recipe.train, path, settings, place, listener or Silent()
        )
    data = parts(settings, place)
    return _go_on(recipe, path, settings, data, listener or Silent(), callbacks)


def read_run(folder: Path) -> dict[str, Any]:
    """What run.json says about a run."""
    file = folder / RUN_FILE
    try:
        run: dict[str, Any] = json.loads(file.read_text())
        # A fine-tuned run has settings of its own kind.
        if run.get("kind") != "fine-tuned":
            Settings.from_dict(run["settings"])
    except (OSError, ValueError, KeyError, TypeError):
        raise TrainingError(
            f"{folder} is not a run folder: it has no {RUN_FILE} that can be read"
        ) from None
    return run


def settings_of(run: dict[str, Any]) -> Settings:
    """The settings a run was trained with; after a replay, those of the first run."""
    return Settings.from_dict(run.get("replayed") or run["settings"])


def check_free(folder: Path) -> None:
    """Raise if the folder already holds something."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise TrainingError(
            f"{folder} exists already: name another --output, or resume it with --resume {folder}"
        )


@contextmanager
def made_whole(folder: Path) -> Iterator[Path]:
    """A folder to write a run to, which appears in its place whole or not at all."""
    check_free(folder)
    try:
        with whole_folder(folder) as part:
            yield part
    except OSError as error:
        raise TrainingError(
            f"{folder} could not be written ({error.strerror or error}): name another --output"
        ) from None


def make_folder(folder: Path) -> None:
    """Make a run folder; raise if it already holds something."""
    check_free(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(
            f"{folder} cannot be made ({error.strerror}): name another --output"
        ) from None


def _go_on(
    recipe: Recipe,
    folder: Path,
    settings: Settings,
    data: Parts,
    listener: Listener,
    callbacks: MakeCallbacks | None,
) -> RunResult:
    model, progress = learn(
        recipe, folder, settings, data, listener, callbacks=callbacks
    )
    run = finish(
        recipe, folder, settings, model, progress.history, progress.fit_seconds, data
    )
    return RunResult(folder, progress.history, run["results"]["test"])


def learn(
    recipe: Recipe,
    folder: Path,
    settings: Settings,
    data: Parts,
    listener: Listener,
    *,
    targets: Targets | None = None,
    callbacks: MakeCallbacks | None = None,
) -> tuple[Any, Progress]:
    """Train on labels or a teacher's answers; return the net and the progress."""
    begun = time.perf_counter()
    training, validation, _ = data
    # Before the model is built: its initial weights also come from the seed.
    make_deterministic(settings.seed)
    model = _trainable_model(
        recipe, settings, len(training), shares=targets is not None
    )
    listener.began(artefacts.summary(model), folder, settings.epochs)
    progress = fit(
        model,
        training,
        validation,
        settings,
        folder,
        listener,
        begun=begun,
        targets=targets,
        callbacks=callbacks,
    )
    return _as_kept(recipe, model, settings), progress


def finish(
    recipe: Recipe,
    folder: Path,
    settings: Settings,
    model: Any,
    history: list[dict[str, float]],
    fit_seconds: float,
    data: Parts,
) -> dict[str, Any]:
    """Evaluate on the test set, save the net and all facts, and return run.json."""
    training, validation, test = data
    scores = _test(model, test)
    run = {
        "state": "finished",
        "settings": settings.as_dict(),
        "command": artefacts.command(settings, folder, recipe.settings),
        "seconds": {
            "fit": round(fit_seconds, 3),
            "last_process": round(time.perf_counter() - _LOADED, 3),
        },
        "results": {
            "epochs": int(history[-1]["epoch"]),
            "last": history[-1],
            "test": scores,
        },
        "parameters": int(model.count_params()),
        "data": _data_facts(training, validation, test),
        "machine": machine(),
        "versions": versions(),
        "backend": load_keras_module().backend.backend(),
        "history": history,
    }
    artefacts.write_all(folder, model, run, history, validation)
    # Last: until everything is saved, a killed run can resume from them.
    checkpoints.remove(folder)
    return run


def parts(settings: Settings, data_dir: str | Path | None) -> Parts:
    """Training, validation and test data; validation is from the training split.

    There is a test set only if the source has its own.
    """
    known = load(settings.data, split="train", data_dir=data_dir)
    if not known.trainable:
        raise DataError(
            f"{settings.data} is for evaluation only: its licence does not allow training on it"
        )
    if known.labels.min() < 0:
        raise DataError(
            f"{settings.data} contains no digits: train on a set of digits, see inkdigits data list"
        )
    test = load(settings.data, split="test", data_dir=data_dir)
    # A folder of pictures without a split gives the same for both: that is no test set.
    own_test = test if test.digest != known.digest else None
    known = known.first(settings.limit)
    if not settings.validation:
        return known, None, own_test
    training, validation = split_validation(known, settings.validation, settings.seed)
    return training, validation, own_test


def _trainable_model(
    recipe: Recipe, settings: Settings, samples: int, shares: bool = False
) -> Any:
    model = built_in(settings.precision, lambda: fused(recipe.build(settings)))
    compile_model(model, settings, per_epoch(settings, samples), shares=shares)
    return model


def _as_kept(recipe: Recipe, model: Any, settings: Settings) -> Any:
    """The trained weights, or their average, in a plain float32 net.

    What is saved and exported never contains a cast.
    """
    plain = recipe.build(settings)
    compile_plain(plain, settings)
    with averaged(model):
        for target, value in zip(plain.variables, model.variables, strict=True):
            target.assign(value)
    return plain


def _test(model: Any, test: Dataset | None) -> dict[str, float]:
    """Evaluate once, after all else is settled; MNIST also without disputed labels."""
    if test is None:
        return {}
    probabilities = model.predict(as_input(test.images), batch_size=1000, verbose=0)
    right = probabilities.argmax(axis=1) == test.labels
    of_label = np.clip(probabilities[np.arange(len(test)), test.labels], 1e-7, 1.0)
    scores = {
        "accuracy": float(right.mean()),
        "loss": float(-np.log(of_label).mean()),
        "n": len(test),
    }
    without = undisputed_accuracy(right, test)
    return scores if without is None else {**scores, "accuracy_undisputed": without}


def _data_facts(
    training: Dataset, validation: Dataset | None, test: Dataset | None
) -> dict[str, Any]:
    """Which pictures were used, and for what."""
    parts = {"training": training, "validation": validation, "test": test}
    return {
        name: {"name": data.name, "n": len(data), "sha256": data.digest}
        for name, data in parts.items()
        if data
    }
