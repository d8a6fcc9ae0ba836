"""Benchmark preprocessing on real pictures of one digit, with the same network.

    INKDIGITS_DATA=FOLDER make bench-real

The naive way (resize to 28×28, invert if light) is compared with ours. The pictures are for
evaluation only: never used for training or tuning, and never copied. The last figures:
benchmarks/results/real.json
"""

import argparse
import csv
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import inkdigits
from results_file import save


def plain_glyph(path: Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    with Image.open(path) as picture:
        pixels = np.array(picture.convert("L").resize((28, 28)))
    return 255 - pixels if pixels.mean() > 127 else pixels


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("INKDIGITS_DATA"))
    parser.add_argument("--model")
    parser.add_argument("--save", default="real")
    parser.add_argument(
        "--mistakes", action="store_true", help="list the pictures our road misreads"
    )
    options = parser.parse_args()
    if options.data is None:
        parser.error("name the data folder: --data FOLDER or INKDIGITS_DATA")
    folder = options.data / "evaluate_only" / "real"
    reader = inkdigits.Reader(options.model)
    tally: dict[str, list[tuple[bool, bool, bool]]] = defaultdict(list)
    for row in csv.DictReader((folder / "manifest.csv").open()):
        if row["kind"] not in ("canvas", "photo", "notdigit"):
            continue
        path = folder / row["file"]
        ours, plain = (
            reader.predict(path),
            reader.predict_glyphs(plain_glyph(path)[None])[0],
        )
        right = str(ours.digit) == row["label"]
        tally[row["kind"]].append(
            (str(plain.digit) == row["label"], right, ours.accepted)
        )
        if options.mistakes and row["label"] and not right:
            print(
                row["file"],
                row["label"],
                "read as",
                ours.digit,
                f"{ours.confidence:.2f}",
            )
    results: dict[str, dict[str, float]] = {
        kind: {
            "n": len(rows),
            "plain": float(np.mean([row[0] for row in rows])),
            "ours": float(np.mean([row[1] for row in rows])),
            "accepted": float(np.mean([row[2] for row in rows])),
        }
        for kind, rows in tally.items()
    }
    for name, figures in results.items():
        shares = "  ".join(
            f"{key} {figures[key]:.1%}" for key in ("plain", "ours", "accepted")
        )
        print(f"{name:10} n={figures['n']:<4} {shares}")
    save(
        options.save,
        {
            "command": "make bench-real",
            "model": str(options.model or "bundled"),
            "results": results,
        },
    )


if __name__ == "__main__":
    main()
