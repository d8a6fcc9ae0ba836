"""Photos and close cuttings composed of held-out writers' digits, through `Reader.predict`; and with one way to find ink alone.

    INKDIGITS_DATA=FOLDER make bench-photos

Nothing here is of any test split: these are for finding what goes wrong. The last run's figures: benchmarks/results/photos.json
"""

import argparse
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

import inkdigits
from inkdigits.data import photographed
from inkdigits.machine import cores
from inkdigits.reading.glyphs import frame
from inkdigits.reading.ink import find_ink
from inkdigits.training.bundled.sources import REFUSED, Source, sources
from inkdigits.training.lines.rows import three_digits
from results_file import save

SEED = 20261121


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("INKDIGITS_DATA"))
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--mistakes", type=Path, help="a folder for the pictures that are misread")
    options = parser.parse_args()
    if options.data is None:
        parser.error("name the data folder: --data FOLDER or INKDIGITS_DATA")
    hands = [source for source in sources(options.data, held_out=True) if (source.labels != REFUSED).all()]
    reader = inkdigits.Reader(threads=cores())
    results = {}
    for name, make in {"photos": _photo, "cuttings": _cutting}.items():
        rng = np.random.default_rng([SEED, len(name)])
        samples = [make(hands[int(rng.integers(len(hands)))], rng) for _ in range(options.count)]
        results[name] = _figures(reader, samples, options.mistakes and options.mistakes / name)
        print(name, "  ".join(f"{key} {value:.1%}" for key, value in results[name].items() if key != "n"))
    save("photos", {"command": "make bench-photos", "seed": SEED, "results": results})


def _photo(source: Source, rng: np.random.Generator) -> tuple[Image.Image, int]:
    index = int(rng.integers(len(source.labels)))
    canvas = source.draw(index, rng)
    left, top, width, height = cv2.boundingRect(canvas)
    return photographed.photo(canvas[top : top + height, left : left + width], rng), int(source.labels[index])


def _cutting(source: Source, rng: np.random.Generator) -> tuple[Image.Image, int]:
    row, box, label = three_digits(source, rng)
    return photographed.cutting(row, box, rng), label


def _figures(reader: inkdigits.Reader, samples: list[tuple[Image.Image, int]], mistakes: Path | None) -> dict[str, Any]:
    answers = reader.predict([picture for picture, _ in samples])
    right = np.array([answer.digit == label for answer, (_, label) in zip(answers, samples, strict=True)])
    accepted = np.array([answer.accepted for answer in answers])
    framed = np.stack([frame(find_ink(np.asarray(picture.convert("L")))) for picture, _ in samples])
    alone = [answer.digit == label for answer, (_, label) in zip(reader.predict_glyphs(framed), samples, strict=True)]
    if mistakes:
        mistakes.mkdir(parents=True, exist_ok=True)
        for index in np.flatnonzero(~right).tolist():
            samples[index][0].save(mistakes / f"{index:04}-{samples[index][1]}-read-{answers[index].digit}.png")
    return {
        "n": len(samples), "right": float(right.mean()), "accepted": float(accepted.mean()),
        "right of accepted": float(right[accepted].mean()), "one way alone": float(np.mean(alone)),
    }  # fmt: skip


if __name__ == "__main__":
    main()
