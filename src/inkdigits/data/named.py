"""The named sets other than MNIST: from their files to glyphs, labels and splits."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.data.catalog import SetInfo
from inkdigits.data.dataset import NOT_A_DIGIT, Dataset
from inkdigits.errors import DataError, MissingExtraError
from inkdigits.reading.glyphs import SIZE_PX, frame
from inkdigits.reading.marks.whole import all_ink

# Sets without a split of their own are split by who wrote: every fifth writer or file (in order of
# name) is for testing.
_GROUPS = {
    "unipen": "source_file",
    "letters": "source_file",
    "symbols": "source_file",
    "swiss": "writer",
    "omniglot": "labels",
}
_TEST_PARTS = {"test", "windep"}


def from_npz(entry: SetInfo, path: Path, split: str) -> Dataset:
    arrays = open_npz(path)
    keep = _in_split(entry, arrays, split)
    # Pictures of 28×28 pixels are ink already; in others it is found as in a user's picture.
    images = arrays["images28"] if "images28" in arrays else arrays["images"]
    if images.shape[1:] == (SIZE_PX, SIZE_PX):
        images = np.stack([frame(image) for image in images[keep]])
    else:
        images = np.stack([frame(all_ink(255 - image)) for image in images[keep]])
    labels = (
        arrays["labels"][keep].astype(np.int64)
        if entry.digits
        else np.full(len(images), NOT_A_DIGIT)
    )
    sources = tuple(arrays["fname"][keep].tolist()) if "fname" in arrays else None
    return Dataset(entry.name, split, images, labels, sources, entry.trainable)


def for_testing(groups: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which samples are kept for testing: those of every fifth writer or file, in order of name."""
    index: npt.NDArray[np.int64]
    _, index = np.unique(groups, return_inverse=True)
    return index % 5 == 4


def open_npz(path: Path) -> dict[str, npt.NDArray[Any]]:
    """All arrays of an .npz.

    A file that holds Python objects is refused, because loading those can run code.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            # Read here, while the file is open: it gives its arrays on demand.
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, AttributeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"{path} is not an .npz of plain arrays ({reason[:100]})"
        ) from None


def _in_split(
    entry: SetInfo, arrays: dict[str, npt.NDArray[Any]], split: str
) -> npt.NDArray[np.bool_]:
    count = len(arrays["labels"])
    if split == "all" or (entry.name not in _GROUPS and "split" not in arrays):
        return np.ones(count, bool)
    if "split" in arrays and len(np.unique(arrays["split"])) > 1:
        testing = np.isin(arrays["split"], list(_TEST_PARTS))
    elif entry.name in _GROUPS:
        testing = for_testing(arrays[_GROUPS[entry.name]])
    else:
        return np.ones(count, bool)
    return testing if split == "test" else ~testing


def digits8x8(split: str) -> Dataset:
    """scikit-learn's digits; the last 360 are for testing (its own order goes writer by writer)."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise MissingExtraError("the set digits8x8", "train") from None
    samples = {
        "train": slice(0, -360),
        "test": slice(-360, None),
        "all": slice(None),
    }[split]
    bunch = load_digits()
    images = np.stack([_enlarged(image) for image in bunch.images[samples]])
    labels = bunch.target[samples].astype(np.int64)
    return Dataset("digits8x8", split, images, labels)


def _enlarged(image: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """A digit of 8×8 pixels in 17 shades, as a glyph."""
    import cv2

    shades = np.minimum(image * 16, 255)
    ink = shades.astype(np.uint8)
    # Made larger first: framing looks for the ink's box, whole pixel by whole pixel.
    large = cv2.resize(ink, (40, 40), interpolation=cv2.INTER_CUBIC)
    return frame(np.asarray(large, np.uint8))
