"""A run or a Keras file → a model file of another format."""

from pathlib import Path

from inkdigits.errors import ModelError, SettingError
from inkdigits.reading.glyphs import FRAMING
from inkdigits.training import run as runs
from inkdigits.training.artefacts import save_keras
from inkdigits.training.keras_files import load_keras
from inkdigits.training.onnx_export import save_onnx

FORMATS = ("onnx", "keras", "h5")


def export(source: Path, format_: str, output: Path | None = None) -> Path:
    """Write `source` as `format_`; a run's calibration goes with its ONNX file."""
    if format_ not in FORMATS:
        raise SettingError(f"--format is {format_!r}: choose {', '.join(FORMATS)} or web")
    facts: dict[str, object] = {"framing": FRAMING, "labels": "0123456789"}
    if source.is_dir():
        facts |= runs.read_run(source).get("calibration", {})
        file = source / "model.keras"
        if not file.exists():
            raise ModelError(f"{source} has no model.keras: finish it first with inkdigits train --resume {source}")
    else:
        file = source
    model = load_keras(file)
    path = output or file.with_suffix(f".{format_}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if format_ == "onnx":
            save_onnx(model, path, facts)
        else:
            save_keras(model, path.with_suffix(f".{format_}"))
    except OSError as error:
        raise ModelError(f"{path} cannot be written ({error.strerror or error}): name another --output") from None
    return path if format_ == "onnx" else path.with_suffix(f".{format_}")
