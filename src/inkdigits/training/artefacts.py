"""The files of a finished run, each written whole or not at all."""

import json
import warnings
from pathlib import Path
from typing import Any

from inkdigits.csv_cells import rows_as_csv
from inkdigits.data import Dataset
from inkdigits.errors import TrainingError
from inkdigits.files import write_whole
from inkdigits.reading.glyphs import FRAMING
from inkdigits.training import card, curves
from inkdigits.training.calibration import calibrate
from inkdigits.training.onnx_export import save_onnx
from inkdigits.training.settings import Settings


def write_all(
    folder: Path,
    model: Any,
    run: dict[str, Any],
    history: list[dict[str, float]],
    validation: Dataset | None,
) -> None:
    """Write the models, the history, the picture and the card.

    `run.json` comes last, because it says that the run is finished.
    """
    settings = calibrate(model, validation)
    try:
        save_models(
            folder,
            model,
            {
                **settings,
                "recipe": run["settings"]["recipe"],
                "seed": run["settings"]["seed"],
            },
        )
        write_whole(folder / "history.csv", history_csv(history))
        write_whole(
            folder / "curves.png", curves.draw(history, run["settings"]["recipe"])
        )
        run = {**run, "calibration": settings, "history": history}
        write_whole(folder / "card.md", card.write(run))
        write_json(folder / "run.json", run)
    except OSError as error:
        raise TrainingError(
            f"{folder} could not be written ({error.strerror or error}): "
            f"free some space, then run inkdigits train --resume {folder}"
        ) from None


def save_models(folder: Path, model: Any, facts: dict[str, Any]) -> None:
    save_keras(model, folder / "model.keras")
    save_keras(model, folder / "model.h5")
    save_onnx(
        model,
        folder / "model.onnx",
        {"framing": FRAMING, "labels": "0123456789", **facts},
    )


def save_keras(model: Any, path: Path) -> None:
    """Save as .keras or .h5, depending on the name.

    Keras warns each time that HDF5 is a legacy format; users need not see that.
    """
    unfinished = path.with_name(f".part-{path.name}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _without_keras_warning(lambda: model.save(unfinished))
    unfinished.replace(path)


def _without_keras_warning(save: Any) -> None:
    import absl.logging

    before = absl.logging.get_verbosity()
    absl.logging.set_verbosity(absl.logging.ERROR)
    try:
        save()
    finally:
        absl.logging.set_verbosity(before)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write the file whole, and indented, as people read it too."""
    try:
        write_whole(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise TrainingError(
            f"{path} could not be written ({error.strerror or error}): name another --output"
        ) from None


def history_csv(history: list[dict[str, float]]) -> str:
    """One row per epoch, under the names of its figures."""
    names = list(history[0])
    rows: list[list[object]] = [[*names]]
    for epoch in history:
        # An epoch may lack some of the figures.
        cells: list[object] = [epoch.get(name, "") for name in names]
        rows.append(cells)
    return rows_as_csv(rows)


def write_log(
    folder: Path, run: dict[str, Any], history: list[dict[str, float]]
) -> None:
    """Write the history, its picture, and run.json last."""
    write_whole(folder / "history.csv", history_csv(history))
    write_whole(folder / "curves.png", curves.draw(history, run["settings"]["recipe"]))
    write_json(folder / "run.json", run)


def summary(model: Any) -> str:
    """Keras's own table of the layers."""
    lines: list[str] = []

    def note(line: str, *_: object, **__: object) -> None:
        """Collect a line; Keras calls this with further arguments."""
        lines.append(line)

    model.summary(print_fn=note, line_length=78)
    return "\n".join(lines)


def command(settings: Settings, folder: Path, usual: Settings | None = None) -> str:
    """The command line that repeats this training run, without values that are as in `usual`."""
    options = arguments(settings, usual)
    words = ["inkdigits train", *options, f"--output {from_here(folder)}"]
    return " ".join(words)


def from_here(path: Path) -> Path:
    """The path as one would type it in the working folder."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def arguments(settings: Settings, usual: Settings | None = None) -> list[str]:
    """The options of `inkdigits train` that give these settings.

    Each name is followed by its value. Values that are as in `usual` are left out.
    """
    plain = (usual or Settings(recipe=settings.recipe)).as_dict()
    parts = ["--recipe", settings.recipe]
    for name, value in settings.as_dict().items():
        if name == "recipe" or value == plain[name]:
            continue
        shown = ",".join(map(str, value)) if isinstance(value, list) else str(value)
        parts += [f"--{name.replace('_', '-')}", shown]
    return parts
