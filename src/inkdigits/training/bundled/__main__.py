"""`python -m inkdigits.training.bundled`: train the bundled model again, calibrate it, put it in its place."""

import argparse
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from inkdigits._version import __version__
from inkdigits.data.loading import data_folder
from inkdigits.errors import InkdigitsError
from inkdigits.files import write_whole
from inkdigits.machine import machine, versions
from inkdigits.reading.classifier import BUNDLED
from inkdigits.reading.glyphs import FRAMING
from inkdigits.training import checkpoints
from inkdigits.training.backend import make_deterministic
from inkdigits.training.bundled import batches, calibrate, net, sources
from inkdigits.training.bundled.batches import Samples
from inkdigits.training.bundled.quantize import quantize
from inkdigits.training.checkpoints import Progress
from inkdigits.training.fit import as_input
from inkdigits.training.onnx_export import save_onnx

BATCH = 256


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=None, help="the folder of the open data sets (or INKDIGITS_DATA)")
    parser.add_argument("--run", type=Path, default=Path("runs/bundled"), help="checkpoints and log; a stopped run goes on")
    parser.add_argument("--output", type=Path, default=BUNDLED, help="where the .onnx goes")
    parser.add_argument("--epochs", type=int, default=44)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--width", type=int, default=net.WIDTH)
    options = parser.parse_args()
    try:
        train(options)
    except InkdigitsError as error:
        parser.error(str(error))


def train(options: argparse.Namespace) -> None:
    """Epoch by epoch from the newest checkpoint; then calibrate on what was held out, and export."""
    data_dir = data_folder(options.data_dir)
    make_deterministic(options.seed)
    training = sources.sources(data_dir, held_out=False)
    held = validation(data_dir)
    model = net.build(options.width)
    net.compile_for(model, options.epochs * steps_per_epoch(training))
    progress = checkpoints.load(options.run, model)
    coming = batches.epochs(training, options.seed, progress.epoch + 1, options.epochs)
    for images, labels in coming:
        _one_epoch(model, images, labels, held, progress)
        checkpoints.save(options.run, model, progress)
        print(json.dumps(progress.history[-1]), flush=True)
    model.optimizer.finalize_variable_values(model.trainable_variables)
    clean = batches.draw_epoch(sources.sources(data_dir, held_out=True), 0, 0, spoil=False)
    facts: dict[str, Any] = {**_facts(options), "refusal_shift": calibrate.lower_refusal(model, clean)}
    exact = options.run / "float32.onnx"
    save_onnx(model, exact, facts)
    quantize(exact, held[0], options.output, facts)
    facts |= calibrate.confidence_of(options.output, clean)
    quantize(exact, held[0], options.output, facts)
    _write_log(options, progress, training, {name: facts[name] for name in ("refusal_shift", "temperature", "threshold")})
    print(f"{options.output}: {options.output.stat().st_size:,} bytes, {facts}")


def steps_per_epoch(training: list[sources.Source]) -> int:
    picks = sum(round(source.share * len(source.labels)) for source in training)
    return -(-(picks + round(batches.NEGATIVE_SHARE * picks)) // BATCH)


def validation(data_dir: Path) -> Samples:
    """Held-out writers and files: half as they are, half spoiled, always the same."""
    held = sources.sources(data_dir, held_out=True)
    parts = [batches.draw_epoch(held, 0, 0, spoil=spoil) for spoil in (False, True)]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _one_epoch(model: Any, images: Any, labels: Any, held: Samples, progress: Progress) -> None:
    start = time.perf_counter()
    logs = model.fit(as_input(images), labels, batch_size=BATCH, shuffle=False, verbose=0).history
    progress.fit_seconds += time.perf_counter() - start
    progress.epoch += 1
    scores = model.evaluate(as_input(held[0]), held[1], batch_size=1024, verbose=0, return_dict=True)
    row = {name: round(float(values[-1]), 5) for name, values in logs.items()}
    row |= {f"val_{name}": round(float(value), 5) for name, value in scores.items()}
    progress.history.append({"epoch": progress.epoch, **row, "seconds": round(time.perf_counter() - start, 1)})


def _facts(options: argparse.Namespace) -> dict[str, Any]:
    return {"recipe": "bundled", "version": __version__, "seed": options.seed, "epochs": options.epochs,
            "framing": FRAMING, "labels": "0123456789", "refusal": "the eleventh score: not a digit"}  # fmt: skip


def _write_log(options: argparse.Namespace, progress: Progress, training: list[sources.Source], facts: dict[str, float]) -> None:
    content = {
        "command": f"make model  # --epochs {options.epochs} --seed {options.seed} --width {options.width}",
        "sha256": hashlib.sha256(options.output.read_bytes()).hexdigest(),
        "samples": {source.name: len(source.labels) for source in training},
        "history": progress.history, "fit_seconds": round(progress.fit_seconds), "calibration": facts,
        "machine": machine(), "versions": versions(),
    }  # fmt: skip
    write_whole(options.run / "training.json", json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
