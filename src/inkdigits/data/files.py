"""Data sets in one file: .npz, CSV, IDX."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.data.dataset import Dataset
from inkdigits.data.folder import framed_pictures
from inkdigits.data.idx import labels_beside, read_idx
from inkdigits.data.named import open_npz
from inkdigits.errors import DataError
from inkdigits.reading.glyphs import SIZE_PX, frame
from inkdigits.reading.marks.whole import all_ink

_NPZ_KEYS = {"train": ("x_train", "y_train"), "test": ("x_test", "y_test")}
_PIXELS = SIZE_PX * SIZE_PX


def is_idx_folder(folder: Path) -> bool:
    return any(folder.glob("*-images-idx3-ubyte*")) or any(
        folder.glob("*-images.idx3-ubyte*")
    )


def from_idx_folder(folder: Path, split: str) -> Dataset:
    """The IDX files of a split, under the names that MNIST and EMNIST give them."""
    beginnings = {"train": ("train",), "test": ("t10k", "test"), "all": ("",)}[split]
    paths = []
    for path in sorted(folder.glob("*images*idx3-ubyte*")):
        if path.name.startswith(beginnings):
            paths.append(path)
    if not paths:
        raise DataError(
            f"{folder} has no IDX images of the {split} split: "
            f"expected {beginnings[0]}-images-idx3-ubyte.gz"
        )
    # One file, or those of training and test one after the other.
    pairs = [_idx_arrays(path) for path in paths]
    images = np.concatenate([images for images, _ in pairs])
    labels = np.concatenate([labels for _, labels in pairs])
    return Dataset(folder.name, split, images, labels)


def from_idx(path: Path) -> Dataset:
    """All samples of a pair of IDX files, named by the one with the pictures."""
    images, labels = _idx_arrays(path)
    return Dataset(path.name, "all", images, labels)


def _idx_arrays(path: Path) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    images = read_idx(path)
    labels = read_idx(labels_beside(path)).astype(np.int64)
    if len(images) != len(labels):
        raise DataError(
            f"{path} has {len(images)} images, its labels are {len(labels)}: "
            "the two files do not match"
        )
    return as_glyphs(images, str(path)), labels


def from_npz(path: Path, split: str) -> Dataset:
    """Keras's x_train, y_train, x_test, y_test; or images and labels (x and y)."""
    arrays = open_npz(path)
    parts = []
    for pair, (x, y) in _NPZ_KEYS.items():
        if x in arrays and y in arrays and split in (pair, "all"):
            parts.append((arrays[x], arrays[y]))
    # A file without splits is all of one split, whichever is asked for.
    for x, y in (("images", "labels"), ("x", "y")):
        if not parts and x in arrays and y in arrays:
            parts.append((arrays[x], arrays[y]))
    if not parts:
        raise DataError(
            f"{path} holds {', '.join(arrays)}: expected x_train and y_train, or images and labels"
        )
    images = np.concatenate([as_glyphs(pair[0], str(path)) for pair in parts])
    labels = np.concatenate([_plain_labels(pair[1], path) for pair in parts])
    return Dataset(path.stem, split, images, labels)


def as_glyphs(images: npt.NDArray[Any], name: str) -> npt.NDArray[np.uint8]:
    """Images of any size → 28×28; what is 28×28 already stays as it is, ink high."""
    if images.ndim == 4 and images.shape[-1] == 1:
        images = images[..., 0]
    if images.ndim != 3:
        raise DataError(
            f"{name} has images of shape {images.shape}: expected (N, height, width)"
        )
    if images.dtype != np.uint8:
        top = float(images.max()) if images.size else 0.0
        images = (
            np.round(images * (255.0 if top <= 1 else 1.0))
            .clip(0, 255)
            .astype(np.uint8)
        )
    if images.shape[1:] == (SIZE_PX, SIZE_PX):
        return images
    return np.stack([frame(all_ink(image)) for image in images])


def _plain_labels(labels: npt.NDArray[Any], path: Path) -> npt.NDArray[np.int64]:
    if labels.ndim == 2 and labels.shape[1] == 10:
        labels = labels.argmax(axis=1)
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.number):
        raise DataError(
            f"{path} has labels of shape {labels.shape}, {labels.dtype}: "
            "expected one digit per picture"
        )
    return labels.astype(np.int64)


def from_csv(path: Path) -> Dataset:
    """`file,label` a row (files relative to the CSV), or Kaggle's `label,pixel0,…,pixel783`."""
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a CSV that can be read ({error})") from None
    if len(rows) < 2:
        raise DataError(
            f"{path} has no rows: expected a header `file,label` and one row per picture"
        )
    header = [name.strip().lower() for name in rows[0]]
    if len(header) == _PIXELS + 1 and "label" in header:
        return _from_pixel_rows(path, header.index("label"), rows[1:])
    if "file" not in header or "label" not in header:
        raise DataError(
            f"{path} has the columns {', '.join(header[:6])}: expected file and label"
        )
    return _from_file_rows(path, header.index("file"), header.index("label"), rows[1:])


def _from_file_rows(
    path: Path, file: int, label: int, rows: list[list[str]]
) -> Dataset:
    """Rows that name a picture each; `file` and `label` are the places of the two columns."""
    pictures = []
    labels = []
    # Counted as an editor counts, after the row with the names.
    for number, row in enumerate(rows, start=2):
        if not row:
            continue
        is_whole = len(row) > max(file, label)
        if not is_whole or not row[label].strip().isdigit():
            shown = ",".join(row)[:60]
            raise DataError(
                f"{path} line {number}: expected a file and a digit, got {shown!r}"
            )
        # Names are relative to the file that lists them.
        pictures.append(path.parent / row[file].strip())
        labels.append(int(row[label]))
    images = framed_pictures(pictures)
    sources = tuple(str(picture) for picture in pictures)
    return Dataset(path.stem, "all", images, np.array(labels), sources)


def _from_pixel_rows(path: Path, label: int, rows: list[list[str]]) -> Dataset:
    """Rows of a label and all pixels; `label` is the place of its column."""
    filled = [row for row in rows if row]
    try:
        table = np.array(filled, dtype=np.int64)
    except ValueError as error:
        reason = str(error)[:60]
        raise DataError(
            f"{path} has a row that is not {_PIXELS + 1} whole numbers ({reason})"
        ) from None
    labels = table[:, label]
    pixels = np.delete(table, label, axis=1)
    # Some files hold shades a little beyond black or white.
    shades = pixels.clip(0, 255).astype(np.uint8)
    images = shades.reshape(-1, SIZE_PX, SIZE_PX)
    return Dataset(path.stem, "all", images, labels)
