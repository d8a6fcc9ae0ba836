"""Model files that cannot be used: one line says so, and nothing reads with them."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inkdigits.errors import ModelError
from inkdigits.reading.classifier import BUNDLED, Classifier
from inkdigits.reading.session import METADATA_KEY
from waiting import PATIENCE_S

onnx = pytest.importorskip("onnx")


def spoiled_model(folder: Path, spoil: Callable[[Any, dict[str, Any]], None]) -> Path:
    """The bundled model after `spoil` had its way with it and with the facts it carries."""
    model = onnx.load(BUNDLED)
    kept = {entry.key: entry.value for entry in model.metadata_props}
    facts = json.loads(kept[METADATA_KEY])
    spoil(model, facts)
    onnx.helper.set_model_props(model, kept | {METADATA_KEY: json.dumps(facts)})
    onnx.save(model, folder / "spoiled.onnx")
    return folder / "spoiled.onnx"


def with_fact(name: str, value: Any) -> Callable[[Any, dict[str, Any]], None]:
    return lambda _, facts: facts.update({name: value})


def with_nan_weights(model: Any, _: dict[str, Any]) -> None:
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and tensor.dims:
            values = np.full(tuple(tensor.dims), np.nan, np.float32)
            tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", 0),
        ("temperature", -1),
        ("temperature", float("nan")),
        ("temperature", 1e-9),
        ("temperature", 1e300),
        ("threshold", float("nan")),
        ("threshold", 7),
        ("sureness", [float("nan"), 1, 1]),
        ("sureness", [1]),
        ("temperature", "hot"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    tmp_path: Path, name: str, value: Any
) -> None:
    path = spoiled_model(tmp_path, with_fact(name, value))
    with pytest.raises(ModelError, match="export it again"):
        Classifier(path)


@pytest.mark.parametrize("temperature", [0.1, 0.5, 3, 10])
def test_with_any_other_temperature_the_shares_are_numbers(
    tmp_path: Path, temperature: float
) -> None:
    classifier = Classifier(
        spoiled_model(tmp_path, with_fact("temperature", temperature))
    )
    glyphs = np.random.default_rng(0).integers(0, 256, (20, 28, 28)).astype(np.uint8)
    scores = classifier.scores(glyphs)
    assert np.isfinite(scores.probabilities).all()
    assert np.isfinite(scores.confidence).all()


def test_weights_that_are_not_numbers_are_refused(tmp_path: Path) -> None:
    classifier = Classifier(spoiled_model(tmp_path, with_nan_weights))
    with pytest.raises(ModelError, match="weights are broken"):
        classifier.scores(np.zeros((1, 28, 28), np.uint8))


@pytest.mark.parametrize("verb", ["predict", "serve"])
@pytest.mark.parametrize(
    "spoil",
    [with_fact("temperature", 0), with_nan_weights],
    ids=["temperature", "weights"],
)
def test_the_command_line_says_so_in_one_line(
    tmp_path: Path, seven: Path, verb: str, spoil: Callable[[Any, dict[str, Any]], None]
) -> None:
    model = spoiled_model(tmp_path, spoil)
    given = [str(seven), "--json"] if verb == "predict" else ["--port", "0"]
    command = [sys.executable, "-m", "inkdigits", verb, *given, "--model", str(model)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert done.returncode == 2
    assert "again" in done.stderr  # export it again, or train it again
    assert len(done.stderr.splitlines()) == 1
    assert "NaN" not in done.stdout
