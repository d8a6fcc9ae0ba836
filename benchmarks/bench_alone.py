"""How sure `predict` makes `read` of a line of one digit: held-out lines and pages of one digit, and pictures without any.

    INKDIGITS_DATA=FOLDER make bench-alone

`AloneSettings.least` (reading/numbers/pages.py) is chosen from this: by the confidence that a line has by itself, how many digits
are right and wrong where `predict` accepts the same one. Of validation writers, pages and stations only: nothing that
`make bench-read` measures is here.

Also how often the digit is right that `read` shows where it finds no line: on these pictures, drawn photos of one digit, and
pictures without numbers. The last figures: benchmarks/results/alone.json
"""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench_photos import drawn_photo, held_out_hands
from inkdigits import Reader
from inkdigits.reading.input.pages import Page
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.network import MarksNetwork
from inkdigits.reading.numbers.pages import ALONE, PageReader
from inkdigits.reading.numbers.row_network import RowNetworks
from inkdigits.reading.options import ReadOptions
from inkdigits.synthesis.hands import load_hands
from inkdigits.synthesis.pages import KINDS, compose_page
from inkdigits.training.marks.heldout import HeldOut, held_out
from reading_sets import without_numbers
from results_file import save

SEED = 83
# Edges of the ranges of confidence.
EDGES = (0.0, 0.2, 0.4, 0.5, 0.6, 0.65, 0.7, 0.8, 0.9, 1.01)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=400, help="pictures of each kind")
    parser.add_argument("--no-save", action="store_true", help="only print")
    options = parser.parse_args()
    data = Path(os.environ["INKDIGITS_DATA"])
    reader = Reader()
    # Without what `predict` says.
    pages = PageReader(
        MarksNetwork(), GlyphNetwork(), row_networks=RowNetworks.bundled()
    )
    ranges = [{"least": least, "right": 0, "wrong": 0} for least in EDGES[:-1]]
    for picture in pictures(data, options.most):
        lines = pages.read(Page(picture.grey), 1, ReadOptions()).lines
        if [len(line.text) for line in lines] != [1]:
            continue
        line = lines[0]
        answer = reader.predict(picture.grey)
        if answer.accepted and answer.digit == line.digits[0].digit:
            is_right = any(line.text in digits for digits in picture.digits)
            place = int(np.searchsorted(EDGES, line.confidence, side="right")) - 1
            ranges[place]["right" if is_right else "wrong"] += 1
    figures: dict[str, Any] = {"chosen": ALONE.least, "ranges": ranges}
    for name, some in (
        ("at_or_above", [one for one in ranges if one["least"] >= ALONE.least]),
        ("below", [one for one in ranges if one["least"] < ALONE.least]),
    ):
        figures[name] = {
            what: sum(int(one[what]) for one in some) for what in ("right", "wrong")
        }
    for one in ranges:
        print(f"from {one['least']:.2f}: {one['right']} right, {one['wrong']} wrong")
    print(figures["at_or_above"], figures["below"])
    figures["shown"] = shown(reader, data, options.most)
    print(figures["shown"])
    if not options.no_save:
        command = f"benchmarks/bench_alone.py --most {options.most}"
        print(save("alone", {"command": command, "seed": SEED, **figures}))


def shown(reader: Reader, data: Path, most: int) -> dict[str, dict[str, int]]:
    """The digits that `read` shows by `predict` alone: their confidence is the one given to all."""
    hands = held_out_hands(data)
    rng = np.random.default_rng([SEED, 1])
    photos = [
        drawn_photo(hands[int(rng.integers(len(hands)))], rng) for _ in range(most)
    ]
    kinds: dict[str, list[tuple[Any, tuple[str, ...]]]] = {
        "photos": [(photo, (str(digit),)) for photo, digit in photos],
        "without numbers": [
            (picture.grey, ()) for picture in without_numbers(data, "validation")
        ],
        "numbers": [
            (picture.grey, picture.digits[0] if len(picture.digits) == 1 else ())
            for picture in pictures(data, most)
        ],
    }
    figures = {}
    for kind, pictures_of_kind in kinds.items():
        counted = {"pictures": len(pictures_of_kind), "right": 0, "wrong": 0}
        for picture, texts in pictures_of_kind:
            lines = reader.read(picture).lines
            if [line.confidence for line in lines] == [ALONE.sure_of_shown]:
                counted["right" if lines[0].text in texts else "wrong"] += 1
        figures[kind] = counted
    return figures


def pictures(data: Path, most: int) -> Iterator[HeldOut]:
    """Held-out pictures of all kinds, and pages with one digit."""
    yield from held_out(data, "validation", most)
    hands = load_hands(data, "validation").without("unipen")
    for index in range(most):
        rng = np.random.default_rng([SEED, index])
        digit = str(rng.integers(10))
        kind = KINDS[index % len(KINDS)]
        page = compose_page(rng, hands, kind, [digit], with_camera=index % 2 == 0)
        yield HeldOut("one digit", page.grey, ((digit,),), (digit,), signs=True)


if __name__ == "__main__":
    main()
