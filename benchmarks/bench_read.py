"""Numbers on pictures and pages: `Reader.read` beside Tesseract and RapidOCR on the same pictures; speed and memory.

    INKDIGITS_DATA=FOLDER make bench-read

A picture counts as right when all of its lines are, in order; spaces and marks are left out on both sides.
The composed pages hold digits of test splits alone. The last figures: benchmarks/results/read.json
"""

import argparse
import io
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

import peers
from inkdigits import Reader
from inkdigits.data import composed, load
from inkdigits.data.drawn import draw_numbers, with_shadow
from inkdigits.data.named import for_testing, open_npz
from inkdigits.reading.input.pictures import open_grey
from results_file import save

Grey = npt.NDArray[np.uint8]
PAGES, SEED = 220, 7


@dataclass(frozen=True)
class Picture:
    """A picture and what stands on it, line by line."""

    grey: Grey
    lines: tuple[str, ...]
    kind: str = ""


def edit_distance(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, sign in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, against in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (sign != against))
    return row[-1]


def scored(pictures: list[Picture], found: list[list[str]]) -> dict[str, float]:
    """The share of pictures that are fully right, and wrong digits a true digit."""
    exact = sum(tuple(lines) == picture.lines for picture, lines in zip(pictures, found, strict=True))
    wrong = sum(edit_distance("".join(lines), "".join(p.lines)) for p, lines in zip(pictures, found, strict=True))
    return {"exact": exact / len(pictures), "digit_error": wrong / sum(len("".join(p.lines)) for p in pictures)}


def real_multi(data: Path) -> list[Picture]:
    rows = [line.split(",") for line in (data / "evaluate_only/real/manifest.csv").read_text().splitlines()[1:]]
    root = data / "evaluate_only/real"
    return [Picture(open_grey(root / row[0]), tuple(row[2].split("|"))) for row in rows if row[1] == "multi"]


def parish(data: Path) -> list[Picture]:
    root = data / "evaluate_only/parish_cells"
    rows = [line.split(",") for line in (root / "labels.csv").read_text().splitlines()[1:]]
    return [Picture(open_grey(root / row[0]), (row[1],)) for row in rows]


def number_strings(data: Path, *, testing: bool = True) -> list[Picture]:
    """UNIPEN's strings: every fifth source file is for testing, as with its digits."""
    arrays = open_npz(data / "unipen/number_strings.npz")
    rows = np.flatnonzero(for_testing(arrays["source_file"]) == testing)
    return [
        Picture(255 - np.pad(arrays["images"][row][:, : arrays["width"][row]], 12), (re.sub(r"\D", "", arrays["labels"][row]),))
        for row in rows
    ]


def composed_pages(data: Path, split: str = "test", seed: int = SEED) -> list[Picture]:
    sets = [load(name, split=split, data_dir=data) for name in ("mnist", "pendigits", "unipen", "optdigits", "swiss")]

    def hand(rng: np.random.Generator) -> composed.Draw:
        digits = sets[int(rng.integers(len(sets)))]

        def draw(rng: np.random.Generator) -> tuple[Grey, int]:
            index = int(rng.integers(len(digits)))
            return digits.images[index], int(digits.labels[index])

        return draw

    return [Picture(page.grey, page.lines, page.kind) for page in composed.pages(seed, PAGES, hand)]


def speed(reader: Reader, data: Path) -> dict[str, float]:
    """Seconds for an A4 page at 300 dpi with 500 digits, a 12-megapixel photo with one number, a small field."""
    rng = np.random.default_rng(1)
    lines = ["".join(map(str, rng.integers(0, 10, 20))) for _ in range(25)]
    drawn = np.asarray(draw_numbers(lines, size_px=56))
    a4 = np.full((3508, 2480), 245, np.uint8)
    a4[300 : 300 + drawn.shape[0], 300 : 300 + drawn.shape[1]] = drawn
    photo = np.full((3000, 4000), 225, np.uint8)
    number = np.asarray(draw_numbers(["90210"], size_px=220, paper=225))
    photo[1200 : 1200 + number.shape[0], 900 : 900 + number.shape[1]] = number
    out = io.BytesIO()
    with_shadow(Image.fromarray(photo)).save(out, "JPEG", quality=90)
    field = np.asarray(draw_numbers(["34625"], size_px=20).resize((100, 40)))
    path = data / "a4.png"
    Image.fromarray(a4).save(path)
    result = {
        "a4_s": best_of(3, lambda: reader.read(path)), "a4_right": float(reader.read(path).text.split("\n") == lines),
        "photo_12mp_s": best_of(5, lambda: reader.read(out.getvalue())),
        "photo_12mp_right": float(reader.read(out.getvalue()).text == "90210"),
        "field_100x40_s": best_of(20, lambda: reader.read(field)),
    }  # fmt: skip
    if peers.tesseract([field]) is not None:
        result["a4_tesseract_s"] = best_of(2, lambda: peers.tesseract_lines(path))
    return result


def best_of(rounds: int, call: Callable[[], Any]) -> float:
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def peak_mb(path: Path) -> float:
    """The most memory a fresh process takes to read the page."""
    import subprocess
    import sys

    code = f"import inkdigits; inkdigits.read({str(path)!r}); print(open('/proc/self/status').read())"
    status = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("INKDIGITS_DATA"))
    parser.add_argument("--no-peers", action="store_true", help="only our own reader")
    options = parser.parse_args()
    if options.data is None:
        parser.error("name the data folder: --data FOLDER or INKDIGITS_DATA")
    data, reader = Path(options.data), Reader(threads=2)
    sets = {"real multi": real_multi(data), "UNIPEN number strings, unseen files": number_strings(data),
            "parish cells": parish(data), "composed pages": composed_pages(data)}  # fmt: skip
    engines: dict[str, Callable[[list[Grey]], list[list[str]] | None]] = {
        "inkdigits": lambda pages: [[line.text for line in found.lines] for found in reader.read(pages)]
    }
    if not options.no_peers:
        engines |= {"tesseract": peers.tesseract, "rapidocr": peers.rapidocr}
    results: dict[str, Any] = {}
    print(f"{'on':38}{'n':>5}  " + "".join(f"{name:>24}" for name in engines))
    for name, pictures in sets.items():
        row: dict[str, Any] = {"n": len(pictures)}
        for engine, read in engines.items():
            found = read([picture.grey for picture in pictures])
            if found is not None:
                row[engine] = scored(pictures, found)
            if engine == "inkdigits" and found and pictures[0].kind:
                row["kinds"] = {
                    kind: float(np.mean([tuple(f) == p.lines for p, f in zip(pictures, found, strict=True) if p.kind == kind]))
                    for kind in composed.KINDS
                }
        shown = "".join(
            f"{row[e]['exact']:>14.1%}{row[e]['digit_error']:>10.2%}" if e in row else f"{'not installed':>24}" for e in engines
        )
        print(f"{name:38}{len(pictures):5}  {shown}")
        results[name] = row
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        timing = speed(reader, Path(folder))
        timing["a4_peak_mb"] = peak_mb(Path(folder) / "a4.png")
    print({name: round(value, 4) for name, value in timing.items()})
    save("read", {"command": "make bench-read", "sets": results, "speed": timing, "threads": 2})


if __name__ == "__main__":
    main()
