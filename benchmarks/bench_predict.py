"""Benchmark `inkdigits predict`, compared with the script that classic projects use.

    make bench-predict                      # or: python benchmarks/bench_predict.py --rounds 5

That script uses TensorFlow and the same network as .h5. Cold start: a new process each time,
interleaved, wall-clock time and peak memory. Warm: one process, one 28×28 array, then 10,000.
The last figures: benchmarks/results/predict.json.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from results_file import save

PLAIN_SCRIPT = """
import sys
import numpy as np
from PIL import Image
import tensorflow as tf
model = tf.keras.models.load_model(sys.argv[1])
picture = Image.open(sys.argv[2]).convert("L").resize((28, 28))
pixels = np.asarray(picture, "float32") / 255
if pixels.mean() > 0.5:
    pixels = 1 - pixels
scores = model.predict(pixels.reshape(1, 28, 28, 1), verbose=0)[0]
print(scores.argmax(), scores.max())
"""


def cold(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak resident megabytes of a new process."""
    child = (
        "import resource, subprocess, sys, time\n"
        "start = time.perf_counter()\n"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", child, *command],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    seconds, megabytes = out.split()
    return float(seconds), float(megabytes)


def compare_cold(picture: Path, h5: Path, rounds: int) -> dict[str, Any]:
    ours = [str(Path(sys.executable).with_name("inkdigits")), "predict", str(picture)]
    plain = [sys.executable, "-c", PLAIN_SCRIPT, str(h5), str(picture)]
    for command in (ours, plain):
        cold(command)
    pairs = [(cold(ours), cold(plain)) for _ in range(rounds)]
    seconds = [[run[0] for run in side] for side in zip(*pairs, strict=True)]
    return {
        "inkdigits_s": statistics.median(seconds[0]),
        "plain_s": statistics.median(seconds[1]),
        "ratio": statistics.median(plain[0] / mine[0] for mine, plain in pairs),
        "inkdigits_mb": max(run[0][1] for run in pairs),
        "plain_mb": max(run[1][1] for run in pairs),
        "rounds": rounds,
    }


def import_ms(rounds: int) -> float:
    code = "import time; start = time.perf_counter(); import inkdigits; print(time.perf_counter() - start)"
    runs = [
        float(
            subprocess.run(
                [sys.executable, "-c", code], check=True, capture_output=True, text=True
            ).stdout
        )
        for _ in range(rounds)
    ]
    return statistics.median(runs) * 1000


def warm(glyph: np.ndarray[Any, np.dtype[np.uint8]], threads: int) -> dict[str, float]:
    from inkdigits import Reader

    single, many = Reader(), Reader(threads=threads)
    times = {
        "single_ms": _median_ms(single, glyph),
        "single_dark_on_light_ms": _median_ms(single, 255 - glyph),
    }
    batch = [glyph] * 10_000
    many.predict(batch[:2000])
    rates = []
    for _ in range(3):
        start = time.perf_counter()
        many.predict(batch)
        rates.append(len(batch) / (time.perf_counter() - start))
    return {**times, "batch_per_s": statistics.median(rates), "threads": threads}


def _median_ms(reader: Any, picture: np.ndarray[Any, np.dtype[np.uint8]]) -> float:
    for _ in range(50):
        reader.predict(picture)
    singles = []
    for _ in range(1000):
        start = time.perf_counter()
        reader.predict(picture)
        singles.append(time.perf_counter() - start)
    return statistics.median(singles) * 1000


def plain_h5(folder: Path) -> Path:
    """The classic net saved as .h5; its weights do not matter for the time."""
    from inkdigits.training import Settings
    from inkdigits.training.recipes import build

    path = folder / "classic.h5"
    build(Settings()).save(path)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    from inkdigits.reading.glyphs import frame
    from inkdigits.reading.marks.whole import all_ink
    from inkdigits.synthesis.drawn import draw_digit

    with tempfile.TemporaryDirectory() as name:
        picture = Path(name) / "seven.png"
        drawn = draw_digit(7)
        drawn.save(picture)
        results = {
            "cold": compare_cold(picture, plain_h5(Path(name)), options.rounds),
            "import_ms": import_ms(10),
            "warm": warm(frame(all_ink(np.asarray(drawn))), options.threads),
        }
    save("predict", {"command": "python benchmarks/bench_predict.py", **results})
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
