"""MNIST, from the data folder or downloaded once from a public mirror.

Its content is verified by SHA-256.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.data.idx import parse_idx, read_content
from inkdigits.errors import DataError, DownloadError

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
MIRRORS_VARIABLE = "INKDIGITS_MNIST_MIRRORS"
# SHA-256 of the unpacked files, because mirrors compress them differently.
CONTENT = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}

# The largest file has 47 MB unpacked. Anything larger, packed or unpacked, is rejected.
_MOST_BYTES = 64 * 1024 * 1024


def load_split(
    folder: Path, split: str, *, download: bool = True
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Images and labels of `train` or `test`."""
    stem = "train" if split == "train" else "t10k"
    paths = [
        locate(folder, f"{stem}-{kind}", download=download)
        for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")
    ]
    images, labels = (parse_idx(checked_content(path), str(path)) for path in paths)
    return images, labels.astype(np.int64)


def locate(folder: Path, name: str, *, download: bool = True) -> Path:
    """The file in `folder`, plain or gzipped; downloaded if it is not there."""
    packed = f"{name}.gz"
    # Compressed files first, because downloads are compressed.
    for candidate in (folder / packed, folder / name):
        if candidate.exists():
            return candidate
    if not download:
        raise DataError(f"{folder} has no {name}: inkdigits data get mnist")
    addresses = mirrors()
    return fetch(folder, packed, addresses)


def mirrors() -> tuple[str, ...]:
    """The mirrors, in the order in which they are tried.

    The variable INKDIGITS_MNIST_MIRRORS (separated by spaces) names others.
    """
    named = os.environ.get(MIRRORS_VARIABLE, "").split()
    return tuple(named) or MIRRORS


def checked_content(path: Path) -> bytes:
    content = read_content(path, _MOST_BYTES)
    wanted = CONTENT[path.name.removesuffix(".gz")]
    if hashlib.sha256(content).hexdigest() != wanted:
        raise DataError(
            f"{path} is not MNIST's file (SHA-256 differs): "
            "delete it and download it again"
        )
    return content


def fetch(folder: Path, name: str, places: Sequence[str]) -> Path:
    """Download from the first mirror that has the right content.

    A file gets its name only when it is complete and checked.
    """
    import pooch

    pooch.get_logger().setLevel("ERROR")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"{folder} cannot be made ({error.strerror}): name another with --data-dir"
        ) from None
    failures = []
    for place in places:
        unfinished = folder / f".{name}.{os.getpid()}.part"
        bar = _Bar(name, _MOST_BYTES)
        try:
            pooch.HTTPDownloader(progressbar=bar, timeout=20)(
                place.rstrip("/") + "/" + name, str(unfinished), None
            )
            _check_part(unfinished, name)
            unfinished.replace(folder / name)
        except (OSError, ValueError, DataError) as error:
            failures.append(f"{place}: {_reason(error)}")
        else:
            return folder / name
        finally:
            bar.close()
            unfinished.unlink(missing_ok=True)
    raise DownloadError(
        f"{name} could not be downloaded ({'; '.join(failures)}): "
        f"check the network, or put the file into {folder} by hand"
    )


def _check_part(part: Path, name: str) -> None:
    """Refuse a download that is not the file it should be."""
    content = read_content(part, _MOST_BYTES)
    # Of the content, because mirrors compress the same file differently.
    digest = hashlib.sha256(content).hexdigest()
    wanted = CONTENT[name.removesuffix(".gz")]
    if digest != wanted:
        raise DataError("its content is not that of MNIST")


def _reason(error: Exception) -> str:
    """An error's first line if it is short enough to show, else its type."""
    message = str(error)
    first_line = message.splitlines()[0] if message else ""
    if 0 < len(first_line) <= 120:
        return first_line
    return type(error).__name__


class _Bar:
    """A progress bar for pooch, drawn by rich.

    It aborts a download that is larger than MNIST can be.
    """

    def __init__(self, name: str, most: int) -> None:
        """A bar without a total, until pooch sets one."""
        from rich.console import Console
        from rich.progress import Progress

        self.total = 0
        self._most = most
        self._got = 0
        self._progress = Progress(console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task(f"getting {name}", total=None)

    def update(self, count: int) -> None:
        self._got += count
        if self._got > self._most:
            raise DataError(f"it sends more than {self._most:,} bytes")
        self._progress.start()
        self._progress.update(self._task, advance=count, total=self.total or None)

    def reset(self) -> None:
        self._got = 0
        self._progress.reset(self._task)

    def close(self) -> None:
        self._progress.stop()
