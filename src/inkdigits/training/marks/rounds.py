"""Rounds of labelling: all real training pictures, with the current network."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from inkdigits.data.named import open_npz
from inkdigits.data.real_numbers import NumberPicture, load_numbers
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.network import MarksNetwork
from inkdigits.training.marks.labelling import blank_cells, label, words
from inkdigits.training.marks.mosaics import Crop, save_crops

# How often a picture of each set is drawn: the hard sets and the small ones more often.
_WEIGHTS = {
    "copiste": 1.6,
    "lectaurep": 1.0,
    "congo": 0.9,
    "old_hands": 1.0,
    "printed": 0.12,
}
_WORD_WEIGHT, _BLANK_WEIGHT = 0.35, 0.03


def label_all(
    data_dir: Path,
    network: Path,
    output: Path,
    say: Callable[[str], None] = print,
    glyphs: Path | None = None,
) -> None:
    """Writes the crops with accepted boxes, together with words and blank cells."""
    cv2.setNumThreads(1)
    run = MarksNetwork(network)
    names = GlyphNetwork(glyphs) if glyphs is not None else None
    crops: list[Crop] = []
    for name in ("copiste", "lectaurep", "congo", "old_hands", "printed"):
        pictures = (
            _printed(data_dir)
            if name == "printed"
            else load_numbers(name, "train", data_dir)
        )
        found = [
            crop
            for picture in pictures
            if (crop := label(picture, run, names)) is not None
        ]
        weights = Counter(crop.weight for crop in found)
        say(
            f"{name}: boxes of {len(found)} of {len(pictures)} pictures "
            f"({len(found) / len(pictures):.1%}), {dict(weights)}"
        )
        crops += [
            Crop(c.grey, c.marks, c.regions, c.tall_px, c.weight * _WEIGHTS[name])
            for c in found
        ]
    for name in ("copiste_words", "lectaurep_words"):
        crops += words(load_numbers(name, "train", data_dir), _WORD_WEIGHT)
    crops += blank_cells(_sudoku(data_dir, blank=True), _BLANK_WEIGHT)
    save_crops(output, crops)


def _sudoku(
    data_dir: Path, *, blank: bool
) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    arrays = open_npz(data_dir / "sudoku_cells/sudoku_cells.npz")
    pictures: np.ndarray[tuple[int, ...], np.dtype[np.uint8]] = arrays["images"][
        (arrays["labels"] == 0) == blank
    ]
    return pictures if pictures.mean() > 128 else 255 - pictures


def _printed(data_dir: Path) -> list[NumberPicture]:
    arrays = open_npz(data_dir / "sudoku_cells/sudoku_cells.npz")
    labels = arrays["labels"][arrays["labels"] != 0]
    pictures = _sudoku(data_dir, blank=False)
    # One of eight is enough: they are of a few founts.
    return [
        NumberPicture(pictures[i], (str(labels[i]),), str(labels[i]), "")
        for i in range(0, len(labels), 8)
    ]
