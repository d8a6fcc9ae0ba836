"""Open Keras model files from anywhere, without running any code in them."""

import json
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inkdigits.errors import ModelError, UnsafeModelError
from inkdigits.training.backend import load_keras_module

_RUNS_CODE = {"Lambda", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "TFSMLayer"}


def load_keras(path: str | Path, *, compiled: bool = False) -> Any:
    """The model in a .keras or .h5 file.

    A file with Lambda layers, custom classes or pickles is refused. `compiled` also
    loads its optimizer and loss, if it has them.
    """
    file = Path(path)
    keras = load_keras_module()
    for item in _objects(_config(file, compiled)):
        _check(item, file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of files without an optimizer
            return keras.models.load_model(file, compile=compiled, safe_mode=True)
    except Exception as error:  # noqa: BLE001 - Keras raises whatever its layers do
        raise ModelError(
            f"{file} is a Keras model that cannot be built ({_first_line(error)})"
        ) from None


def _config(file: Path, compiled: bool) -> Any:
    """The network's description, read as JSON; nothing is built yet."""
    if not file.is_file():
        raise ModelError(
            f"there is no model at {file}: name a run folder, .keras, .h5 or .onnx file"
        )
    try:
        return (
            _config_in_zip(file)
            if zipfile.is_zipfile(file)
            else _config_in_hdf5(file, compiled)
        )
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{file} is not a Keras model file ({_first_line(error)}): give a .keras or .h5 file"
        ) from None


def _config_in_zip(file: Path) -> Any:
    """The description of the layers in a .keras file, read without building any."""
    with zipfile.ZipFile(file) as archive:
        return json.loads(archive.read("config.json"))


def _config_in_hdf5(file: Path, compiled: bool) -> Any:
    """The description of the layers in an .h5 file, and of its loss if that is loaded too."""
    import h5py

    training = "{}"
    with h5py.File(file, "r") as archive:
        config = archive.attrs["model_config"]
        if compiled:
            training = archive.attrs.get("training_config", "{}")
    return [json.loads(config), json.loads(training)]


def _objects(config: Any) -> Iterator[dict[str, Any]]:
    """Every object that the description would create, at any depth."""
    if isinstance(config, dict):
        if "class_name" in config:
            yield config
        for value in config.values():
            yield from _objects(value)
    elif isinstance(config, list):
        for value in config:
            yield from _objects(value)


def _check(item: dict[str, Any], file: Path) -> None:
    """Refuse an object that is not one of Keras's own, or that runs code."""
    name = str(item["class_name"])
    module = str(item.get("module") or "keras")
    # A registered class has its package in front: package>Name.
    short = name.rsplit(">", 1)[-1]
    is_function = name in ("__lambda__", "function")
    is_code = is_function and module in ("builtins", "__main__")
    if short in _RUNS_CODE or is_code:
        raise UnsafeModelError(
            f"{file} has a {short} layer, which runs code from the file: "
            "only plain layers are loaded"
        )
    package = module.split(".", maxsplit=1)[0]
    is_registered_as_ours = item.get("registered_name") in (None, "", short, name)
    if package not in ("keras", "builtins") or not is_registered_as_ours:
        raise UnsafeModelError(
            f"{file} has a custom object ({module}.{name}): "
            "only Keras's own layers are loaded"
        )
    # Another package's, even if its name is that of one of Keras's own.
    if ">" in name:
        raise UnsafeModelError(
            f"{file} has a custom object ({name}): only Keras's own layers are loaded"
        )


def _first_line(error: Exception) -> str:
    """The text of an error, short enough for a message."""
    lines = str(error).strip().splitlines()
    if not lines:
        return type(error).__name__
    return lines[0][:160]
