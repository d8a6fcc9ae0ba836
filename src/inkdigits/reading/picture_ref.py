"""A result's reference to its picture, which never holds much memory.

A file is remembered by its path. Arrays, PIL images and bytes are kept where they are small, and
large arrays and images are available as long as something else keeps them alive
(docs/decisions/003-pictures-of-results.md).
"""

import os
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from inkdigits.reading.input.limits import Limits
from inkdigits.reading.input.sources import Source

# What is kept at most: a digit of MNIST as floats has 6 KiB, a drawing of 256×256 grey pixels 64
# KiB.
KEPT_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class PictureRef:
    """A picture that was read: its path, a small copy, or a weak reference.

    How it was opened is remembered too.
    """

    kept: Any
    elsewhere: "weakref.ref[Any] | None"
    limits: Limits
    pages: str | None = None
    dpi: int = 200

    @classmethod
    def to(
        cls, source: Source, limits: Limits, pages: str | None = None, dpi: int = 200
    ) -> "PictureRef":
        """How a source can be opened again, later."""
        source_or_path = _kept(source)
        # What is large is not kept alive by its result.
        elsewhere = _weak(source) if source_or_path is None else None
        return cls(source_or_path, elsewhere, limits, pages, dpi)

    @property
    def name(self) -> str:
        """The path of a file, "" for anything else."""
        if isinstance(self.kept, str):
            return self.kept
        return ""

    def source(self) -> Source | None:
        """The picture, to be opened again; None where it is gone."""
        if self.kept is not None:
            return self.kept
        return None if self.elsewhere is None else self.elsewhere()

    def __reduce__(self) -> tuple[type["PictureRef"], tuple[Any, ...]]:
        """Pickled, it knows what it keeps itself."""
        # A weak reference means nothing in another process.
        elsewhere = None
        arguments = (self.kept, elsewhere, self.limits, self.pages, self.dpi)
        return PictureRef, arguments


def _kept(source: Any) -> Any:
    """What is kept alive for a source, or None where it is too large."""
    if isinstance(source, str | Path):
        return os.fspath(source)
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source) if memoryview(source).nbytes <= KEPT_BYTES else None
    if isinstance(source, np.ndarray):
        # A copy: a view would hold all of what it is a part of, and buffers are used again.
        return source.copy() if source.nbytes <= KEPT_BYTES else None
    if isinstance(source, Image.Image):
        size = source.width * source.height * len(source.getbands())
        return source if size <= KEPT_BYTES else None
    return None


def _weak(source: Any) -> "weakref.ref[Any] | None":
    if hasattr(source, "read"):  # a stream has been read
        return None
    try:
        return weakref.ref(source)
    except TypeError:
        return None
