"""What reading is measured on: pictures with their numbers, from sets that no model has learned from.

Of copiste, lectaurep, congo cells, old hands and UNIPEN the test part (`number_splits.json`; other writers, pages, stations and
files); sets marked *evaluate only*; and pages composed of test writers' digits.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.data import load, mnist
from inkdigits.data.named import open_npz
from inkdigits.data.real_numbers import NumberPicture, load_numbers, runs
from inkdigits.reading.input.pictures import open_grey
from inkdigits.synthesis import composed as worn
from inkdigits.synthesis.hands import Hands, in_part, load_hands
from inkdigits.synthesis.pages import compose_page, compose_pages
from inkdigits.synthesis.patches import compose

Grey = npt.NDArray[np.uint8]
PAGES, SIGNS, STRINGS, NOTHING, SEED = 220, 500, 300, 300, 7


@dataclass(frozen=True)
class Picture:
    """A picture and its numbers from top to bottom; `digits` lists the readings that count as right for each.

    `texts` are the numbers as written, where that is known.
    """

    grey: Grey
    digits: tuple[tuple[str, ...], ...]
    texts: tuple[str, ...] | None = None
    kind: str = ""
    parts: frozenset[str] = (
        frozenset()
    )  # digits that stand apart on a line: right by themselves as well


def only_digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def written(grey: Grey, *texts: str, kind: str = "") -> Picture:
    """A picture whose numbers are known as written."""
    return Picture(grey, tuple((only_digits(text),) for text in texts), texts, kind)


def real(kind: str) -> Callable[[Path], list[Picture]]:
    def pictures(data: Path) -> list[Picture]:
        root = data / "evaluate_only/real"
        with (root / "manifest.csv").open() as file:
            rows = [row for row in csv.DictReader(file) if row["kind"] == kind]
        return [
            Picture(
                open_grey(root / row["file"]),
                tuple((line,) for line in row["label"].split("|")),
            )
            for row in rows
        ]

    return pictures


def numbers(name: str, most: int = 400) -> Callable[[Path], list[Picture]]:
    """The test part of a set of real numbers; the cell alone where the set has cells."""

    def pictures(data: Path) -> list[Picture]:
        found = load_numbers(name, "test", data)
        chosen = np.random.default_rng(SEED).permutation(len(found))[:most]
        kind = "cell" if name == "congo" else ""
        return [_number(name, found[index], kind) for index in chosen]

    return pictures


def _number(name: str, picture: NumberPicture, kind: str) -> Picture:
    parts = frozenset(only_digits(run) for run in runs(picture.signs))
    return Picture(
        picture.cut(), (picture.digits,), _decimal(name, picture.signs), kind, parts
    )


def _decimal(name: str, value: str) -> tuple[str, ...] | None:
    """Congo's values are known with their decimal sign, which the writer made a comma or a point."""
    return (value,) if name == "congo" else None


def unipen_strings(data: Path) -> list[Picture]:
    arrays = open_npz(data / "unipen/number_strings.npz")
    pictures = []
    for index in np.flatnonzero(in_part(arrays["source_file"], "test")):
        ink = np.pad(arrays["images"][index][:, : arrays["width"][index]], 14)
        pictures.append(written(255 - ink, str(arrays["labels"][index])))
    return pictures


def orand_car(data: Path) -> list[Picture]:
    arrays = open_npz(data / "evaluate_only/orand_car_a.npz")
    offset = arrays["offset"]
    pictures = []
    for index, digits in enumerate(arrays["digits"]):
        coded = arrays["jpeg"][offset[index] : offset[index + 1]]
        grey = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
        pictures.append(Picture(grey, ((str(digits),),)))
    return pictures


def parish(data: Path) -> list[Picture]:
    root = data / "evaluate_only/parish_cells"
    with (root / "labels.csv").open() as file:
        return [
            Picture(open_grey(root / row["file"]), ((row["label"],),))
            for row in csv.DictReader(file)
        ]


def composed(data: Path) -> list[Picture]:
    pages = compose_pages(SEED, PAGES, load_hands(data, "test"))
    return [written(page.grey, *page.lines, kind=page.kind) for page in pages]


