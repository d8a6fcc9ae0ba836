"""Fours that close: pages of combs by held-out pens, read with the digit network for boxes and with the usual one.

    INKDIGITS_DATA=FOLDER make bench-closed-fours

On half of the pages each 4 closes: an open one by a pen that begins at its stem, or a 9 with a bar. On the others each writer's
digits are as they are. Pens of the validation part only: nothing that `make bench-forms` measures is here.
And how many of MNIST's test digits each network reads right: nothing was chosen by that but which network `predict` uses.
The last figures: benchmarks/results/closed-fours.json
"""

import argparse
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench_forms import Grey, a_hand, combs, filled
from inkdigits import Reader
from inkdigits.data import load
from inkdigits.forms import Form
from inkdigits.synthesis.hands import Hand, Hands, StrokeGlyph, load_hands
from inkdigits.synthesis.variants import closed_four, four_with_loop
from results_file import save

SEED = 31
_MOST_MISSING = 2  # digits that a pen may lack
KINDS = ("fours that close", "as they write")
Filled = tuple[dict[str, str], Grey]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=50, help="of each kind")
    options = parser.parse_args()
    data = Path(os.environ["INKDIGITS_DATA"])
    hands = load_hands(data, "validation")
    usual, boxed = Reader(), Reader()
    # A cached property: what is put there stays.
    usual.boxed = usual.classifier
    results: dict[str, Any] = {}
    for kind in KINDS:
        written = list(pages(hands, options.pages, closing=kind == KINDS[0]))
        results[kind] = {
            reader.boxed.path.name: read(Form(combs(), reader), written)
            for reader in (usual, boxed)
        }
        print(kind, results[kind])
    mnist = load("mnist", split="test", data_dir=data)
    right = {
        reader.boxed.path.name: float(
            (
                reader.boxed.scores(mnist.images).probabilities.argmax(1)
                == mnist.labels
            ).mean()
        )
        for reader in (usual, boxed)
    }
    print("MNIST", right)
    save(
        "closed-fours",
        {
            "command": f"benchmarks/bench_closed_fours.py --pages {options.pages}",
            "results": results,
            "mnist": right,
        },
    )


def pages(hands: Hands, count: int, *, closing: bool) -> Iterator[Filled]:
    """Pages of combs, each filled by one hand and taken by each machine in turn."""
    closers = list(closing_hands(hands))
    for index in range(count):
        rng = np.random.default_rng([SEED, closing, index])
        hand, pen = a_hand(hands, rng)
        if closing:
            hand = closers[int(rng.integers(len(closers)))]
        yield filled(combs(), hand, pen, rng, index)


def closing_hands(hands: Hands) -> Iterator[Hand]:
    """Each pen whose fours can close, in each way in which they can."""
    for hand in (hand for some in hands.kinds.values() for hand in some):
        if len(hand.glyphs) < 10 - _MOST_MISSING:
            continue
        for digit, close in (("4", closed_four), ("9", four_with_loop)):
            made = [
                StrokeGlyph(strokes)
                for glyph in hand.glyphs.get(digit, ())
                if isinstance(glyph, StrokeGlyph) and (strokes := close(glyph.strokes))
            ]
            if made:
                yield replace(hand, glyphs={**hand.glyphs, "4": made})


def read(form: Form, pages: list[Filled]) -> dict[str, Any]:
    """How many combs are exact, and how many of the accepted ones are not."""
    fields = right = accepted = wrong = 0
    for texts, grey in pages:
        record = form.read(grey)
        fields += len(texts)
        for name, text in texts.items() if record.fields else ():
            good = record[name].text == text
            right += good
            accepted += record[name].accepted
            wrong += record[name].accepted and not good
    return {
        "n": fields,
        "exact": round(right / fields, 4),
        "accepted": round(accepted / fields, 4),
        "accepted_wrong": round(wrong / max(accepted, 1), 4),
    }


if __name__ == "__main__":
    main()
