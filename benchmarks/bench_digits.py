"""Benchmark `Reader.predict` on pictures of one digit: accuracy, acceptance, accepted errors.

    INKDIGITS_DATA=FOLDER make bench-digits

Every picture goes through the complete pipeline, as a user's picture does. All data sets are
evaluation-only or test splits; none of them was used to choose a threshold. The last figures:
benchmarks/results/digits.json
"""

import argparse
import csv
import os
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from inkdigits import Prediction, Reader
from inkdigits.data import mnist
from inkdigits.data.named import open_npz
from inkdigits.synthesis.drawn import draw_numbers
from intervals import wilson
from reading_sets import SETS
from results_file import save

LEAST = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)


def sets(data: Path) -> Iterator[tuple[str, list[Any], list[int]]]:
    """Name, pictures (arrays or paths) and digits of each set; -1 for what is no digit."""
    images, labels = mnist.load_split(data / "mnist", "test")
    yield "MNIST", list(images), labels.tolist()
    evaluate = data / "evaluate_only"
    usps = open_npz(evaluate / "usps.npz")
    test = usps["split"] == "test"
    yield "USPS", list(usps["images"][test]), usps["labels"][test].tolist()
    for name, stem in (
        ("ARDIS", "ardis4_test"),
        ("Semeion", "semeion"),
        ("DIDA", "dida1000"),
    ):
        arrays = open_npz(evaluate / f"{stem}.npz")
        yield name, list(arrays["images"]), arrays["labels"].tolist()
    pens = open_npz(data / "pendigits/pendigits.npz")
    test = pens["split"] == "test"
    yield "pendigits", list(pens["images"][test]), pens["labels"][test].tolist()
    with (evaluate / "real/manifest.csv").open() as file:
        rows = list(csv.DictReader(file))
    for name, kind in (
        ("drawings", "canvas"),
        ("photos", "photo"),
        ("no digit", "notdigit"),
        ("several digits", "multi"),
    ):
        own = [row for row in rows if row["kind"] == kind]
        digits = [
            int(row["label"]) if kind in ("canvas", "photo") else -1 for row in own
        ]
        yield name, [evaluate / "real" / row["file"] for row in own], digits


def numbers(data: Path) -> Iterator[tuple[str, list[Any], list[int]]]:
    """Numbers of two digits and more: drawn ones cut out at their ink, real ones as their sets have them."""
    drawn = [at_its_ink(str(number)) for number in range(10, 100)]
    yield "numbers: drawn", drawn, [-1] * len(drawn)
    for name in ("UNIPEN number strings", "copiste", "old hands", "congo cells"):
        pictures = [
            picture.grey
            for picture in SETS[name](data)
            if all(len(digits) > 1 for choices in picture.digits for digits in choices)
        ]
        yield f"numbers: {name}", pictures, [-1] * len(pictures)


def at_its_ink(number: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The drawn number, cut out so closely that its digits touch the edges."""
    grey = np.asarray(draw_numbers([number], size_px=60).convert("L"))
    rows, columns = np.nonzero(grey < 128)
    return np.ascontiguousarray(
        grey[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    )


def figures(answers: list[Prediction], digits: list[int]) -> dict[str, Any]:
    right = np.array(
        [answer.digit == digit for answer, digit in zip(answers, digits, strict=True)]
    )
    sure = np.array(
        [
            answer.confidence if answer.reason in ("", "unsure") else 0.0
            for answer in answers
        ]
    )
    accepted = np.array([answer.accepted for answer in answers])
    wrong = int((accepted & ~right).sum())
    curve = [[least, float((sure >= least).mean()), float((~right[sure >= least]).mean()) if (sure >= least).any() else 0.0]
             for least in LEAST]  # fmt: skip
    return {
        "n": len(answers), "right": float(right.mean()), "accepted": float(accepted.mean()), "accepted_wrong": wrong,
        "interval": wilson(wrong, int(accepted.sum())), "curve": curve,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("INKDIGITS_DATA"))
    options = parser.parse_args()
    if options.data is None:
        parser.error("name the data folder: --data FOLDER or INKDIGITS_DATA")
    reader = Reader()
    rows = {}
    for name, pictures, digits in chain(sets(options.data), numbers(options.data)):
        start = time.perf_counter()
        row = figures(reader.predict(pictures), digits)
        row["ms"] = 1000 * (time.perf_counter() - start) / len(digits)
        rows[name] = row
        print(f"{name:30} n {row['n']:6} right {row['right']:.2%}  accepted {row['accepted']:.1%}, "
              f"{row['accepted_wrong']} of them wrong  {row['ms']:.1f} ms each", flush=True)  # fmt: skip
    joint = reader._glyphs.joint
    save(
        "digits",
        {"command": "make bench-digits", "threshold": joint.threshold, "sets": rows},
    )


if __name__ == "__main__":
    main()
