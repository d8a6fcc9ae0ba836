"""Model files that are broken in ways onnxruntime does not mind: one line, and never an answer that is no number."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from typer.testing import CliRunner

from inkdigits import Reader, errors
from inkdigits.cli import app
from inkdigits.reading.classifier import BUNDLED, METADATA_KEY


def model_with(path: Path, **settings: Any) -> Path:
    """The bundled model, saying something else of itself."""
    model = onnx.load(BUNDLED)
    for entry in model.metadata_props:
        if entry.key == METADATA_KEY:
            entry.value = json.dumps({**json.loads(entry.value), **settings})
    onnx.save(model, path)
    return path


@pytest.mark.parametrize(
    "settings",
    [
        {"temperature": 0},
        {"temperature": -1},
        {"temperature": 1e-30},
        {"temperature": float("nan")},
        {"threshold": float("inf")},
        {"sureness": [float("nan"), 1, 1]},
    ],
)
def test_settings_that_give_no_numbers_are_refused(tmp_path: Path, settings: dict[str, Any]) -> None:
    with pytest.raises(errors.ModelError, match="carries settings that cannot be read"):
        Reader(model_with(tmp_path / "model.onnx", **settings))


def test_weights_that_are_no_numbers_are_one_line_and_no_broken_json(tmp_path: Path, seven: Path) -> None:
    model = onnx.load(BUNDLED)
    for weights in model.graph.initializer:
        values = numpy_helper.to_array(weights)
        if values.dtype == np.float32 and values.ndim >= 1:
            weights.CopyFrom(numpy_helper.from_array(np.full_like(values, np.nan), weights.name))
    onnx.save(model, tmp_path / "model.onnx")
    for verb in ("predict", "read"):
        asked = [verb, str(seven), "--model", str(tmp_path / "model.onnx"), "--format" if verb == "read" else "--json"]
        result = CliRunner().invoke(app, [*asked, "json"] if verb == "read" else asked)
        assert "NaN" not in result.output
        said = str(result.exception) if isinstance(result.exception, errors.ModelError) else result.output
        assert "gives scores that are not numbers" in said