def worn_pages(data: Path) -> list[Picture]:
    """Pages of digits alone: ruled, boxed, shaded, touching, with a dark rim; each row by many hands of one set."""
    names = ("mnist", "pendigits", "unipen", "optdigits", "swiss")
    sets = [load(name, split="test", data_dir=data) for name in names]

    def hand(rng: np.random.Generator) -> worn.Draw:
        digits = sets[int(rng.integers(len(sets)))]

        def draw(rng: np.random.Generator) -> tuple[Grey, int]:
            index = int(rng.integers(len(digits)))
            return digits.images[index], int(digits.labels[index])

        return draw

    return [
        Picture(page.grey, tuple((line,) for line in page.lines), kind=page.kind)
        for page in worn.pages(SEED, PAGES, hand)
    ]


def drawn_signs(data: Path) -> list[Picture]:
    """Amounts, dates, times, percentages, negatives and phone numbers, by pens that were never learned from.

    Every second one is as drawn on a screen, the others are on paper and photographed.
    """
    everyone = load_hands(data, "test")
    hands = Hands(
        {"unipen": everyone.kinds["unipen"]},
        everyone.signs,
        everyone.letters,
        everyone.strange,
    )
    pictures = []
    for index in range(SIGNS):
        rng = np.random.default_rng([SEED, index])
        text = sign_text(rng)
        is_paper = index % 2 == 1
        page = compose_page(rng, hands, "plain", [text], with_camera=is_paper)
        kind = "paper" if is_paper else "screen"
        pictures.append(written(page.grey, text, kind=kind))
    return pictures


def sign_text(rng: np.random.Generator) -> str:
    """One number that needs its signs."""
    whole, cents = int(rng.integers(0, 10_000)), int(rng.integers(0, 100))
    day, month, year = (
        int(rng.integers(1, 32)),
        int(rng.integers(1, 13)),
        int(rng.integers(1900, 2030)),
    )
    digits = "".join(str(digit) for digit in rng.integers(0, 10, 10))
    return [
        f"{whole}.{cents:02d}",
        f"{whole},{cents:02d}",
        f"{whole % 999 + 1},{digits[:3]}.{cents:02d}",
        f"{day}/{month}/{year % 100:02d}",
        f"{day:02d}.{month:02d}.{year}",
        f"{year}-{month:02d}-{day:02d}",
        f"{whole % 24}:{cents % 60:02d}",
        f"{whole % 101} %",
        f"-{whole % 500}",
        f"-{whole % 100}.{cents % 10}",
        f"{digits[:3]}-{digits[3:7]}",
    ][int(rng.integers(11))]


def writer_strings(data: Path) -> list[Picture]:
    """ZIP codes, amounts and times put together from one writer's MNIST test digits, tile beside tile."""
    images, labels = mnist.load_split(data / "mnist", "test")
    writers = open_npz(data / "mnist_writers/mnist_writers.npz")["test_writer"]
    names = np.unique(writers)
    pictures = []
    for index in range(STRINGS):
        rng = np.random.default_rng([SEED, 5, index])
        own = np.flatnonzero(writers == names[int(rng.integers(len(names)))])
        chosen = own[rng.integers(0, len(own), int(rng.choice([3, 4, 5, 6])))]
        tiles = np.hstack([images[one] for one in chosen])
        pictures.append(
            Picture(
                255 - np.pad(tiles, 8),
                (("".join(str(labels[one]) for one in chosen),),),
            )
        )
    return pictures


def without_numbers(data: Path, part: str = "test") -> list[Picture]:
    """Words by hand and in print, drawings, ruling, textures."""
    hands = load_hands(data, part)
    pictures = []
    for name in ("copiste_words", "lectaurep_words"):
        words = [
            picture
            for picture in load_numbers(name, part, data)
            if picture.signs.isalpha()
        ]
        pictures += [
            Picture(picture.grey, (), (), kind="words")
            for picture in words[: NOTHING // 4]
        ]
    seed = 0
    while len(pictures) < NOTHING:
        patch = compose(np.random.default_rng([SEED, 9, seed]), hands)
        seed += 1
        if not patch.has_numbers:
            pictures.append(Picture(patch.grey, (), (), kind="drawn"))
    return pictures


SETS: dict[str, Callable[[Path], list[Picture]]] = {
    "photos": real("photo"),
    "canvas": real("canvas"),
    "real multi": real("multi"),
    "UNIPEN number strings": unipen_strings,
    "copiste": numbers("copiste"),
    "lectaurep": numbers("lectaurep"),
    "congo cells": numbers("congo"),
    "old hands": numbers("old_hands"),
    "ORAND-CAR-A": orand_car,
    "parish cells": parish,
    "composed pages": composed,
    "worn pages of digits": worn_pages,
    "MNIST strings by one writer": writer_strings,
    "drawn signs": drawn_signs,
    "without numbers": without_numbers,
}
