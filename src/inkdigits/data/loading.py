"""One function that turns any `--data` into images and labels."""

import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from inkdigits.data import catalog, corrections, files, folder, mnist, named
from inkdigits.data.dataset import Dataset
from inkdigits.errors import DataError, SettingError

DATA_VARIABLE = "INKDIGITS_DATA"
CACHE_VARIABLE = "INKDIGITS_CACHE"
SPLITS = ("train", "test", "all")


def load(
    source: str | Path, *, split: str = "all", data_dir: str | Path | None = None
) -> Dataset:
    """Load a data set by its name, or from a folder or file.

    It may be a folder with one subfolder per digit, a CSV of files and labels, IDX
    files or an .npz file. "corrections" are those stored by the service in its
    database.

    Named sets are looked for in `data_dir`, else in the folder that INKDIGITS_DATA
    names, else in the user's cache; MNIST is downloaded there. A source without its own
    split gives the same pictures for every `split`.
    """
    if split not in SPLITS:
        raise SettingError(f"split is {split!r}: choose train, test or all")
    path = Path(source).expanduser()
    if str(source) == corrections.NAME and not path.exists():
        return corrections.from_store(split)
    if catalog.find(str(source)) is None and path.exists():
        return load_path(path, split)
    entry = catalog.info(str(source))
    if entry.name == "mnist":
        return _load_mnist(data_folder(data_dir) / entry.file, split)
    if entry.name == "digits8x8":
        return named.digits8x8(split)
    where = data_folder(data_dir) / entry.file
    if not where.exists():
        raise DataError(
            f"{entry.name} is not at {where}: name its folder with --data-dir or {DATA_VARIABLE}"
        )
    return named.from_npz(entry, where, split)


def load_path(path: Path, split: str) -> Dataset:
    """Pictures and labels from the user's own file or folder."""
    if path.is_dir():
        return (
            files.from_idx_folder(path, split)
            if files.is_idx_folder(path)
            else folder.from_folder(path, split)
        )
    if path.suffix == ".npz":
        return files.from_npz(path, split)
    if path.suffix == ".csv":
        return files.from_csv(path)
    if "images" in path.name and "ubyte" in path.name:
        return files.from_idx(path)
    raise DataError(
        f"{path} is not a data set: give a folder with one subfolder per digit, a .csv, "
        "an .npz or IDX images"
    )


def data_folder(data_dir: str | Path | None = None) -> Path:
    """The folder of named sets, to which MNIST is downloaded."""
    if data_dir is not None:
        return Path(data_dir).expanduser()
    if named_folder := os.environ.get(DATA_VARIABLE):
        return Path(named_folder).expanduser()
    if cache := os.environ.get(CACHE_VARIABLE):
        return Path(cache).expanduser() / "data"
    # Imported only where it is needed: a named folder needs no look-up.
    from platformdirs import user_cache_path

    return user_cache_path("inkdigits") / "data"


def _load_mnist(where: Path, split: str) -> Dataset:
    parts = [
        mnist.load_split(where, name_of_split)
        for name_of_split in (("train", "test") if split == "all" else (split,))
    ]
    images, labels = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Dataset("mnist", split, images, labels)


def is_here(entry: catalog.SetInfo, data_dir: str | Path | None = None) -> bool:
    """Whether a named set can be loaded without a network."""
    if not entry.file:
        return find_spec("sklearn") is not None
    where = data_folder(data_dir) / entry.file
    return any(where.glob("train-images*")) if entry.name == "mnist" else where.exists()
