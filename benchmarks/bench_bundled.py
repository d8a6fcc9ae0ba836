"""Ablations of the bundled model's training, and architectures, by short runs.

    INKDIGITS_DATA=FOLDER make bench-bundled

All runs have the same number of samples, seed and schedule, and are evaluated on the validation
set; none of them is the bundled model. No test set is used. Runs that are in the results file are
not repeated. The last figures: benchmarks/results/bundled-ablations.json
"""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.data.named import open_npz
from inkdigits.evaluation.metrics import measure
from inkdigits.evaluation.suites import auroc
from inkdigits.reading.glyphs import frame
from inkdigits.reading.marks.whole import all_ink
from inkdigits.training.backend import load_keras_module, make_deterministic
from inkdigits.training.bundled import batches, calibrate, net, sources
from inkdigits.training.bundled.sources import REFUSED, Source
from inkdigits.training.calibration import tempered
from inkdigits.training.learner import as_input
from results_file import RESULTS, save

WIDTH, EPOCHS, SEED, BATCH = 24, 4, 1, 256
TURNS = 4
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
        "plain, digits of MNIST alone": lambda: trained(
            net.build(WIDTH), mnist + others
        ),
        "plain, nothing spoiled or nudged": lambda: trained(
            net.build(WIDTH), training, spoil=False
        ),
        "plain, no negatives": lambda: trained(
            net.build(WIDTH), digits, negatives=False
        ),
    }


