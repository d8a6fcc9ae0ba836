"""Pen strokes, drawn afresh: at any width, slant and jitter, so that a few thousand samples become endless."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.errors import DataError

Stroke = npt.NDArray[np.float32]
CANVAS_PX = 72
_INNER_PX = 44
_FRACTION_BITS = 4


def load_strokes(path: Path) -> list[list[Stroke]]:
    """Each sample's pen-down lines, as points scaled to a box one long, its corner at the origin."""
    try:
        with gzip.open(path, "rt") as file:
            samples: list[Any] = json.load(file)["strokes"]
    except (OSError, EOFError, ValueError, KeyError) as error:
        raise DataError(f"{path} holds no pen strokes that can be read ({error}): get it again") from None
    return [_unit([np.array(line, np.float32).reshape(-1, 2) for line in sample if line]) for sample in samples]


def _unit(lines: list[Stroke]) -> list[Stroke]:
    if not lines:
        return []
    points = np.concatenate(lines)
    low = points.min(axis=0)
    size = max(float((points.max(axis=0) - low).max()), 1e-6)
    return [(line - low) / size for line in lines]


def draw(lines: Sequence[Stroke], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """The strokes in white on a black canvas, with a pen, slant and hand of their own each time."""
    width = rng.choice([1.5, 2.5, 3.5, 4.5, 6.0, 8.0], p=[0.1, 0.2, 0.25, 0.2, 0.15, 0.1]) * rng.uniform(0.8, 1.2)
    slant = rng.normal(0, 0.12)
    squeeze = np.exp(rng.normal(0, 0.12, 2))
    matrix = np.array([[squeeze[0], slant], [0, squeeze[1]]], np.float32) * _INNER_PX
    placed = [line @ matrix.T + rng.normal(0, 0.35, line.shape) for line in lines]
    points = np.concatenate(placed) if placed else np.zeros((1, 2))
    low, high = points.min(axis=0), points.max(axis=0)
    scale = min(1.0, (CANVAS_PX - 12) / max(float((high - low).max()), 1e-6))
    offset = CANVAS_PX / 2 - scale * (low + high) / 2
    canvas = np.zeros((CANVAS_PX, CANVAS_PX), np.uint8)
    for line in placed:
        corners = np.round((line * scale + offset) * (1 << _FRACTION_BITS)).astype(np.int32)
        cv2.polylines(canvas, [corners], False, 255, max(1, round(width)), cv2.LINE_AA, _FRACTION_BITS)
    return canvas
