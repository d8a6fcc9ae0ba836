"""Where fine-tuning starts from: the bundled network, a run folder or a model file.

It is given as a Keras network and as the file that the reader loads.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inkdigits.data.catalog import SETS
from inkdigits.errors import ModelError
from inkdigits.reading.classifier import BUNDLED, DIGITS, Classifier
from inkdigits.training.keras_files import load_keras
from inkdigits.training.onnx_export import save_onnx
from inkdigits.training.onnx_import import is_quantized, load_onnx


@dataclass(frozen=True)
class Start:
    """The model as it was before fine-tuning.

    `fresh()` returns a new copy of its network, `file` is the ONNX file it reads with, and
    `learned_from` names its data sets.
    """

    name: str
    fresh: Callable[[], Any]
    file: Path
    quantized: bool
    learned_from: tuple[str, ...]
    facts: dict[str, Any]


def open_start(model: str, folder: Path) -> Start:
    """Open what `--from` names; if it has no ONNX file, write one to `folder`."""
    if model == "bundled":
        return _from_onnx(
            model,
            BUNDLED,
            tuple(
                entry.name for entry in SETS.values() if entry.trainable and entry.file
            ),
        )
    path = Path(model)
    if path.is_dir():
        return _from_run(path)
    if path.suffix == ".onnx" and path.exists():
        return _from_onnx(path.name, path, ())
    net = _checked(load_keras(path), path)
    file = folder / "start.onnx"
    save_onnx(net, file, {})
    return Start(path.name, lambda: load_keras(path), file, False, (), {})


def _from_run(run: Path) -> Start:
    keras_file = run / "model.keras"
    onnx_file = run / "model.onnx"
    if not keras_file.exists() or not onnx_file.exists():
        raise ModelError(
            f"{run} contains no finished run: expected model.keras and model.onnx in it"
        )
    _checked(load_keras(keras_file), keras_file)
    facts = Classifier(onnx_file).settings.extra
    return Start(
        run.name,
        lambda: load_keras(keras_file),
        onnx_file,
        is_quantized(onnx_file),
        _sets_of(run),
        facts,
    )


def _from_onnx(name: str, path: Path, learned_from: tuple[str, ...]) -> Start:
    """A network of which there is only an ONNX file."""
    facts = Classifier(path).settings.extra
    is_whole = is_quantized(path)

    def fresh() -> Any:
        """The network as Keras's layers, with the weights it began with."""
        return load_onnx(path)

    return Start(name, fresh, path, is_whole, learned_from, facts)


def _sets_of(run: Path) -> tuple[str, ...]:
    """The named data sets that a run was trained on."""
    try:
        data = json.loads((run / "run.json").read_text())["data"]
        return tuple(data.get("practised") or [data["training"]["name"]])
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def _checked(model: Any, path: Path) -> Any:
    shapes = tuple(model.input_shape[1:]), model.output_shape[-1]
    if shapes[0] != (28, 28, 1) or shapes[1] not in (DIGITS, DIGITS + 1):
        raise ModelError(
            f"{path} takes {model.input_shape} and gives {model.output_shape}: "
            "a digit model takes 28×28, gives 10 or 11"
        )
    return model
