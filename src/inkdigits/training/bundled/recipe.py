"""The recipe `bundled`: all open data sets, degraded differently in each epoch, and non-digits.

The network is calibrated and quantized to int8.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from inkdigits._version import __version__
from inkdigits.data.loading import data_folder
from inkdigits.machine import machine, versions
from inkdigits.reading.glyphs import FRAMING
from inkdigits.training import artefacts, checkpoints
from inkdigits.training.backend import (
    built_in,
    load_keras_module,
    make_deterministic,
)
from inkdigits.training.bundled import batches, calibrate, net, sources
from inkdigits.training.bundled.batches import Samples
from inkdigits.training.checkpoints import Progress
from inkdigits.training.fit import Listener
from inkdigits.training.learner import as_input
from inkdigits.training.onnx_export import save_onnx
from inkdigits.training.onnx_import import load_onnx
from inkdigits.training.quantize import PROBABILITIES, glyph_batches, quantize
from inkdigits.training.recipe import Recipe
from inkdigits.training.settings import Settings

# benchmarks/bench_bundled.py has ablations on validation data.
SETTINGS = Settings(
    recipe="bundled",
    data="open",
    filters=(net.WIDTH,),
    dense=0,
    dropout=0.3,
    augment="strong",
    optimizer="adamw",
    learning_rate=0.003,
    batch_size=256,
    epochs=40,
)
TAKES = frozenset(
    {"filters", "learning_rate", "batch_size", "epochs", "seed", "precision"}
)


def build(settings: Settings) -> Any:
    """The bundled network's architecture, at the width of the settings."""
    return net.build(settings.filters[0])


def train(
    settings: Settings,
    folder: Path,
    data_dir: str | Path | None,
    listener: Listener,
    *,
    build: Callable[[Settings], Any] = build,
    closed_fours: bool = False,
) -> dict[str, Any]:
    """Train from the newest checkpoint, and return run.json.

    The network is then calibrated on held-out data, quantized and saved as a run.
    """
    place = data_folder(data_dir)
    make_deterministic(settings.seed)
    training = sources.sources(place, held_out=False, closed_fours=closed_fours)
    held = validation(place)
    model = built_in(settings.precision, lambda: build(settings))
    net.compile_for(
        model,
        settings.epochs * steps_per_epoch(training, settings.batch_size),
        settings.learning_rate,
    )
    progress = checkpoints.load(folder, model)
    listener.began(artefacts.summary(model), folder, settings.epochs)
    for images, labels in batches.epochs(
        training, settings.seed, progress.epoch + 1, settings.epochs
    ):
        row = _one_epoch(model, images, labels, held, progress, settings.batch_size)
        checkpoints.save(folder, model, progress)
        listener.finished_epoch(progress.epoch, row)
    model.optimizer.finalize_variable_values(model.trainable_variables)
    # What is saved never contains a cast.
    plain = net.build(model.layers[0].filters)
    plain.set_weights(model.get_weights())
    facts = _export(plain, place, held, folder, settings)
    run = _run_file(settings, folder, progress, training, held, facts)
    artefacts.write_log(folder, run, progress.history)
    checkpoints.remove(folder)
    return run


def steps_per_epoch(training: list[sources.Source], batch: int) -> int:
    """Batches per epoch; the last one may be smaller."""
    digits = sum(round(source.share * len(source.labels)) for source in training)
    negatives = round(batches.NEGATIVE_SHARE * digits)
    pictures = digits + negatives
    return -(-pictures // batch)


def validation(data_dir: Path) -> Samples:
    """Held-out writers and files: half unchanged, half degraded, always the same."""
    held = sources.sources(data_dir, held_out=True)
    parts = [batches.draw_epoch(held, 0, 0, spoil=spoil) for spoil in (False, True)]
    return np.concatenate([samples[0] for samples in parts]), np.concatenate(
        [samples[1] for samples in parts]
    )


def _one_epoch(
    model: Any, images: Any, labels: Any, held: Samples, progress: Progress, batch: int
) -> dict[str, float]:
    start = time.perf_counter()
    # The epoch was shuffled when it was drawn.
    logs = model.fit(
        as_input(images), labels, batch_size=batch, shuffle=False, verbose=0
    ).history
    progress.fit_seconds += time.perf_counter() - start
    progress.epoch += 1
    scores = model.evaluate(
        as_input(held[0]), held[1], batch_size=1024, verbose=0, return_dict=True
    )
    row = {name: round(float(values[-1]), 5) for name, values in logs.items()}
    row |= {f"val_{name}": round(float(value), 5) for name, value in scores.items()}
    progress.history.append(
        {
            "epoch": progress.epoch,
            **row,
            "seconds": round(time.perf_counter() - start, 1),
        }
    )
    return row


def _export(
    model: Any, data_dir: Path, held: Samples, folder: Path, settings: Settings
) -> dict[str, Any]:
    """Write the float network and the int8 one.

    Temperature and threshold are fitted on the int8 network, which is the one that is shipped.
    """
    clean = batches.draw_epoch(
        sources.sources(data_dir, held_out=True), 0, 0, spoil=False
    )
    facts: dict[str, Any] = {
        "recipe": "bundled",
        "version": __version__,
        "seed": settings.seed,
        "epochs": settings.epochs,
        "framing": FRAMING,
        "labels": "0123456789",
        "refusal": "the eleventh score: not a digit",
        "refusal_shift": calibrate.lower_refusal(model, clean),
    }
    # So that plain Keras opens the file.
    model.compile("adamw", "sparse_categorical_crossentropy", metrics=["accuracy"])
    artefacts.save_keras(model, folder / "model.keras")
    exact = folder / "float32.onnx"
    save_onnx(model, exact, facts)
    quantize(
        exact, glyph_batches(held[0]), folder / "model.onnx", facts, exact=PROBABILITIES
    )
    facts |= calibrate.confidence_of(folder / "model.onnx", clean)
    quantize(
        exact, glyph_batches(held[0]), folder / "model.onnx", facts, exact=PROBABILITIES
    )
    return facts


def _run_file(
    settings: Settings,
    folder: Path,
    progress: Progress,
    training: list[sources.Source],
    held: Samples,
    facts: dict[str, Any],
) -> dict[str, Any]:
    return {
        "state": "finished",
        "settings": settings.as_dict(),
        "command": artefacts.command(settings, folder, SETTINGS),
        "seconds": {"fit": round(progress.fit_seconds)},
        "results": {"epochs": progress.epoch, "last": progress.history[-1], "test": {}},
        "data": {
            "samples": {source.name: len(source.labels) for source in training},
            "validation": len(held[1]),
        },
        "calibration": {
            name: facts[name]
            for name in ("refusal_shift", "temperature", "sureness", "threshold")
        },
        "history": progress.history,
        "machine": machine(),
        "versions": versions(),
        "backend": load_keras_module().backend.backend(),
    }


RECIPE = Recipe(
    "bundled",
    "the net that comes with inkdigits: all open sets, and a refusal (two hours)",
    SETTINGS,
    build,
    train,
    TAKES,
)


def further(start: Path) -> Recipe:
    """The same, but it begins with the network of a file, and many fours close."""

    def started(settings: Settings) -> Any:
        del settings
        return load_onnx(start)

    return replace(
        RECIPE, build=started, train=partial(train, build=started, closed_fours=True)
    )