def trained(
    model: Any,
    training: list[Source],
    *,
    spoil: bool = True,
    negatives: bool = True,
    teachers: list[Any] | None = None,
) -> Any:
    budget = EPOCHS * 120_000 // BATCH
    net.compile_for(model, budget)
    if teachers:
        model.compile(model.optimizer, "categorical_crossentropy", metrics=["accuracy"])
    done, epoch = 0, 0
    while done < budget:
        epoch += 1
        images, labels = batches.draw_epoch(training, SEED, epoch, spoil=spoil)
        kept = (
            np.flatnonzero(labels != REFUSED)
            if not negatives
            else np.arange(len(labels))
        )
        kept = kept[: (budget - done) * BATCH]
        target: Any = labels[kept]
        if teachers:
            soft = np.mean(
                [
                    teacher.predict(as_input(images[kept]), batch_size=1024, verbose=0)
                    for teacher in teachers
                ],
                axis=0,
            )
            target = 0.5 * soft + 0.5 * np.eye(REFUSED + 1, dtype=np.float32)[target]
        model.fit(
            as_input(images[kept]), target, batch_size=BATCH, shuffle=False, verbose=0
        )
        done += -(-len(kept) // BATCH)
    model.optimizer.finalize_variable_values(model.trainable_variables)
    return model


def distilled(training: list[Source]) -> Any:
    folder = RESULTS.parent.parent / "runs" / "bundled-ablations"
    keras = load_keras_module()
    teachers = [
        keras.models.load_model(folder / f"{name}.keras")
        for name in ("plain", "residual, depthwise")
    ]
    return trained(net.build(WIDTH), training, teachers=teachers)


def judged(
    model: Any, clean: batches.Samples, spoiled: batches.Samples
) -> dict[str, float]:
    """On held-out writers and files: accuracy clean and spoiled, AUROC against what is no digit, calibration before and after."""
    row: dict[str, float] = {}
    for name, (images, labels) in (("clean", clean), ("spoiled", spoiled)):
        raw = model.predict(as_input(images), batch_size=1024, verbose=0)
        digits = labels != REFUSED
        row[f"accuracy_{name}"] = float(
            (raw[digits, :REFUSED].argmax(axis=1) == labels[digits]).mean()
        )
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
    row["ece_calibrated"] = _ece(
        tempered(shifted, temperature)[~even].astype(np.float32), clean[1][~even]
    )
    return row


def swiss_in_turn(
    data: Path, training: list[Source], rows: dict[str, Any], keep: Callable[[], None]
) -> None:
    """The Swiss writers held out in turn, a quarter of them at a time; their grey scans through the reader's road."""
    arrays = open_npz(data / "swiss_numbers/swiss_numbers.npz")
    maps = [all_ink(255 - image) for image in arrays["images"]]
    glyphs, canvases = (
        np.stack([frame(ink) for ink in maps]),
        np.stack([sources.fitted(ink) for ink in maps]),
    )
    labels, small = (
        arrays["labels"].astype(np.int64),
        np.stack([frame(image) for image in arrays["images28"]]),
    )
    writers = np.unique(arrays["writer"], return_inverse=True)[1]
    others = [source for source in training if not source.name.startswith("swiss")]
    for turn in range(TURNS):
        name, out = (
            f"swiss writers held out, turn {turn + 1} of {TURNS}",
            writers % TURNS == turn,
        )
        if name not in rows:
            make_deterministic(SEED)
            kept = np.flatnonzero(~out)
            model = trained(net.build(WIDTH), [
                *others, _source("swiss", labels, kept, [sources.enlarged(glyph) for glyph in small], small, 1.0),
                _source("swiss scans", labels, kept, canvases, glyphs, 1.5),
            ])  # fmt: skip
            raw = model.predict(as_input(glyphs[out]), batch_size=1024, verbose=0)[
                :, :REFUSED
            ]
            rows[name] = {
                "accuracy_scans": float((raw.argmax(axis=1) == labels[out]).mean()),
                "n": int(out.sum()),
            }
            keep()
        print(
            f"{name}: {rows[name]['accuracy_scans']:.4f} of {rows[name]['n']:,}",
            flush=True,
        )


def _source(
    name: str,
    labels: npt.NDArray[np.int64],
    kept: npt.NDArray[np.int64],
    canvases: Any,
    glyphs: Any,
    share: float,
) -> Source:
    return Source(
        name,
        labels[kept],
        lambda index, _: canvases[kept[index]],
        lambda index, _: glyphs[kept[index]],
        share,
    )


def _ece(raw: Floats, labels: npt.NDArray[np.int64]) -> float:
    digits = labels != REFUSED
    chosen = raw[digits, :REFUSED]
    shares = chosen / np.maximum(chosen.sum(axis=1, keepdims=True), 1e-12)
    return measure(shares, chosen.max(axis=1), labels[digits], 0.5).ece


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("INKDIGITS_DATA"))
    options = parser.parse_args()
    if options.data is None:
        parser.error("name the data folder: --data FOLDER or INKDIGITS_DATA")
    training = sources.sources(options.data, held_out=False)
    held = sources.sources(options.data, held_out=True)
    clean, spoiled = (
        batches.draw_epoch(held, 0, 0, spoil=spoil) for spoil in (False, True)
    )
    file = RESULTS / "bundled-ablations.json"
    rows: dict[str, Any] = json.loads(file.read_text())["runs"] if file.exists() else {}
    folder = RESULTS.parent.parent / "runs" / "bundled-ablations"
    folder.mkdir(parents=True, exist_ok=True)
    turns: dict[str, Any] = (
        json.loads(file.read_text()).get("turns", {}) if file.exists() else {}
    )

    def keep() -> None:
        save("bundled-ablations", {"command": "make bench-bundled", "width": WIDTH, "samples": EPOCHS * 120_000, "seed": SEED,
                                   "runs": rows, "turns": turns})  # fmt: skip

    for name, make in runs(training).items():
        if name not in rows:
            make_deterministic(SEED)
            model = make()
            model.save(folder / f"{name}.keras")
            rows[name] = {
                "parameters": model.count_params(),
                **judged(model, clean, spoiled),
            }
            keep()
        shown = ", ".join(
            f"{key} {value:.4f}" if isinstance(value, float) else f"{key} {value:,}"
            for key, value in rows[name].items()
        )
        print(f"{name}: {shown}", flush=True)
    swiss_in_turn(Path(options.data), training, turns, keep)


if __name__ == "__main__":
    main()
