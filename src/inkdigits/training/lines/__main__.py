"""`python -m inkdigits.training.lines`: train the line net again and put it in its place."""

import argparse
import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits._version import __version__
from inkdigits.data.loading import data_folder
from inkdigits.errors import InkdigitsError
from inkdigits.files import write_whole
from inkdigits.machine import machine, versions
from inkdigits.training import checkpoints
from inkdigits.training.backend import make_deterministic
from inkdigits.training.checkpoints import Progress
from inkdigits.training.lines import batches, net
from inkdigits.training.lines.batches import Batch
from inkdigits.training.lines.calibrate import line_confidence
from inkdigits.training.onnx_export import save_onnx

OUTPUT = Path(__file__).parents[2] / "reading" / "model" / "lines.onnx"
RESULTS = Path("benchmarks/results/lines-training.json")
_HELD_OUT_LINES = 3000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=None, help="the folder of the open data sets (or INKDIGITS_DATA)")
    parser.add_argument("--run", type=Path, default=Path("runs/lines"), help="checkpoints and log; a stopped run goes on")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the .onnx goes")
    parser.add_argument("--epochs", type=int, default=36)
    parser.add_argument("--lines", type=int, default=16_000, help="lines an epoch")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--width", type=int, default=net.WIDTH)
    options = parser.parse_args()
    try:
        train(options)
    except InkdigitsError as error:
        parser.error(str(error))


def train(options: argparse.Namespace) -> None:
    """Epoch by epoch from the newest checkpoint; then export."""
    data_dir = data_folder(options.data_dir)
    make_deterministic(options.seed)
    model, exported = net.build(options.width)
    net.compile_for(model, options.epochs * options.lines // batches.BATCH)
    progress = checkpoints.load(options.run, model)
    held: list[Batch] = []
    for drawn in batches.epochs(data_dir, options.seed, progress.epoch + 1, options.epochs, options.lines):
        held = held or batches.draw_epoch(data_dir, 0, 0, _HELD_OUT_LINES, held_out=True)
        _one_epoch(model, drawn, held, progress)
        checkpoints.save(options.run, model, progress)
        print(json.dumps(progress.history[-1]), flush=True)
    model.optimizer.finalize_variable_values(model.trainable_variables)
    facts = {"recipe": "lines", "version": __version__, "seed": options.seed, "epochs": options.epochs,
             "labels": "0123456789", "nothing": "the eleventh score"}  # fmt: skip
    save_onnx(exported, options.output, facts)
    facts |= line_confidence(data_dir, options.output)
    save_onnx(exported, options.output, facts)
    content = {
        "command": f"make line-model  # --epochs {options.epochs} --lines {options.lines} --seed {options.seed}",
        "sha256": hashlib.sha256(options.output.read_bytes()).hexdigest(), "parameters": model.count_params(),
        "calibration": {name: facts[name] for name in ("line_weights", "line_ece", "digit_weights", "digit_ece")},
        "history": progress.history, "fit_seconds": round(progress.fit_seconds), "machine": machine(), "versions": versions(),
    }  # fmt: skip
    write_whole(options.run / "training.json", json.dumps(content, indent=2) + "\n")
    if options.output == OUTPUT and RESULTS.parent.is_dir():
        write_whole(RESULTS, json.dumps(content, indent=2) + "\n")
    print(f"{options.output}: {options.output.stat().st_size:,} bytes")


def _one_epoch(model: Any, drawn: list[Batch], held: list[Batch], progress: Progress) -> None:
    start = time.perf_counter()
    model.reset_metrics()
    losses = [float(model.train_on_batch(_as_input(batch.ink), batch.digits)) for batch in drawn]
    progress.fit_seconds += time.perf_counter() - start
    progress.epoch += 1
    right = [guess == true for batch in held for guess, true in zip(_read(model, batch), _texts(batch), strict=True)]
    progress.history.append({
        "epoch": progress.epoch, "loss": round(losses[-1], 5),
        "held_out_exact": round(float(np.mean(right)), 5), "seconds": round(time.perf_counter() - start, 1),
    })  # fmt: skip


def _as_input(ink: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    return ink[..., None].astype(np.float32) * np.float32(1 / 255)


def _read(model: Any, batch: Batch) -> Iterator[list[int]]:
    """The likeliest class of each column, repeats and nothings dropped."""
    for row in np.asarray(model.predict_on_batch(_as_input(batch.ink))).argmax(axis=-1):
        kept = row[np.append(True, row[1:] != row[:-1])]
        yield [int(value) for value in kept if value != net.NOTHING]


def _texts(batch: Batch) -> Iterator[list[int]]:
    for row in batch.digits:
        yield [int(value) for value in row if value != net.NOTHING]


if __name__ == "__main__":
    main()
