"""What each part of the bundled model's training buys, and which shape of net: short runs on one budget, judged on validation.

    INKDIGITS_DATA=FOLDER make bench-bundled

Every run sees the same number of samples, seed and schedule; none of them is the bundled model. No test set is opened.
A run that is in the results file already is not made again. The last figures: benchmarks/results/bundled-ablations.json
"""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.evaluation.metrics import measure
from inkdigits.evaluation.suites import auroc
from inkdigits.training.backend import load_keras_module, make_deterministic
from inkdigits.training.bundled import batches, calibrate, net, sources
from inkdigits.training.bundled.sources import REFUSED, Source
from inkdigits.training.calibration import tempered
from inkdigits.training.fit import as_input
from results_file import RESULTS, save

WIDTH, EPOCHS, SEED, BATCH = 24, 4, 1, 256
Floats = npt.NDArray[np.float32]


def runs(training: list[Source]) -> dict[str, Callable[[], Any]]:
    """The runs by name; each gives its trained net."""
    mnist = [source for source in training if source.name == "mnist"]
    others = [source for source in training if (source.labels == REFUSED).all()]
    digits = [source for source in training if source not in others]
    return {
        "plain": lambda: trained(net.build(WIDTH), training),
        "residual, depthwise": lambda: trained(net.build_residual(WIDTH), training),
        "plain, distilled from the two above": lambda: distilled(training),
        "plain, digits of MNIST alone": lambda: trained(net.build(WIDTH), mnist + others),
        "plain, nothing spoiled or nudged": lambda: trained(net.build(WIDTH), training, spoil=False),
        "plain, no negatives": lambda: trained(net.build(WIDTH), digits, negatives=False),
    }


def trained(
    model: Any, training: list[Source], *, spoil: bool = True, negatives: bool = True, teachers: list[Any] | None = None
) -> Any:
    budget = EPOCHS * 120_000 // BATCH
    net.compile_for(model, budget)
    if teachers:
        model.compile(model.optimizer, "categorical_crossentropy", metrics=["accuracy"])
    done, epoch = 0, 0
    while done < budget:
        epoch += 1
        images, labels = batches.draw_epoch(training, SEED, epoch, spoil=spoil)
        kept = np.flatnonzero(labels != REFUSED) if not negatives else np.arange(len(labels))
        kept = kept[: (budget - done) * BATCH]
        target: Any = labels[kept]
        if teachers:
            soft = np.mean([teacher.predict(as_input(images[kept]), batch_size=1024, verbose=0) for teacher in teachers], axis=0)
            target = 0.5 * soft + 0.5 * np.eye(REFUSED + 1, dtype=np.float32)[target]
        model.fit(as_input(images[kept]), target, batch_size=BATCH, shuffle=False, verbose=0)
        done += -(-len(kept) // BATCH)
    model.optimizer.finalize_variable_values(model.trainable_variables)
    return model


def distilled(training: list[Source]) -> Any:
    folder = RESULTS.parent.parent / "runs" / "bundled-ablations"
    keras = load_keras_module()
    teachers = [keras.models.load_model(folder / f"{name}.keras") for name in ("plain", "residual, depthwise")]
    return trained(net.build(WIDTH), training, teachers=teachers)


def judged(model: Any, clean: batches.Samples, spoiled: batches.Samples) -> dict[str, float]:
    """On held-out writers and files: accuracy clean and spoiled, AUROC against what is no digit, calibration before and after."""
    row: dict[str, float] = {}
    for name, (images, labels) in (("clean", clean), ("spoiled", spoiled)):
        raw = model.predict(as_input(images), batch_size=1024, verbose=0)
        digits = labels != REFUSED
        row[f"accuracy_{name}"] = float((raw[digits, :REFUSED].argmax(axis=1) == labels[digits]).mean())
        confidence = raw[:, :REFUSED].max(axis=1)
        row[f"auroc_{name}"] = auroc(confidence[digits], confidence[~digits])
    raw = model.predict(as_input(clean[0]), batch_size=1024, verbose=0)
    row["ece_uncalibrated"] = _ece(raw, clean[1])
    even = np.arange(len(clean[1])) % 2 == 0
    shift = calibrate.allowed_shift(raw[even], clean[1][even])
    shifted = calibrate.shifted(raw, shift).astype(np.float32)
    known = even & (clean[1] != REFUSED)
    from inkdigits.training.calibration import best_temperature

    temperature = best_temperature(shifted[known], clean[1][known])
    row["ece_calibrated"] = _ece(tempered(shifted, temperature)[~even].astype(np.float32), clean[1][~even])
    return row


def _ece(raw: Floats, labels: npt.NDArray[np.int64]) -> float:
    digits = labels != REFUSED
    chosen = raw[digits, :REFUSED]
    shares = chosen / np.maximum(chosen.sum(axis=1, keepdims=True), 1e-12)
    return measure(shares, chosen.max(axis=1), labels[digits], 0.5).ece


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("INKDIGITS_DATA"))
    options = parser.parse_args()
    if options.data is None:
        parser.error("name the data folder: --data FOLDER or INKDIGITS_DATA")
    training = sources.sources(options.data, held_out=False)
    held = sources.sources(options.data, held_out=True)
    clean, spoiled = (batches.draw_epoch(held, 0, 0, spoil=spoil) for spoil in (False, True))
    file = RESULTS / "bundled-ablations.json"
    rows: dict[str, Any] = json.loads(file.read_text())["runs"] if file.exists() else {}
    folder = RESULTS.parent.parent / "runs" / "bundled-ablations"
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in runs(training).items():
        if name not in rows:
            make_deterministic(SEED)
            model = make()
            model.save(folder / f"{name}.keras")
            rows[name] = {"parameters": model.count_params(), **judged(model, clean, spoiled)}
            save("bundled-ablations", {"command": "make bench-bundled", "width": WIDTH, "samples": EPOCHS * 120_000, "seed": SEED,
                                       "runs": rows})  # fmt: skip
        shown = ", ".join(
            f"{key} {value:.4f}" if isinstance(value, float) else f"{key} {value:,}" for key, value in rows[name].items()
        )
        print(f"{name}: {shown}", flush=True)


if __name__ == "__main__":
    main()
