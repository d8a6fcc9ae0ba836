"""Benchmark the bundled model (or another) on every data set.

    INKDIGITS_DATA=FOLDER make bench-model

It reports accuracy, acceptance, accuracy of accepted answers, calibration, refusal and speed, in
the same table as `inkdigits evaluate bundled --suite everything`. Data sets that were not used for
training are marked. For the others, the writers and files measured here were not trained on.
The last figures: benchmarks/results/bundled.json
"""

import argparse
import hashlib
import os
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from inkdigits import Reader
from inkdigits.cli.suites import shown
from inkdigits.data import load
from inkdigits.evaluation.suites import as_dict, everything
from inkdigits.reading.classifier import Classifier, resolve_model
from results_file import save


def speed(path: Path, glyphs: npt.NDArray[np.uint8]) -> dict[str, float]:
    """Milliseconds a glyph on one core: in batches, and one with its framing."""
    classifier, reader = Classifier(path, 1), Reader(path)
    classifier.scores(glyphs[:512])
    batches = []
    for _ in range(5):
        start = time.perf_counter()
        classifier.scores(glyphs)
        batches.append((time.perf_counter() - start) * 1000 / len(glyphs))
    singles = []
    for glyph in glyphs[:300]:
        start = time.perf_counter()
        reader.predict(255 - glyph)
        singles.append((time.perf_counter() - start) * 1000)
    return {
        "batch_ms": float(np.median(batches)),
        "single_with_framing_ms": float(np.median(singles)),
        "bytes": path.stat().st_size,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("INKDIGITS_DATA"))
    parser.add_argument("--model", default=None)
    parser.add_argument("--save", default="bundled")
    options = parser.parse_args()
    if options.data is None:
        parser.error("name the data folder: --data FOLDER or INKDIGITS_DATA")
    path = resolve_model(options.model)
    settings = Classifier(path).settings
    rows = {}
    for row in everything(path, options.data):
        rows[row.name] = {
            key: value for key, value in as_dict(row).items() if key != "name"
        }
        print(shown(row), flush=True)
    timing = speed(
        path, load("mnist", split="test", data_dir=options.data).images[:2048]
    )
    print(
        f"{timing['batch_ms']:.3f} ms a glyph in batches, {timing['single_with_framing_ms']:.2f} ms one with framing, one core"
    )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    save(options.save, {"command": "make bench-model", "sha256": digest, "threshold": settings.threshold,
                        "temperature": settings.temperature, "sets": rows, "speed": timing})  # fmt: skip


if __name__ == "__main__":
    main()
