"""Pictures of real numbers whose text is known, but not where each digit is.

    load_numbers("copiste", "train", data_dir) → [NumberPicture, …]

No writer, page or station is in two parts. `number_splits.json` lists those for
validation and testing; all others are for training.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.data.named import open_npz
from inkdigits.errors import DataError, SettingError

Grey = npt.NDArray[np.uint8]
PARTS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class NumberPicture:
    """One picture, with bright paper.

    `digits` are the readings that count as right, "" for a non-number. `signs` is the
    text as transcribed.

    `cell` is the part of the picture that the text describes, as shares of its sides
    (left, top, right, bottom). The text of the neighbours around it is not known.
    """

    grey: Grey
    digits: tuple[str, ...]
    signs: str
    group: str
    cell: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)

    def cut(self) -> Grey:
        """The cell alone."""
        height, width = self.grey.shape
        # Shares of the picture's sides.
        left, top, right, bottom = self.cell
        first_row = round(top * height)
        last_row = round(bottom * height)
        first_column = round(left * width)
        last_column = round(right * width)
        return self.grey[first_row:last_row, first_column:last_column]


@dataclass(frozen=True, slots=True)
class _Source:
    file: str
    group: str  # the array that says who wrote it, or on which page or station
    signs: str | None  # the array with the text as written
    digits: str | None  # the array with its digits; None if none shows a number
    cell: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)


# The cell is the same share of each picture of a set.
SOURCES = {
    "copiste": _Source("copiste/copiste.npz", "writer", "label", "digits"),
    "copiste_words": _Source("copiste/copiste_words.npz", "writer", "label", None),
    "lectaurep": _Source("lectaurep/lectaurep.npz", "page", "label", "digits"),
    "lectaurep_words": _Source("lectaurep/lectaurep_words.npz", "page", "label", None),
    "congo": _Source(
        "congo_cells/congo_cells.npz",
        "station",
        "value",
        "digits",
        (0.20, 0.28, 0.76, 0.74),
    ),
    "old_hands": _Source("old_hands/old_hands.npz", "page", "label", "digits"),
}


def load_numbers(name: str, part: str, data_dir: Path) -> list[NumberPicture]:
    """The pictures of one part of a set.

    Pictures on which a check disagrees with the transcriber are left out: three in ten
    of their labels are wrong.
    """
    if name not in SOURCES:
        raise DataError(
            f"there is no set of numbers {name!r}: the names are {', '.join(SOURCES)}"
        )
    if part not in PARTS:
        raise SettingError(f"part is {part!r}: choose {', '.join(PARTS)}")
    source = SOURCES[name]
    path = data_dir / source.file
    if not path.exists():
        raise DataError(
            f"{name} is not at {path}: name its folder with --data-dir or INKDIGITS_DATA"
        )
    return list(_pictures(source, name, open_npz(path), part))


def _pictures(
    source: _Source, name: str, arrays: dict[str, npt.NDArray[np.generic]], part: str
) -> Iterator[NumberPicture]:
    groups = arrays[source.group].astype(str)
    keep = part_of(name, groups) == part
    # Texts that a second reading disagreed with are often wrong.
    if "agrees" in arrays:
        keep &= arrays["agrees"].astype(bool)
    offset = arrays["offset"]
    jpeg = arrays["jpeg"]
    for index in np.flatnonzero(keep):
        # All pictures of a set are concatenated in one array.
        grey = cv2.imdecode(
            jpeg[offset[index] : offset[index + 1]].astype(np.uint8),
            cv2.IMREAD_GRAYSCALE,
        )
        digits = (
            tuple(str(arrays[source.digits][index]).split("|"))
            if source.digits
            else ("",)
        )
        signs = str(arrays[source.signs][index]) if source.signs else ""
        yield NumberPicture(
            np.asarray(grey, np.uint8), digits, signs, str(groups[index]), source.cell
        )


def runs(text: str) -> set[str]:
    """The numbers that a line may hold: each run of its words, joined.

    Spaces in the text are wide gaps.
    """
    words = text.split()
    return {
        "".join(words[start:end])
        for start in range(len(words))
        for end in range(start + 1, len(words) + 1)
    }


def part_of(name: str, groups: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    """The part of each group."""
    held_out = _splits()[name.removesuffix("_words")]
    names = np.full(len(groups), "train", dtype="<U10")
    for held in ("validation", "test"):
        names[np.isin(groups, held_out[held])] = held
    return names


@cache
def _splits() -> dict[str, dict[str, list[str]]]:
    """For each set, the groups that are held out of training."""
    path = Path(__file__).parent / "number_splits.json"
    text = path.read_text("utf-8")
    splits: dict[str, dict[str, list[str]]] = json.loads(text)
    return splits
