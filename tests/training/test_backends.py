"""Each recipe, unchanged, on each Keras backend that is installed: it learns, and its ONNX file answers as Keras does."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from inkdigits.evaluation.benchmark import Entry, entries

BACKENDS = {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}
# Enough for the loss to fall, and as few steps as that takes.
FEW: dict[str, dict[str, Any]] = {}
USUAL = {"data": "digits8x8", "limit": 400, "epochs": 3, "batch_size": 40}

TRAIN = """
import json, sys
import numpy as np
import onnxruntime
from inkdigits.data import load
from inkdigits.training import train
from inkdigits.training.learner import as_input
from inkdigits.training.keras_files import load_keras
from inkdigits.training.settings import Settings

result = train(Settings.from_dict(json.loads(sys.argv[1])), output=sys.argv[2])
images = as_input(load("digits8x8").first(200).images)
net = load_keras(result.folder / "model.keras")
session = onnxruntime.InferenceSession(result.folder / "model.onnx", providers=["CPUExecutionProvider"])
difference = np.abs(np.asarray(net.predict(images, verbose=0)) - session.run(None, {"image": images})[0]).max()
import keras
print(json.dumps({"backend": keras.backend.backend(), "difference": float(difference),
                  "losses": [row["loss"] for row in result.history]}))
"""


def on(backend: str, entry: Entry, folder: Path) -> dict[str, Any]:
    settings = entry.settings(1, **{**USUAL, **FEW.get(entry.recipe, {})})
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, json.dumps(settings.as_dict()), str(folder)],
        env={**os.environ, "KERAS_BACKEND": backend}, capture_output=True, text=True, check=False, timeout=250,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", [name for name, entry in entries().items() if name == entry.recipe])
def test_a_recipe_learns_on_a_backend(name: str, backend: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(BACKENDS[backend]) is None:
        pytest.skip(f"{backend} is not installed: pip install {backend}")
    found = on(backend, entries()[name], tmp_path / "run")
    assert found["backend"] == backend
    assert found["losses"][-1] < found["losses"][0]
    assert found["difference"] < 1e-4
