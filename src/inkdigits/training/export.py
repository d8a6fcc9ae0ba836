"""Export a run, a Keras file or a bundled network to another format.

The result is always a new file: a run's own files are never changed.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inkdigits.errors import ModelError, SettingError
from inkdigits.files import beside, write_whole
from inkdigits.reading.classifier import BUNDLED
from inkdigits.reading.glyphs import FRAMING
from inkdigits.reading.marks.glyph_network import BUNDLED as GLYPHS
from inkdigits.reading.marks.network import BUNDLED as MARKS
from inkdigits.reading.numbers.row_network import BUNDLED as ROWS
from inkdigits.training import run as runs
from inkdigits.training.artefacts import save_keras
from inkdigits.training.keras_files import load_keras
from inkdigits.training.onnx_export import facts_of, save_onnx

# Each format with its file extension; those without one are folders.
FORMATS = {
    "onnx": ".onnx",
    "keras": ".keras",
    "h5": ".h5",
    "litert": ".tflite",
    "saved_model": "",
    "openvino": ".xml",
    "coreml": ".mlpackage",
    "hub": "",
}
_OF_KERAS = ("keras", "h5")
BUNDLED_NETWORKS = {
    "bundled": BUNDLED,
    "bundled-marks": MARKS,
    "bundled-glyphs": GLYPHS,
    "bundled-rows": ROWS,
}


@dataclass(frozen=True, slots=True)
class Source:
    """What is exported: a model file, its run, and the name for the new file."""

    file: Path
    run: Path | None
    name: str
    is_bundled: bool = False


def export(source: Path, format_: str, output: Path | None = None) -> Path:
    """Write `source` as `format_`, with its calibration if the format has room for it.

    Without an output, the file is written next to the run or the model, under its name,
    and nothing is overwritten. A bundled network is written to the working folder.
    """
    if format_ not in FORMATS:
        raise SettingError(
            f"--format is {format_!r}: choose {', '.join(FORMATS)}, web or lab"
        )
    opened = _source(source)
    if format_ in _OF_KERAS and opened.file.suffix == ".onnx":
        others = ", ".join(name for name in FORMATS if name not in _OF_KERAS)
        raise SettingError(
            f"{source} is an ONNX file, which cannot be converted to Keras: choose {others} or web"
        )
    path = _target(opened, format_, output)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(opened, format_, path)
    except OSError as error:
        raise ModelError(
            f"{path} cannot be written ({error.strerror or error}): name another --output"
        ) from None
    return path


def _source(source: Path) -> Source:
    """Find what the user names: a bundled network, a model file or a run."""
    name = str(source)
    if name in BUNDLED_NETWORKS:
        file = BUNDLED_NETWORKS[name]
        return Source(file, None, name, is_bundled=True)
    if not source.is_dir():
        # A model file may lie in the folder of its run.
        folder = source.parent
        run = folder if _is_run(folder) else None
        return Source(source, run, source.stem)
    runs.read_run(source)
    file = source / "model.keras"
    if not file.exists():
        raise ModelError(
            f"{source} has no model.keras: finish it first with inkdigits train --resume {source}"
        )
    return Source(file, source, source.resolve().name)


def _target(source: Source, format_: str, output: Path | None) -> Path:
    """The file or folder to write; raise if something would be lost."""
    ending = FORMATS[format_]
    if output is None:
        path = _beside(source, ending or f"-{format_}")
        if path.exists():
            raise ModelError(f"{path} exists already: name the new file with --output")
        return path
    keeps_name = format_ == "onnx" or not ending
    path = output if keeps_name else output.with_suffix(ending)
    # A run's files are evidence of its training: an export must not replace them.
    if _is_run(path.parent) or _is_run(path):
        run = path if _is_run(path) else path.parent
        raise ModelError(
            f"{run} is a run folder, whose files are never changed: "
            "name a file elsewhere with --output"
        )
    is_folder = not ending
    is_empty = path.is_dir() and not any(path.iterdir())
    if is_folder and path.exists() and not is_empty:
        raise ModelError(f"{path} is not empty: name a new folder")
    return path


def _beside(source: Source, ending: str) -> Path:
    if source.is_bundled:
        return Path(source.name + ending)
    return (
        beside(source.run, ending)
        if source.run
        else source.file.with_name(source.name + ending)
    )


def _is_run(folder: Path) -> bool:
    """Whether this folder holds a run."""
    return (folder / runs.RUN_FILE).is_file()


def _write(source: Source, format_: str, path: Path) -> None:
    if format_ in _OF_KERAS:
        _write_keras(source, format_, path)
        return
    with _as_onnx(source) as onnx_file:
        if format_ == "onnx":
            shutil.copyfile(onnx_file, path)
        else:
            _write_other(source, onnx_file, format_, path)


def _write_keras(source: Source, format_: str, path: Path) -> None:
    exported = source.file.with_name(f"model.{format_}")
    if (
        source.run is not None
        and source.file.name == "model.keras"
        and exported.is_file()
    ):
        shutil.copyfile(exported, path)
    else:
        save_keras(load_keras(source.file, compiled=True), path)


@contextmanager
def _as_onnx(source: Source) -> Iterator[Path]:
    """The network as an ONNX file, which all other formats come from."""
    exported = source.file.with_name("model.onnx")
    if source.file.suffix == ".onnx":
        if not source.file.is_file():
            raise ModelError(
                f"there is no model at {source.file}: name a run folder, .keras, .h5 or .onnx file"
            )
        yield source.file
    elif (
        source.run is not None
        and source.file.name == "model.keras"
        and exported.is_file()
    ):
        yield exported
    else:
        model = load_keras(source.file)
        calibration = (
            runs.read_run(source.run).get("calibration", {}) if source.run else {}
        )
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "model.onnx"
            save_onnx(
                model, file, {"framing": FRAMING, "labels": "0123456789", **calibration}
            )
            yield file


def _write_other(source: Source, onnx_file: Path, format_: str, path: Path) -> None:
    facts = json.dumps(facts_of(onnx_file), indent=2, ensure_ascii=False) + "\n"
    if format_ == "litert":
        from inkdigits.training.tensorflow_export import litert_bytes

        write_whole(path, litert_bytes(onnx_file))
        write_whole(path.with_suffix(".json"), facts)
    elif format_ == "saved_model":
        from inkdigits.training.tensorflow_export import save_tensorflow

        save_tensorflow(onnx_file, path)
        write_whole(path / "inkdigits.json", facts)
    elif format_ == "openvino":
        _save_openvino(onnx_file, path)
    elif format_ == "coreml":
        from inkdigits.training.coreml_export import save_coreml

        save_coreml(onnx_file, path)
    else:
        from inkdigits.training.hub import write_hub_folder

        write_hub_folder(onnx_file, source.run, path, is_bundled=source.is_bundled)


def _save_openvino(onnx_file: Path, path: Path) -> None:
    """Write .xml and .bin in float32, with the file's metadata as `rt_info`."""
    from inkdigits.errors import MissingExtraError

    try:
        import openvino
    except ImportError:
        raise MissingExtraError("writing OpenVINO files", "openvino") from None
    model: Any = openvino.Core().read_model(onnx_file)
    model.set_rt_info(json.dumps(facts_of(onnx_file), ensure_ascii=False), "inkdigits")
    openvino.save_model(model, path, compress_to_fp16=False)
