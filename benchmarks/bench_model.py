"""The bundled model (or another) on every set: right, accepted, right of accepted, calibration; and what it refuses.

    INKDIGITS_DATA=FOLDER make bench-model

Sets marked * were never seen in training, nor were the writers and files of the others. Look-alike letters are left out.
The last figures: benchmarks/results/bundled.json
"""

import argparse
import hashlib
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits import Reader
from inkdigits.data import load
from inkdigits.data.named import open_npz
from inkdigits.evaluation.metrics import measure
from inkdigits.reading.classifier import Classifier, resolve_model
from inkdigits.training.bundled.sources import LOOK_ALIKES
from results_file import save

DIGITS = ("mnist", "pendigits", "optdigits", "unipen", "swiss", "swiss scans", "usps", "ardis", "semeion", "dida")
# Grey pictures, dark on light as a user has them, through the whole of Reader.predict; the others come framed.
PICTURES = {"swiss scans": "swiss", "dida": "dida"}
NO_DIGITS = ("letters", "symbols", "omniglot", "signs")


def auroc(digits: npt.NDArray[np.float32], others: npt.NDArray[np.float32]) -> float:
    """How often a digit gets more confidence than what is no digit."""
    order = np.searchsorted(np.sort(others), digits, side="left") + np.searchsorted(np.sort(others), digits, side="right")
    return float(order.mean() / 2 / len(others))


def plain_letters(folder: Path, name: str, count: int) -> npt.NDArray[np.bool_]:
    """Of the test split's letters and symbols, those nobody takes for a digit."""
    arrays = open_npz(folder / f"unipen/unipen_{name}.npz")
    groups, index = np.unique(arrays["source_file"], return_inverse=True)
    labels = arrays["labels"][(np.arange(len(groups)) % 5 == 4)[index]]
    if len(labels) != count:
        raise SystemExit(f"the test split of {name} is not what it was: {len(labels)} labels, {count} pictures")
    return ~np.isin(labels, list(LOOK_ALIKES))


def grey_pictures(folder: Path, name: str) -> npt.NDArray[np.uint8]:
    """A set's own pictures, of its test split, ink high."""
    if name == "dida":
        return open_npz(folder / "evaluate_only/dida1000.npz")["images"]
    arrays = open_npz(folder / "swiss_numbers/swiss_numbers.npz")
    _, writer = np.unique(arrays["writer"], return_inverse=True)
    return arrays["images"][writer % 5 == 4]


def speed(path: Path, glyphs: npt.NDArray[np.uint8]) -> dict[str, float]:
    """Milliseconds a glyph on one core: in batches, and one with its framing."""
    classifier, reader = Classifier(path, 1), Reader(path)
    classifier.scores(glyphs[:512])
    start = time.perf_counter()
    classifier.scores(glyphs)
    batch = (time.perf_counter() - start) * 1000 / len(glyphs)
    singles = []
    for glyph in glyphs[:300]:
        start = time.perf_counter()
        reader.predict(255 - glyph)
        singles.append((time.perf_counter() - start) * 1000)
    return {"batch_ms": batch, "single_with_framing_ms": float(np.median(singles)), "bytes": path.stat().st_size}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("INKDIGITS_DATA"))
    parser.add_argument("--model", default=None)
    parser.add_argument("--save", default="bundled")
    options = parser.parse_args()
    if options.data is None:
        parser.error("name the data folder: --data FOLDER or INKDIGITS_DATA")
    data = Path(options.data)
    path = resolve_model(options.model)
    classifier, reader = Classifier(path, 2), Reader(path, threads=2)
    threshold = classifier.settings.threshold
    rows: dict[str, dict[str, Any]] = {}
    confidences = {}
    print(f"{'on':11}{'n':>7}{'right':>9}{'accepted':>10}{'of those right':>16}{'ECE':>8}")
    for name in DIGITS:
        dataset = load(PICTURES.get(name, name), split="test", data_dir=data)
        if name in PICTURES:
            answers = reader.predict([255 - picture for picture in grey_pictures(data, PICTURES[name])])
            probabilities = np.array([answer.probabilities for answer in answers], np.float32)
            confidences[name] = np.array([answer.confidence for answer in answers], np.float32)
        else:
            scores = classifier.scores(dataset.images)
            probabilities, confidences[name] = scores.probabilities, scores.confidence
        m = measure(probabilities, confidences[name], dataset.labels, threshold)
        rows[name] = {"n": m.n, "accuracy": m.accuracy, "accepted": m.accepted, "accuracy_accepted": m.accuracy_accepted,
                      "ece": m.ece, "trained_on_its_kind": dataset.trainable}  # fmt: skip
        star = "" if dataset.trainable else "*"
        print(f"{name + star:11}{m.n:7,}{m.accuracy:9.2%}{m.accepted:10.2%}{m.accuracy_accepted:16.2%}{m.ece:8.2%}")
    digits = np.concatenate([confidences[name] for name in ("mnist", "pendigits", "optdigits", "unipen", "swiss")])
    print(f"\n{'no digits':11}{'n':>7}{'refused':>9}{'AUROC':>10}")
    for name in NO_DIGITS:
        images = load(name, split="test", data_dir=data).images
        if name in ("letters", "symbols"):
            images = images[plain_letters(data, name, len(images))]
        confidence = classifier.scores(images).confidence
        refused = float((confidence < threshold).mean())
        rows[name] = {"n": len(images), "refused": refused, "auroc": auroc(digits, confidence)}
        print(f"{name:11}{len(images):7,}{refused:9.2%}{rows[name]['auroc']:10.4f}")
    timing = speed(path, load("mnist", split="test", data_dir=data).images[:2048])
    print(
        f"\n{timing['batch_ms']:.3f} ms a glyph in batches, {timing['single_with_framing_ms']:.2f} ms one with framing, one core"
    )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    save(options.save, {"command": "make bench-model", "sha256": digest, "threshold": threshold,
                        "temperature": classifier.settings.temperature, "sets": rows, "speed": timing})  # fmt: skip


if __name__ == "__main__":
    main()
