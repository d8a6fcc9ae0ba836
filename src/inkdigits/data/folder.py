"""A folder with a folder per digit."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt

from inkdigits.data.dataset import Dataset
from inkdigits.errors import DataError, PictureError
from inkdigits.machine import cores
from inkdigits.reading.glyphs import SIZE_PX
from inkdigits.reading.input.pages import Grey
from inkdigits.reading.reader import Reader

_SPLIT_NAMES = {
    "train": ("train", "training"),
    "test": ("test", "testing", "val", "validation"),
}
_DIGITS = tuple("0123456789")


def from_folder(folder: Path, split: str) -> Dataset:
    """FOLDER/7/any-name.png is a 7.

    With FOLDER/train and FOLDER/test, `split` chooses between them.
    """
    pictures = listed(folder, split)
    paths = [path for path, _ in pictures]
    labels = np.array([digit for _, digit in pictures])
    images = framed_pictures(paths)
    sources = tuple(str(path) for path in paths)
    return Dataset(folder.name, split, images, labels, sources)


def listed(folder: Path, split: str) -> list[tuple[Path, int]]:
    """The folder's files, each with the digit its folder is named after."""
    pictures = [
        (path, int(digit))
        for root in _roots(folder, split)
        for digit in _DIGITS
        if (root / digit).is_dir()
        for path in sorted((root / digit).iterdir())
        if path.is_file() and not path.name.startswith(".")
    ]
    if not pictures:
        raise DataError(
            f"{folder} has no pictures in folders named 0 to 9: "
            f"expected {folder}/7/picture.png and so on"
        )
    return pictures


def glyphs_of(pictures: Iterable[Path | bytes]) -> Iterator[Grey | PictureError]:
    """What the reader cuts out of each picture, or why there is none.

    A network must learn what it will see.
    """
    reader = Reader()

    def glyph(picture: Path | bytes) -> Grey | PictureError:
        try:
            return reader.glyph_to_learn(picture)
        except PictureError as error:
            return error

    with ThreadPoolExecutor(cores()) as pool:
        yield from pool.map(glyph, pictures)


def framed_pictures(pictures: Sequence[Path | bytes]) -> npt.NDArray[np.uint8]:
    """Each picture as a glyph; one that cannot be read is an error."""
    glyphs = np.zeros((len(pictures), SIZE_PX, SIZE_PX), np.uint8)
    for index, glyph in enumerate(glyphs_of(pictures)):
        if isinstance(glyph, PictureError):
            raise DataError(
                f"{glyph} (among the pictures of the data set: remove or repair it)"
            )
        glyphs[index] = glyph
    return glyphs


def _roots(folder: Path, split: str) -> list[Path]:
    """The folders of a split: those that hold one folder a digit."""
    split_folders: dict[str, Path] = {}
    for name_of_split, names in _SPLIT_NAMES.items():
        there = [folder / name for name in names if (folder / name).is_dir()]
        if there:
            split_folders[name_of_split] = there[0]
    if split in split_folders:
        return [split_folders[split]]
    if split == "all" and split_folders:
        return list(split_folders.values())
    return [folder]
