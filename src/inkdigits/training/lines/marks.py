"""What stands between numbers and is no digit: dashes, dots, commas, slashes, brackets, signs."""

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Rng = np.random.Generator
KINDS = ("dash", "dot", "comma", "slash", "open", "close", "plus", "colon", "equals", "gap")
_ODDS = np.array([6, 4, 4, 3, 2, 2, 1, 1, 1, 4], float)


def drawn(rng: Rng, size: int) -> tuple[Grey, float]:
    """One mark in white on black, for digits of some size; and how far below a digit's top it begins, in such sizes."""
    kind = KINDS[int(rng.choice(len(KINDS), p=_ODDS / _ODDS.sum()))]
    pen = max(1, round(size * rng.uniform(0.05, 0.15)))
    if kind == "gap":
        return np.zeros((1, round(size * rng.uniform(0.3, 2.5))), np.uint8), 0.0
    if kind in ("dash", "equals"):
        return _dash(rng, size, pen, twice=kind == "equals")
    if kind in ("dot", "colon"):
        return _dot(size, pen, twice=kind == "colon")
    if kind == "plus":
        return _plus(rng, size, pen)
    return _leaning(rng, size, pen, kind)


def _dash(rng: Rng, size: int, pen: int, *, twice: bool) -> tuple[Grey, float]:
    width = round(size * rng.uniform(0.25, 0.7))
    canvas = np.zeros((2 * pen + round(0.5 * size), width + 2 * pen), np.uint8)
    for y in (pen, pen + round(0.3 * size))[: 1 + twice]:
        end = (width, min(canvas.shape[0] - 1, max(0, y + int(rng.integers(-2, 3)))))
        cv2.line(canvas, (pen, y), end, 255, pen, cv2.LINE_AA)
    return canvas, rng.uniform(0.3, 0.6)


def _dot(size: int, pen: int, *, twice: bool) -> tuple[Grey, float]:
    canvas = np.zeros((round(0.7 * size), 2 * pen + 2), np.uint8)
    low = canvas.shape[0] - pen - 1
    for y in (low, low - round(0.4 * size))[: 1 + twice]:
        cv2.circle(canvas, (pen, y), max(1, round(0.7 * pen)), 255, -1, cv2.LINE_AA)
    return canvas, 0.35


def _plus(rng: Rng, size: int, pen: int) -> tuple[Grey, float]:
    side = round(size * rng.uniform(0.4, 0.7))
    canvas = np.zeros((side + 2 * pen, side + 2 * pen), np.uint8)
    middle = side // 2 + pen
    cv2.line(canvas, (pen, middle), (side + pen, middle), 255, pen, cv2.LINE_AA)
    cv2.line(canvas, (middle, pen), (middle, side + pen), 255, pen, cv2.LINE_AA)
    return canvas, 0.2


def _leaning(rng: Rng, size: int, pen: int, kind: str) -> tuple[Grey, float]:
    """A slash, a comma or a bracket: one bowed line from top to bottom."""
    tall = size * (rng.uniform(0.2, 0.4) if kind == "comma" else rng.uniform(1.2, 1.6))
    lean = tall * (rng.uniform(0.25, 0.7) if kind == "slash" else rng.uniform(0.0, 0.4) if kind == "comma" else 0.0)
    bow = {"open": 0.22, "close": -0.22}.get(kind, 0.0) * tall * rng.uniform(0.6, 1.3)
    canvas = np.zeros((round(tall) + 2 * pen, round(lean + abs(bow)) + 3 * pen), np.uint8)
    share = np.linspace(0, 1, 14)
    x = pen + lean * (1 - share) + (bow * (2 * share - 1) ** 2 if bow > 0 else -bow * (1 - (2 * share - 1) ** 2))
    points = np.stack([x, pen + tall * share], axis=1)
    cv2.polylines(canvas, [np.round(points * 16).astype(np.int32)], False, 255, pen, cv2.LINE_AA, 4)
    return canvas, rng.uniform(0.75, 0.9) if kind == "comma" else rng.uniform(-0.3, -0.1)
