"""Each recipe, unchanged, on each installed Keras backend: backends.json.

It shows that the recipe learns, and that its ONNX file answers as Keras does.

    python -m inkdigits.evaluation.benchmark.backends FOLDER '[{"recipe": "classic", …}, …]'

trains each recipe briefly and prints one line of JSON for each. It runs in its own
process, because a process can use only one backend.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from inkdigits.data import load
from inkdigits.errors import TrainingError
from inkdigits.evaluation.benchmark import kept
from inkdigits.evaluation.benchmark.accuracy import Plan
from inkdigits.evaluation.benchmark.entries import Entry
from inkdigits.evaluation.benchmark.runs import Listener, failure
from inkdigits.machine import machine, versions
from inkdigits.training.settings import Settings

FILE = "backends.json"
BACKENDS = ("tensorflow", "jax", "torch")
ALIKE = 1e-4  # probabilities closer than this differ only by the order of sums
_PICTURES = 200  # that both Keras and the ONNX file answer
# As little as it takes for the loss to fall.
FEW: dict[str, Any] = {"data": "digits8x8", "limit": 400, "epochs": 3, "batch_size": 40}
# Wide nets take minutes on backends without fast convolutions.
_NARROW = {"filters": (8, 8, 16), "batch_size": 16, "augment": "none", "limit": 200}
FEWER: dict[str, dict[str, Any]] = {
    "best": _NARROW,
    "ensemble": {**_NARROW, "members": 2},
    "distilled": {**_NARROW, "members": 1},
}


def installed() -> list[str]:
    """The backends that can be imported here."""
    names = []
    for name in BACKENDS:
        # Looked up but not imported: an import takes seconds.
        if importlib.util.find_spec(name) is not None:
            names.append(name)
    return names


def measure_backends(chosen: Sequence[Entry], plan: Plan, listener: Listener) -> Path:
    """Try every recipe on every installed backend; return the path of backends.json.

    Rows of other backends are left as they are.
    """
    path = plan.output / FILE
    rows: list[dict[str, Any]] = kept.load(path).get("rows", [])
    for entry in chosen:
        for backend in installed():
            listener.began(f"{entry.name} on {backend}")
            begun = time.perf_counter()
            [result] = try_on(backend, [entry])
            seconds = round(time.perf_counter() - begun, 1)
            row = {
                "recipe": entry.name,
                **result,
                "seconds": seconds,
                "machine": machine(),
                "versions": versions(),
            }
            rows = [
                earlier
                for earlier in rows
                if (earlier["recipe"], earlier["backend"]) != (entry.name, backend)
            ] + [row]
            kept.save(path, {"rows": rows})
            listener.said(
                f"{entry.name} on {backend}: loss {row['losses'][0]:.3f} → "
                f"{row['losses'][-1]:.3f}, "
                f"ONNX within {row['difference']:.1e}"
            )
    return path


def try_on(backend: str, chosen: Sequence[Entry]) -> list[dict[str, Any]]:
    """Each recipe's loss per epoch, and how far its ONNX file differs from Keras."""
    few = [{**FEW, **FEWER.get(entry.recipe, {})} for entry in chosen]
    settings = [
        entry.settings(1, **changes).as_dict()
        for entry, changes in zip(chosen, few, strict=True)
    ]
    names = " ".join(entry.name for entry in chosen)
    module = "inkdigits.evaluation.benchmark.backends"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", module, folder, json.dumps(settings)],
            env={**os.environ, "KERAS_BACKEND": backend},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise TrainingError(
            failure([names, "on", backend], done.returncode, done.stderr)
        )
    return [json.loads(line) for line in done.stdout.splitlines()[-len(chosen) :]]


def _train(folder: Path, settings: Settings) -> dict[str, Any]:
    from inkdigits.reading.classifier import Classifier
    from inkdigits.training import train
    from inkdigits.training.backend import load_keras_module
    from inkdigits.training.keras_files import load_keras
    from inkdigits.training.learner import as_input

    result = train(settings, output=folder)
    pictures = load("digits8x8").first(_PICTURES).images
    by_keras = np.asarray(
        load_keras(folder / "model.keras").predict(as_input(pictures), verbose=0)
    )
    by_onnx = Classifier(folder / "model.onnx").raw(pictures)
    return {
        "backend": load_keras_module().backend.backend(),
        "losses": _losses(folder, result.history),
        "difference": float(np.abs(by_keras - by_onnx).max()),
    }


def _losses(folder: Path, history: list[dict[str, float]]) -> list[float]:
    """The loss of each epoch; for an ensemble, the mean over its members.

    An ensemble's own history has one row per member instead.
    """
    members = [
        json.loads(file.read_text())["history"]
        for file in sorted(folder.glob("members/*/run.json"))
    ]
    return [
        round(float(np.mean([row["loss"] for row in rows])), 5)
        for rows in zip(*(members or [history]), strict=True)
    ]


def _main(folder: Path, all_settings: list[dict[str, Any]]) -> None:
    """Train with each of these settings in this process, then print the results."""
    rows = []
    for number, values in enumerate(all_settings, 1):
        settings = Settings.from_dict(values)
        rows.append(_train(folder / f"run-{number}", settings))
    # Only at the end: the process that started this one reads the last lines.
    for row in rows:
        print(json.dumps(row))


if __name__ == "__main__":
    _main(Path(sys.argv[1]), json.loads(sys.argv[2]))
