"""MNIST's own file format, plain or gzipped."""

import gzip
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.errors import DataError

# The largest set in this format (EMNIST by class) has 0.55 GB of images.
MOST_BYTES = 2**31
# The first four bytes of such files: unsigned bytes, and three dimensions or one.
_IMAGES_MAGIC, _LABELS_MAGIC = 2051, 2049


def read_content(path: Path, most: int = MOST_BYTES) -> bytes:
    """The file's bytes, unpacked if they are gzipped; more than `most` are never unpacked."""
    try:
        with path.open("rb") as file:
            is_packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if is_packed else path.open("rb") as file:
            # A byte more than may be tells a file of that size from a larger one.
            content = file.read(most + 1)
        if len(content) > most:
            raise DataError(
                f"{path} holds more than {most:,} bytes: delete it and download it again"
            )
        return content
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error) or "it ends early"
        raise DataError(
            f"{path} cannot be unpacked ({reason}): delete it and download it again"
        ) from None


def parse_idx(content: bytes, name: str) -> npt.NDArray[Any]:
    """The array in an IDX file of images or labels."""
    magic = int.from_bytes(content[:4], "big")
    if magic not in (_IMAGES_MAGIC, _LABELS_MAGIC):
        raise DataError(
            f"{name} is not an IDX file of images or labels (magic {magic}, expected 2051 or 2049)"
        )
    dimensions = content[3]
    header = 4 + 4 * dimensions
    shape = tuple(
        int.from_bytes(content[4 + 4 * axis : 8 + 4 * axis], "big")
        for axis in range(dimensions)
    )
    expected = header + int(np.prod(shape, dtype=np.int64))
    if len(content) != expected:
        raise DataError(
            f"{name} has {len(content):,} bytes, its header says {expected:,}: download it again"
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def read_idx(path: Path) -> npt.NDArray[Any]:
    """The array of an IDX file, which may be gzipped."""
    content = read_content(path)
    return parse_idx(content, str(path))


def labels_beside(images: Path) -> Path:
    """The file of labels that goes with a file of images."""
    name = images.name.replace("images", "labels").replace("idx3", "idx1")
    bare = name.removesuffix(".gz")
    for candidate in (name, bare, bare + ".gz"):
        if candidate != images.name and (images.parent / candidate).exists():
            return images.parent / candidate
    raise DataError(f"{images} has no label file next to it: expected {name}")
