"""A run or a Keras file → a model file of another format, always a new one: a run's own files stay as they were trained."""

import shutil
from pathlib import Path

from inkdigits.errors import ModelError, SettingError
from inkdigits.files import beside
from inkdigits.reading.glyphs import FRAMING
from inkdigits.training import run as runs
from inkdigits.training.artefacts import save_keras
from inkdigits.training.keras_files import load_keras
from inkdigits.training.onnx_export import save_onnx

FORMATS = ("onnx", "keras", "h5")


def export(source: Path, format_: str, output: Path | None = None) -> Path:
    """Write `source` as `format_`; a run's calibration goes with its ONNX file.

    Without an output the file lies beside the run or the model, under its name, and nothing that is there is written over.
    """
    if format_ not in FORMATS:
        raise SettingError(f"--format is {format_!r}: choose {', '.join(FORMATS)}, web or lab")
    file = _model_file(source)
    path = _target(file, format_, output)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(source, file, format_, path)
    except OSError as error:
        raise ModelError(f"{path} cannot be written ({error.strerror or error}): name another --output") from None
    return path


def _model_file(source: Path) -> Path:
    if not source.is_dir():
        return source
    runs.read_run(source)
    file = source / "model.keras"
    if not file.exists():
        raise ModelError(f"{source} has no model.keras: finish it first with inkdigits train --resume {source}")
    return file


def _target(file: Path, format_: str, output: Path | None) -> Path:
    run = file.parent if _is_run(file.parent) else None
    if output is None:
        path = beside(run, f".{format_}") if run else file.with_suffix(f".{format_}")
        if path.exists():
            raise ModelError(f"{path} is there already: name the new file with --output")
        return path
    path = output if format_ == "onnx" else output.with_suffix(f".{format_}")
    if _is_run(path.parent):
        raise ModelError(f"{path.parent} is a run, whose files stay as they were trained: name a file elsewhere with --output")
    return path


def _is_run(folder: Path) -> bool:
    return (folder / runs.RUN_FILE).is_file()


def _write(source: Path, file: Path, format_: str, path: Path) -> None:
    kept = source / f"model.{format_}"
    if source.is_dir() and kept.is_file():
        shutil.copyfile(kept, path)
        return
    model = load_keras(file, compiled=format_ != "onnx")
    if format_ == "onnx":
        calibration = runs.read_run(source).get("calibration", {}) if source.is_dir() else {}
        save_onnx(model, path, {"framing": FRAMING, "labels": "0123456789", **calibration})
    else:
        save_keras(model, path)
