"""The pictures that a model is evaluated on if the user names none.

They are those of its own data set that it did not learn from.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inkdigits.data import Dataset, load
from inkdigits.errors import DataError, ModelError, SettingError
from inkdigits.reading.classifier import resolve_model

if TYPE_CHECKING:
    from inkdigits.training.settings import Settings


def check_model(model: str) -> None:
    """Raise if there is no such model, before a data set is downloaded for it."""
    path = Path(model)
    if path.suffix not in (".keras", ".h5"):
        resolve_model(model)
    elif not path.is_file():
        raise ModelError(
            f"there is no model at {path}: name a run folder, .keras, .h5 or .onnx file"
        )


def usual_data(
    models: Sequence[str], data_dir: Path | None, split: str = "test"
) -> list[Dataset]:
    """The test set, or another split, of each run's own data set.

    A model that is not a run gets the first run's data, so that the two can be
    compared, or MNIST if there is no run.
    """
    of_models = [_own_data(model, data_dir, split) for model in models]
    shared = next((data for data in of_models if data is not None), None) or load(
        "mnist", split=split, data_dir=data_dir
    )
    return [data or shared for data in of_models]


def _own_data(model: str, data_dir: Path | None, split: str) -> Dataset | None:
    """A run's own test pictures; None for a model that is not a run.

    If its data set has no test split, they are those held out for validation. If none
    were held out, they are all of them.
    """
    run = _run_of(Path(model))
    if run is None:
        return None
    if run.get("kind") == "fine-tuned":
        name = run.get("data", {}).get("training", {}).get("name", "your own data")
        raise SettingError(
            f"{model} was fine-tuned on all of {name}, without a test set: "
            "name a data set with --data"
        )
    from inkdigits.training.settings import Settings

    settings = Settings.from_dict(run["settings"])
    place = data_dir or run.get("data_dir")
    try:
        if split != "test":
            return load(settings.data, split=split, data_dir=place)
        return _not_learned_from(settings, place)
    except DataError as error:
        raise DataError(
            f"{model} was trained on {settings.data}: {error}; or name another data set with --data"
        ) from None


def _not_learned_from(settings: "Settings", place: str | Path | None) -> Dataset:
    from inkdigits.training.run import parts

    training, validation, test = parts(settings, place)
    if test is not None:
        return test
    if validation is not None:
        return replace(validation, split="validation")
    return replace(training, split="the pictures it was trained on")


def _run_of(path: Path) -> dict[str, Any] | None:
    """run.json of the run that this path is or lies in; None if there is none."""
    folder = path if path.is_dir() else path.parent
    if not path.exists() or not (folder / "run.json").is_file():
        return None
    try:
        run: dict[str, Any] = json.loads((folder / "run.json").read_text())
        return run if isinstance(run["settings"], dict) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
