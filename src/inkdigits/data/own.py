"""A user's own pictures: what cannot be used is named and left out, not fatal."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inkdigits.data import catalog, files, folder
from inkdigits.data.dataset import Dataset
from inkdigits.data.loading import load
from inkdigits.errors import DataError, PictureError
from inkdigits.reading.input.pages import Grey


@dataclass(frozen=True, slots=True)
class Unusable:
    """A file that is not a picture, or that contains no ink."""

    file: str
    reason: str


def load_own(
    source: str | Path, *, split: str = "all", data_dir: str | Path | None = None
) -> tuple[Dataset, list[Unusable]]:
    """Like `load`, but files that are not pictures or contain no ink are returned separately."""
    path = Path(source).expanduser()
    is_named = catalog.find(str(source)) is not None
    if not is_named and path.is_dir() and not files.is_idx_folder(path):
        return _from_folder(path, split)
    dataset = load(source, split=split, data_dir=data_dir)
    return _without_blanks(dataset)


def _from_folder(path: Path, split: str) -> tuple[Dataset, list[Unusable]]:
    listed = folder.listed(path, split)
    glyphs: list[Grey] = []
    usable: list[tuple[Path, int]] = []
    unusable = []
    found = folder.glyphs_of(file for file, _ in listed)
    for (file, digit), glyph in zip(listed, found, strict=True):
        if isinstance(glyph, PictureError):
            unusable.append(Unusable(str(file), str(glyph).removeprefix(f"{file} ")))
        else:
            glyphs.append(glyph)
            usable.append((file, digit))
    if not usable:
        raise DataError(
            f"none of the {len(unusable)} files in {path} is a picture: "
            f"expected {path}/7/picture.png and so on"
        )
    labels = np.array([digit for _, digit in usable])
    dataset = Dataset(
        path.name,
        split,
        np.stack(glyphs),
        labels,
        tuple(str(file) for file, _ in usable),
    )
    inked, blanks = _without_blanks(dataset)
    return inked, unusable + blanks


def _without_blanks(dataset: Dataset) -> tuple[Dataset, list[Unusable]]:
    """The samples with ink, and apart from them those without."""
    has_ink = dataset.images.any(axis=(1, 2))
    # Some blank pictures are left out; nothing but blanks is a mistake.
    if not has_ink.any():
        raise DataError(
            f"no picture of {dataset.name} contains ink: expected one digit per picture"
        )
    if has_ink.all():
        return dataset, []
    blanks = [
        Unusable(name_of(dataset, index), "contains no ink")
        for index in np.flatnonzero(~has_ink).tolist()
    ]
    return dataset.take(np.flatnonzero(has_ink)), blanks


def name_of(dataset: Dataset, index: int) -> str:
    """A sample's file, or its number where it has none."""
    if dataset.sources:
        return dataset.sources[index]
    return f"no. {index}"
