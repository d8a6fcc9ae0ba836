"""Pen strokes as points, from the files that hold them."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.errors import DataError

Stroke = npt.NDArray[np.float32]


def load_strokes(path: Path) -> list[list[Stroke]]:
    """Each sample's pen-down lines as points.

    They are scaled so that the longer side is 1 and the corner is at the origin.
    """
    try:
        with gzip.open(path, "rt") as file:
            samples: list[Any] = json.load(file)["strokes"]
    except (OSError, EOFError, ValueError, KeyError) as error:
        raise DataError(
            f"{path} holds no pen strokes that can be read ({error}): download it again"
        ) from None
    return [_unit(_lines(sample)) for sample in samples]


def _lines(sample: list[Any]) -> list[Stroke]:
    """A sample's lines as points, without empty ones."""
    lines = []
    for coordinates in sample:
        if coordinates:
            points = np.array(coordinates, np.float32)
            lines.append(points.reshape(-1, 2))
    return lines


def _unit(lines: list[Stroke]) -> list[Stroke]:
    if not lines:
        return []
    points = np.concatenate(lines)
    low = points.min(axis=0)
    size = max(float((points.max(axis=0) - low).max()), 1e-6)
    return [(line - low) / size for line in lines]
