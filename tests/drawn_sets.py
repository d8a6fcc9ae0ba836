"""A folder with a drawn set in the place of each named one, for tests that need some data and not the real one."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from idx_files import write_idx
from inkdigits.data.catalog import SETS, SetInfo
from inkdigits.reading.glyphs import frame
from inkdigits.reading.marks.whole import all_ink
from inkdigits.synthesis import drawn

# Enough for every group to have some: sets are split by every fifth writer, file or letter.
_EACH = 5
_SIZE_PX = 40
_SIGNS = "0123456789"


def write_sets(folder: Path) -> dict[str, str]:
    """Write all of them; gives the digests of the MNIST that is drawn."""
    for entry in SETS.values():
        if entry.file.endswith(".npz"):
            path = folder / entry.file
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(path, **_arrays(entry))  # type: ignore[arg-type]
    return _write_mnist(folder / SETS["mnist"].file)


def _write_mnist(folder: Path) -> dict[str, str]:
    folder.mkdir(parents=True)
    digests = {}
    for part, each, first_seed in (("train", 20, 100), ("t10k", 10, 300)):
        images, labels = _pictures(_SIGNS, each, first_seed)
        glyphs = np.stack([frame(all_ink(255 - image)) for image in images])
        for kind, array in (
            ("images-idx3-ubyte", glyphs),
            ("labels-idx1-ubyte", labels.astype(np.uint8)),
        ):
            path = write_idx(folder / f"{part}-{kind}", array, packed=False)
            digests[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return digests


def _arrays(entry: SetInfo) -> dict[str, npt.NDArray[Any]]:
    """Ink high, as the real files have it; two writers or files share each sign."""
    images, labels = _pictures(
        _SIGNS if entry.digits else drawn.LETTERS, _EACH, first_seed=len(entry.name)
    )
    group = np.arange(len(labels)) % 10
    return {"images": images, "labels": labels, "writer": group, "source_file": group}


def _pictures(
    signs: str, each: int, first_seed: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[Any]]:
    """So many pictures of each sign by a wavering hand, in turn."""
    text = signs * each
    pages = [
        drawn.draw_sign(
            sign,
            size_px=_SIZE_PX,
            height=0.7,
            stroke_px=3,
            ink=0,
            paper=255,
            seed=first_seed + number,
        )
        for number, sign in enumerate(text)
    ]
    labels = np.array([int(sign) for sign in text] if signs.isdigit() else list(text))
    return np.stack([255 - np.asarray(page, np.uint8) for page in pages]), labels
