"""A folder with a folder per digit."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from inkdigits.data.dataset import Dataset
from inkdigits.errors import DataError, PictureError
from inkdigits.reading.glyphs import SIZE_PX, frame
from inkdigits.reading.ink import find_ink
from inkdigits.reading.input.pictures import open_grey

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
    images = framed_pictures([path for path, _ in pictures])
    sources = tuple(str(path) for path, _ in pictures)
    return Dataset(
        folder.name, split, images, np.array([digit for _, digit in pictures]), sources
    )


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


def framed_pictures(paths: Sequence[Path | bytes]) -> npt.NDArray[np.uint8]:
    """Each picture down the reader's own road to its glyph."""
    glyphs = np.zeros((len(paths), SIZE_PX, SIZE_PX), np.uint8)
    for index, path in enumerate(paths):
        try:
            glyphs[index] = frame(find_ink(open_grey(path)))
        except PictureError as error:
            raise DataError(
                f"{error} (among the pictures of the data set: remove or repair it)"
            ) from None
    return glyphs


def _roots(folder: Path, split: str) -> list[Path]:
    found = {
        part: next((folder / name for name in names if (folder / name).is_dir()), None)
        for part, names in _SPLIT_NAMES.items()
    }
    if split != "all" and found[split]:
        return [folder / str(found[split].name)]  # type: ignore[union-attr]
    inner = [path for path in found.values() if path]
    return inner if inner and split == "all" else [folder]
