"""Benchmark the parts of an epoch: augmentation, startup, steps, normalization, optimizer.

    make bench-training-speed

Each figure is the lowest of three on an otherwise idle machine. The last figures:
benchmarks/results/training-speed.json
"""

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from inkdigits.synthesis.augment import STRENGTHS, augmented
from inkdigits.training import recipes
from inkdigits.training.backend import load_keras_module, make_deterministic
from inkdigits.training.learner import Learner
from inkdigits.training.normalize import fused
from inkdigits.training.optimizers import compile_model
from inkdigits.training.settings import Settings
from results_file import save

EPOCH, STEPS, ROUNDS = 60_000, 20, 3


def main() -> None:
    began = time.perf_counter()
    load_keras_module()
    results: dict[str, Any] = {
        "keras_and_tensorflow_loaded_s": round(time.perf_counter() - began, 2)
    }
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (EPOCH, 28, 28), dtype=np.uint8)
    results["drawing_an_epoch_s"] = {
        name: _least(partial(augmented, images, strength, rng))
        for name, strength in STRENGTHS.items()
    }
    classic, fast, best = (
        recipes.settings_for(name) for name in ("classic", "fast", "best")
    )
    ways = {
        "classic, batch 128, step by step": classic,
        "classic, batch 256, step by step": replace(classic, batch_size=256),
        "classic, batch 256, 40 steps at once": replace(
            classic, batch_size=256, steps_per_execution=40
        ),
        "fast, step by step": replace(fast, steps_per_execution=1),
        "fast, 40 steps at once": fast,
        "fast, 40 steps at once, bfloat16": replace(fast, precision="bfloat16"),
        "best": best,
        "best, without its weights' average": replace(best, average=0.0),
        "best, bfloat16": replace(best, precision="bfloat16"),
    }
    results["training"] = {
        name: _training(settings, images) for name, settings in ways.items()
    }
    results["training"]["best, normalised by Keras's own layer"] = _training(
        best, images, quick=False
    )
    print(json.dumps(results, indent=1))
    save(
        "training-speed",
        {
            "command": "make bench-training-speed",
            "load": round(os.getloadavg()[0], 1),
            "results": results,
        },
    )


def _training(
    settings: Settings, images: Any, *, quick: bool = True
) -> dict[str, float]:
    """Seconds until the first step is done, and of an epoch after that, from a few steps."""
    make_deterministic(1)
    keras = load_keras_module()
    steps = STEPS if settings.recipe == "best" else 6 * STEPS
    part = images[: steps * settings.batch_size]
    labels = np.arange(len(part)) % 10
    began = time.perf_counter()
    keras.config.set_dtype_policy(
        "mixed_bfloat16" if settings.precision == "bfloat16" else "float32"
    )
    model = recipes.build(settings)
    keras.config.set_dtype_policy("float32")
    model = fused(model) if quick else model
    compile_model(model, settings, EPOCH)
    learner = Learner(model, settings)
    learner.epoch(part[: settings.batch_size], labels[: settings.batch_size], _nothing)
    ready = time.perf_counter() - began
    if settings.steps_per_execution == 1:
        learner.epoch(
            part[: settings.batch_size], labels[: settings.batch_size], _nothing
        )
    seconds = _least(lambda: learner.epoch(part, labels, _nothing)) * EPOCH / len(part)
    return {
        "ready_s": round(ready, 2),
        "epoch_s": round(seconds, 2),
        "parameters": int(model.count_params()),
    }


def _nothing(step: int, logs: dict[str, float]) -> None:
    pass


def _least(job: Callable[[], Any]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        job()
        times.append(time.perf_counter() - began)
    return round(min(times), 3)


if __name__ == "__main__":
    main()
