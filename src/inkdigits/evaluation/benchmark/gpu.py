"""Recipes on a GPU, with JAX or torch: gpu.json.

It holds absolute seconds, with the machine's name.

    make bench-gpu
"""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from inkdigits.errors import TrainingError
from inkdigits.evaluation.benchmark import kept
from inkdigits.evaluation.benchmark.accuracy import Plan, one_seed, said
from inkdigits.evaluation.benchmark.entries import Entry
from inkdigits.evaluation.benchmark.rows import as_dict
from inkdigits.evaluation.benchmark.runs import Listener, Place

FILE = "gpu.json"
# Each runs in its own process: a backend that looks for a GPU keeps memory on it.
_ASK = {
    "jax": "import jax; found = [d for d in jax.devices() if d.platform == 'gpu']; "
    "print(found[0].device_kind if found else '')",
    "torch": "import torch; print(torch.cuda.get_device_name(0) if "
    "torch.cuda.is_available() else '')",
}


def gpus() -> dict[str, str]:
    """The backends that see a GPU here, with its name."""
    names = {}
    for backend, code in _ASK.items():
        # In another process: an imported backend keeps the GPU's memory.
        asked = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        if asked.returncode:
            continue
        # Backends print warnings before the answer.
        lines = asked.stdout.strip().splitlines()
        if lines and lines[-1]:
            names[backend] = lines[-1]
    return names


def measure_gpu(chosen: Sequence[Entry], plan: Plan, listener: Listener) -> Path:
    """Train each recipe's first seed on each backend that sees a GPU; return the file.

    What gpu.json already holds is not run again.
    """
    seen = gpus()
    if not seen:
        raise TrainingError(
            "neither JAX nor torch finds a GPU on this machine: "
            "run it where one does (pip install 'jax[cuda13]', or torch)"
        )
    path = plan.output / FILE
    test = plan.test_set()
    content = {} if plan.fresh else kept.load(path)
    rows: list[dict[str, Any]] = content.setdefault("rows", [])
    for backend, name in seen.items():
        apart = replace(plan, runs=plan.runs / backend)
        for entry in chosen:
            if (entry.name, backend, name) in [
                (row["recipe"], row["backend"], row["gpu"]) for row in rows
            ]:
                continue
            listener.began(f"{entry.name} by {backend} on {name}")
            row = one_seed(entry, 1, apart, test, listener, Place(backend))
            rows.append({"recipe": entry.name, "gpu": name, **as_dict(row)})
            kept.save(path, content)
            listener.said(said(entry.name, row))
    return path
