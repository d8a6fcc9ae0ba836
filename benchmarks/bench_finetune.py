"""Benchmark fine-tuning on ten pictures per digit of one writer, and finding wrong labels.

    INKDIGITS_DATA=FOLDER make bench-finetune

Each held-out writer of swiss_numbers provides ten scans per digit (chosen by the seed) as PNG files
for fine-tuning. The model that the run keeps then reads the writer's other scans with
`Reader.predict`. The goals: the error rate drops by 40 % or is at most 0.5 %, and MNIST loses at
most 0.1 points. Besides the bundled network, these are measured: the classic network, which was
never trained on European writing, the bundled network without open data sets (digits are drawn
instead), and the bundled network with 10 % wrong labels. Then 10 % of the labels in the test splits
of four data sets are made wrong: how many of them are in the first 15 % of `inkdigits data doubt`?
The last figures: benchmarks/results/finetune.json
"""

import argparse
import json
import os
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from inkdigits import Reader
from inkdigits.data import load
from inkdigits.data.doubt import doubts
from inkdigits.data.named import for_testing, open_npz
from inkdigits.machine import cores
from inkdigits.reading.classifier import Classifier, resolve_model
from inkdigits.training.finetune.run import finetune
from results_file import RESULTS, save

EACH, FIRST_SHARE, WRONG_SHARE = 10, 0.15, 0.1
SETS = ("mnist", "pendigits", "optdigits", "swiss")
Rows = npt.NDArray[np.int64]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("INKDIGITS_DATA"))
    parser.add_argument(
        "--classic",
        type=Path,
        default=Path("runs/bench/classic-1"),
        help="a run of inkdigits benchmark classic",
    )
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--parts",
        default="doubt,bundled,classic,drawn,wrong",
        help="which of them to measure; the others are kept",
    )
    options = parser.parse_args()
    if options.data is None:
        parser.error("name the data folder: --data FOLDER or INKDIGITS_DATA")
    kept = RESULTS / "finetune.json"
    results: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}
    results["command"] = "make bench-finetune"
    for part in options.parts.split(","):
        if part == "doubt":
            results["doubt"] = {
                name: wrong_labels(name, options.data, options.seeds) for name in SETS
            }
        elif part != "classic" or options.classic.is_dir():
            results[part] = tuned(part, options)
        save("finetune", results)


def wrong_labels(name: str, data_dir: Path, seeds: int) -> dict[str, Any]:
    """The share of wrong labels in the first 15 % of the list, a seed each."""
    test, found = load(name, split="test", data_dir=data_dir), []
    count = round(WRONG_SHARE * len(test))
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        wrong = rng.choice(len(test), count, replace=False)
        labels = test.labels.copy()
        labels[wrong] = (labels[wrong] + rng.integers(1, 10, count)) % 10
        first = {
            one.index
            for one in doubts(replace(test, labels=labels))[
                : round(FIRST_SHARE * len(test))
            ]
        }
        found.append(len(first & set(wrong.tolist())) / count)
    print(
        f"doubt {name}: {min(found):.1%} at least of {count} wrong labels in the first {FIRST_SHARE:.0%}",
        flush=True,
    )
    return {
        "n": len(test),
        "wrong": count,
        "seeds": seeds,
        "found": found,
        "found_least": min(found),
    }


def tuned(part: str, options: argparse.Namespace) -> list[dict[str, Any]]:
    arrays = open_npz(options.data / "swiss_numbers/swiss_numbers.npz")
    rows = []
    for writer in np.unique(arrays["writer"][for_testing(arrays["writer"])]).tolist():
        for seed in range(1, options.seeds + 1):
            rows.append(one_writer(part, writer, seed, arrays, options))
            print(json.dumps(rows[-1]), flush=True)
    return rows


def one_writer(
    part: str, writer: str, seed: int, arrays: dict[str, npt.NDArray[Any]], options: argparse.Namespace
) -> dict[str, Any]:  # fmt: skip
    own = np.flatnonzero(arrays["writer"] == writer)
    rng = np.random.default_rng(seed)
    learned = np.concatenate(
        [
            rng.permutation(own[arrays["labels"][own] == digit])[:EACH]
            for digit in range(10)
        ]
    )
    rest = np.setdiff1d(own, learned)
    start = str(options.classic) if part == "classic" else "bundled"
    with tempfile.TemporaryDirectory() as scratch:
        labels = arrays["labels"].copy()
        if part == "wrong":
            slips = rng.choice(
                learned, round(WRONG_SHARE * len(learned)), replace=False
            )
            labels[slips] = (labels[slips] + rng.integers(1, 10, len(slips))) % 10
        folder = write_folder(Path(scratch) / writer, arrays["images"], labels, learned)
        data_dir = Path(scratch) / "none" if part == "drawn" else options.data
        used, begun = cpu_seconds(), time.perf_counter()
        result = finetune(
            folder, start=start, output=Path(scratch) / "run", data_dir=data_dir
        )
        seconds, cpu = time.perf_counter() - begun, cpu_seconds() - used
        files = [resolve_model(start), resolve_model(result.folder)]
        wrong = [wrong_of(file, arrays, rest) for file in files]
        mnist = [mnist_right(file, options.data) for file in files]
    return {
        "writer": writer, "seed": seed, "learned": len(learned), "rest": len(rest), "new_model": result.verdict.better,
        "verdict": result.verdict.sentence(), "wrong_before": wrong[0], "wrong_after": wrong[1],
        "mnist_before": mnist[0], "mnist_after": mnist[1], "reached": reached(wrong, len(rest)),
        "seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1), "cores": cores(),
    }  # fmt: skip


def write_folder(
    folder: Path, images: npt.NDArray[np.uint8], labels: npt.NDArray[Any], rows: Rows
) -> Path:
    """The scans as a user has them: dark on light, a folder a digit."""
    for row in rows.tolist():
        home = folder / str(labels[row])
        home.mkdir(parents=True, exist_ok=True)
        Image.fromarray(255 - images[row]).save(home / f"{row}.png")
    return folder


def wrong_of(model: Path, arrays: dict[str, npt.NDArray[Any]], rows: Rows) -> int:
    said = Reader(model, threads=cores()).predict(
        [255 - arrays["images"][row] for row in rows]
    )
    return sum(
        one.digit != int(arrays["labels"][row])
        for one, row in zip(said, rows.tolist(), strict=True)
    )


def mnist_right(model: Path, data_dir: Path) -> float:
    test = load("mnist", split="test", data_dir=data_dir)
    return float(
        (
            Classifier(model, cores()).scores(test.images).probabilities.argmax(axis=1)
            == test.labels
        ).mean()
    )


def reached(wrong: list[int], n: int) -> bool:
    return bool(wrong[1] <= 0.005 * n or wrong[1] <= 0.6 * wrong[0])


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
