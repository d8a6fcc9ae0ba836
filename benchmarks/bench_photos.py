"""Benchmark synthetic photos and tight crops of held-out writers' digits.

    INKDIGITS_DATA=FOLDER make bench-photos

They are read with `Reader.predict`, and framed by their ink only. Nothing here is from a test
split: these pictures are for finding errors. The last figures: benchmarks/results/photos.json
"""

import argparse
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

import inkdigits
from inkdigits.machine import cores
from inkdigits.reading.glyphs import frame
from inkdigits.reading.input.pages import Grey
from inkdigits.reading.marks.whole import all_ink
from inkdigits.synthesis import photographed
from inkdigits.training.bundled.sources import REFUSED, Source, sources
from results_file import save

SEED = 20261121
_SIDE_PX = 36  # of the digits of a row that cuttings are made of
_NEAR = 120  # samples: sets are in order of writers, so these are likely of one hand


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("INKDIGITS_DATA"))
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument(
        "--mistakes", type=Path, help="a folder for the pictures that are misread"
    )
    options = parser.parse_args()
    if options.data is None:
        parser.error("name the data folder: --data FOLDER or INKDIGITS_DATA")
    hands = held_out_hands(options.data)
    reader = inkdigits.Reader(threads=cores())
    results = {}
    for name, make in {"photos": drawn_photo, "cuttings": _cutting}.items():
        rng = np.random.default_rng([SEED, len(name)])
        samples = [
            make(hands[int(rng.integers(len(hands)))], rng)
            for _ in range(options.count)
        ]
        results[name] = _figures(
            reader, samples, options.mistakes and options.mistakes / name
        )
        print(
            name,
            "  ".join(
                f"{key} {value:.1%}"
                for key, value in results[name].items()
                if key != "n"
            ),
        )
    save("photos", {"command": "make bench-photos", "seed": SEED, "results": results})


def held_out_hands(data: Path) -> list[Source]:
    """The held-out samples of each set that has only digits."""
    return [
        source
        for source in sources(data, held_out=True)
        if (source.labels != REFUSED).all()
    ]


def drawn_photo(source: Source, rng: np.random.Generator) -> tuple[Image.Image, int]:
    index = int(rng.integers(len(source.labels)))
    canvas = source.draw(index, rng)
    left, top, width, height = cv2.boundingRect(canvas)
    return photographed.photo(
        canvas[top : top + height, left : left + width], rng
    ), int(source.labels[index])


def _cutting(source: Source, rng: np.random.Generator) -> tuple[Image.Image, int]:
    row, box, label = _row(source, rng)
    return photographed.cutting(row, box, rng), label


def _row(
    source: Source, rng: np.random.Generator
) -> tuple[Grey, tuple[int, int, int, int], int]:
    """Up to three digits of one hand, close together (ink high); the box of one of them, and what it is."""
    canvas = np.zeros((3 * _SIDE_PX, 12 * _SIDE_PX), np.uint8)
    count = int(rng.integers(1, 4))
    wanted = int(rng.integers(count))
    middle = int(rng.integers(len(source.labels)))
    right, box, label = _SIDE_PX, (0, 0, 0, 0), -1
    for place in range(count):
        low, high = max(0, middle - _NEAR), min(len(source.labels), middle + _NEAR)
        index = int(rng.integers(low, high))
        part = _of_one_height(source.draw(index, rng), rng)
        height, width = part.shape
        left = right + round(_SIDE_PX * rng.uniform(-0.15, 0.2))
        top = 2 * _SIDE_PX - height
        below = canvas[top : top + height, left : left + width]
        np.maximum(below, part, out=below)
        right = left + width
        if place == wanted:
            box, label = (left, top, width, height), int(source.labels[index])
    return canvas, box, label


def _of_one_height(canvas: Grey, rng: np.random.Generator) -> Grey:
    """The ink's own box, brought to about the row's height."""
    left, top, width, height = cv2.boundingRect(canvas)
    tall = round(_SIDE_PX * float(np.exp(rng.normal(0, 0.08))))
    wide = min(max(2, round(width * tall / height)), 2 * _SIDE_PX)
    part = canvas[top : top + height, left : left + width]
    return np.asarray(
        cv2.resize(part, (wide, tall), interpolation=cv2.INTER_LINEAR), np.uint8
    )


def _figures(
    reader: inkdigits.Reader,
    samples: list[tuple[Image.Image, int]],
    mistakes: Path | None,
) -> dict[str, Any]:
    answers = reader.predict([picture for picture, _ in samples])
    right = np.array(
        [
            answer.digit == label
            for answer, (_, label) in zip(answers, samples, strict=True)
        ]
    )
    accepted = np.array([answer.accepted for answer in answers])
    framed = np.stack(
        [frame(all_ink(np.asarray(picture.convert("L")))) for picture, _ in samples]
    )
    alone = [
        answer.digit == label
        for answer, (_, label) in zip(
            reader.predict_glyphs(framed), samples, strict=True
        )
    ]
    if mistakes:
        mistakes.mkdir(parents=True, exist_ok=True)
        for index in np.flatnonzero(~right).tolist():
            samples[index][0].save(
                mistakes
                / f"{index:04}-{samples[index][1]}-read-{answers[index].digit}.png"
            )
    return {
        "n": len(samples), "right": float(right.mean()), "accepted": float(accepted.mean()),
        "right of accepted": float(right[accepted].mean()), "one way alone": float(np.mean(alone)),
    }  # fmt: skip


if __name__ == "__main__":
    main()
