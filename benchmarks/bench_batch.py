"""Benchmark `inkdigits batch`, compared with the classic loop.

    make bench-batch                          # or: python benchmarks/bench_batch.py --pictures 1000

20,000 small pictures and 200 A4 pages are read locally and on Ray, with one worker and two. Rates
are measured from the first picture to the last; startup is reported separately. Memory is the peak
of the driver and its workers together. The classic loop (Pillow, resize to 28×28, one Keras predict
per picture) is interleaved with ours. The last figures: benchmarks/results/batch.json, explained in
docs/scale.md.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from batch_load import a4_pages, small_pictures
from batch_stages import stages
from bench_predict import plain_h5
from results_file import save

CLASSIC = """
import sys, time
from pathlib import Path
import numpy as np
from PIL import Image
import tensorflow as tf
model = tf.keras.models.load_model(sys.argv[1])
paths = sorted(Path(sys.argv[2]).iterdir())[:int(sys.argv[3])]
def one(path):
    picture = Image.open(path).convert("L").resize((28, 28))
    pixels = 1 - np.asarray(picture, "float32") / 255
    return model.predict(pixels.reshape(1, 28, 28, 1), verbose=0)[0].argmax()
for path in paths[:10]:
    one(path)
start = time.perf_counter()
for path in paths:
    one(path)
print(len(paths) / (time.perf_counter() - start))
"""
_RATE = re.compile(
    r"^([\d,]+) pictures, .* ([\d,]+) errors, ([\d,.]+) pictures a second"
)


def batch(
    folder: Path, workers: int, engine: str = "local", limit: int | None = None
) -> dict[str, float]:
    """One run of the command: pictures a second, seconds of starting, megabytes, and the driver's own seconds a unit."""
    with tempfile.TemporaryDirectory() as out:
        inputs = [str(folder)]
        if limit is not None:
            listed = Path(out) / "some.txt"
            listed.write_text("\n".join(map(str, sorted(folder.iterdir())[:limit])))
            inputs = [f"@{listed}"]
        options = [
            "--output",
            f"{out}/out",
            "--engine",
            engine,
            "--workers",
            str(workers),
            "--quiet",
        ]
        start = time.perf_counter()
        driver = subprocess.Popen(
            [sys.executable, "-m", "inkdigits", "batch", *inputs, *options],
            stdout=subprocess.PIPE,
            text=True,
        )
        watched = Watched(driver.pid, Path(out) / "out" / "pictures")
        said, _ = driver.communicate()
        wall_s = time.perf_counter() - start
        units = len(list((Path(out) / "out" / "pictures").iterdir()))
    match = _RATE.match(said)
    if driver.returncode or match is None:
        sys.exit(f"the batch failed: {said}")
    pictures, errors, rate = (float(part.replace(",", "")) for part in match.groups())
    if errors:
        sys.exit(f"{errors:.0f} of the drawn pictures went to errors")
    return {"pictures": int(pictures), "per_s": rate, "start_s": wall_s - pictures / rate, "peak_mb": watched.stop(),
            "driver_ms_a_unit": 1000 * watched.driver_s / max(1, units - 1)}  # fmt: skip


class Watched:
    """The most memory that a process and its children hold together, and its own seconds of work from the first unit on."""

    def __init__(self, pid: int, done: Path) -> None:
        self.driver_s = 0.0
        self._done = done
        self._process, self._most, self._over = (
            psutil.Process(pid),
            0,
            threading.Event(),
        )
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        first_s: float | None = None
        while not self._over.wait(0.1):
            try:
                family = [self._process, *self._process.children(recursive=True)]
                self._most = max(
                    self._most, sum(one.memory_info().rss for one in family)
                )
                times = self._process.cpu_times()
                if (
                    first_s is None
                    and self._done.is_dir()
                    and any(self._done.iterdir())
                ):
                    first_s = times.user + times.system
                self.driver_s = (
                    times.user + times.system - (first_s or times.user + times.system)
                )
            except psutil.NoSuchProcess:
                continue

    def stop(self) -> float:
        self._over.set()
        self._thread.join()
        return self._most / 2**20


def classic(h5: Path, folder: Path, count: int) -> float:
    command = [sys.executable, "-c", CLASSIC, str(h5), str(folder), str(count)]
    return float(
        subprocess.run(command, check=True, capture_output=True, text=True).stdout
    )


def measured(work: Path, pictures: int, pages: int) -> dict[str, Any]:
    small, a4 = small_pictures(work / "small", pictures), a4_pages(work / "a4", pages)
    h5, turns = plain_h5(work), max(20, min(200, pictures // 4))
    classics, runs = [classic(h5, small, turns)], {}
    for name, engine, workers in (
        ("local_2", "local", 2),
        ("local_1", "local", 1),
        ("ray_2", "ray", 2),
        ("ray_1", "ray", 1),
    ):
        runs[name] = batch(small, workers, engine)
        print(name, runs[name], file=sys.stderr)
        classics.append(classic(h5, small, turns))
    runs["local_2_tenth"] = batch(small, 2, limit=pictures // 10)
    runs["a4_local_1"], runs["a4_local_2"] = batch(a4, 1), batch(a4, 2)
    runs["a4_ray_2"] = batch(a4, 2, "ray")
    sizes = {
        name: statistics.mean(path.stat().st_size for path in folder.iterdir())
        for name, folder in (("small", small), ("a4", a4))
    }
    tenth = small_pictures(work / "tenth", min(pictures, 1000))
    return {"runs": runs, "classic_per_s": statistics.median(classics), "bytes": sizes,
            "stages_ms": {"small": stages(tenth), "a4": stages(a4_pages(work / "some", min(pages, 10)))}}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=int, default=20_000)
    parser.add_argument(
        "--pages",
        type=int,
        default=None,
        help="a hundredth of the pictures, if not said",
    )
    options = parser.parse_args()
    pages = options.pages or max(4, options.pictures // 100)
    with tempfile.TemporaryDirectory() as work:
        results = measured(Path(work), options.pictures, pages)
    save(
        "batch",
        {
            "command": "python benchmarks/bench_batch.py",
            "pictures": options.pictures,
            "pages": pages,
            **results,
        },
    )
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
