"""The bundled model's worst mistakes on what was held out for validation, a sheet for each set: `python benchmarks/mistakes.py`.

Each glyph with its label and, after it, what was read (n: not a digit); the surest mistakes first. Sheets go to runs/mistakes/.
"""

import argparse
import os
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.classifier import Classifier, resolve_model
from inkdigits.training.bundled import sources
from inkdigits.training.bundled.sources import REFUSED, Source

_MOST, _ACROSS, _CELL_PX = 100, 20, 60
_NAMES = "0123456789n"


def sheet(source: Source, classifier: Classifier) -> tuple[npt.NDArray[np.uint8], int]:
    """The worst mistakes, and how many there are."""
    rng = np.random.default_rng(0)
    glyphs = np.stack([source.glyph(index, rng) for index in range(len(source.labels))])
    raw = np.concatenate(
        [
            classifier.raw(glyphs[start : start + 512])
            for start in range(0, len(glyphs), 512)
        ]
    )
    said = raw.argmax(axis=1)
    wrong = np.flatnonzero(said != source.labels)
    worst = wrong[np.argsort(-raw[wrong, said[wrong]])][:_MOST]
    rows = -(-max(1, len(worst)) // _ACROSS)
    canvas = np.zeros((rows * (_CELL_PX + 16), _ACROSS * _CELL_PX), np.uint8)
    for place, index in enumerate(worst.tolist()):
        y, x = place // _ACROSS * (_CELL_PX + 16), place % _ACROSS * _CELL_PX
        canvas[y : y + 56, x : x + 56] = cv2.resize(glyphs[index], (56, 56))
        text = f"{_NAMES[source.labels[index]]}>{_NAMES[said[index]]} {100 * raw[index, said[index]]:.0f}"
        cv2.putText(canvas, text, (x, y + 70), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 255)
    return canvas, len(wrong)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("INKDIGITS_DATA"))
    parser.add_argument("--model", default=None)
    options = parser.parse_args()
    if options.data is None:
        parser.error("name the data folder: --data FOLDER or INKDIGITS_DATA")
    folder = Path("runs/mistakes")
    folder.mkdir(parents=True, exist_ok=True)
    classifier = Classifier(resolve_model(options.model), 2)
    for source in sources.sources(options.data, held_out=True):
        canvas, wrong = sheet(source, classifier)
        cv2.imwrite(str(folder / f"{source.name}.png"), canvas)
        kind = "read as digits" if (source.labels == REFUSED).all() else "wrong"
        print(
            f"{source.name}: {wrong} of {len(source.labels)} {kind}: {folder / source.name}.png"
        )


if __name__ == "__main__":
    main()
