"""What paper, pen, scanner and the cleaning of a page do to a row of ink, imitated."""

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Rng = np.random.Generator
_DISC = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))


def spoiled(ink: Grey, rng: Rng, size: int) -> Grey:
    """The row slanted, bent, written with another pen, crossed by rests of rules, broken, blurred; digits of about that size."""
    ink = _bent(_slanted(ink, rng), rng, size)
    if rng.random() < 0.45:
        ink = _other_pen(ink, rng)
    if rng.random() < 0.2:
        ink = _with_rules(ink, rng, size)
    if rng.random() < 0.12:
        ink = _cut_by_rule(ink, rng)
    if rng.random() < 0.12:
        ink = _specked(ink, rng, size)
    if rng.random() < 0.12:
        ink = _broken(ink, rng)
    if rng.random() < 0.3:
        ink = _coarse(ink, rng, size)
    if rng.random() < 0.5:
        ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.4, 1.6)), np.uint8)
    return np.asarray(np.minimum(ink.astype(np.float32) * rng.uniform(1.0, 1.4), 255), np.uint8)


def _slanted(ink: Grey, rng: Rng) -> Grey:
    slant, turn = rng.normal(0, 0.17), np.deg2rad(rng.normal(0, 1.5))
    height, width = ink.shape
    drop = round(abs(turn) * width) + 8
    side = round(abs(slant) * height) + 4
    matrix = np.array([[1, -slant, side + slant * height / 2], [turn, 1, 4 - min(0.0, turn) * width]])
    return np.asarray(cv2.warpAffine(ink, matrix, (width + 2 * side, height + drop), flags=cv2.INTER_LINEAR), np.uint8)


def _bent(ink: Grey, rng: Rng, size: int) -> Grey:
    if rng.random() < 0.4:
        return ink
    height, width = ink.shape
    knots = (max(3, round(width / (0.7 * size))), max(3, round(height / (0.7 * size))))
    strength = size * rng.uniform(0.01, 0.05)
    shift = [
        cv2.resize(rng.normal(0, strength, knots[::-1]).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        for _ in range(2)
    ]
    x = np.arange(width, dtype=np.float32)[None, :] + shift[0]
    y = np.arange(height, dtype=np.float32)[:, None] + shift[1]
    return np.asarray(cv2.remap(ink, x, y, cv2.INTER_LINEAR), np.uint8)


def _other_pen(ink: Grey, rng: Rng) -> Grey:
    if rng.random() < 0.55:
        return np.asarray(cv2.dilate(ink, _DISC), np.uint8)
    thinner = np.asarray(cv2.erode(ink, _DISC), np.uint8)
    return thinner if thinner.sum() > 0.4 * ink.sum() else ink


def _with_rules(ink: Grey, rng: Rng, size: int) -> Grey:
    """Pieces of a baseline, or of the sides of cells."""
    out = ink.copy()
    _, top, width, height = cv2.boundingRect(ink)
    if rng.random() < 0.7:
        y = top + round(height * rng.uniform(0.75, 1.1))
        for start in range(0, width, size):
            if rng.random() < 0.4:
                end = start + round(size * rng.uniform(0.3, 1.3))
                cv2.line(
                    out, (start, y), (end, y + int(rng.integers(-1, 2))), int(rng.integers(120, 256)), int(rng.integers(1, 3))
                )
    else:
        for x in range(int(rng.integers(size)), width, round(size * rng.uniform(1.0, 1.6))):
            if rng.random() < 0.5:
                low, high = sorted(rng.uniform(-0.1, 1.1, 2))
                cv2.line(out, (x, top + round(low * height)), (x, top + round(high * height)), 255, int(rng.integers(1, 3)))
    return out


def _cut_by_rule(ink: Grey, rng: Rng) -> Grey:
    """A rule was taken off, and the ink that crossed it with it."""
    out = ink.copy()
    _, top, _, height = cv2.boundingRect(ink)
    y, thick = top + round(height * rng.uniform(0.1, 1.0)), int(rng.integers(1, 4))
    out[y : y + thick] = 0
    return out


def _specked(ink: Grey, rng: Rng, size: int) -> Grey:
    out = ink.copy()
    for _ in range(int(rng.integers(1, 8))):
        spot = (int(rng.integers(ink.shape[1])), int(rng.integers(ink.shape[0])))
        cv2.circle(out, spot, int(rng.integers(0, max(1, size // 16) + 1)), int(rng.integers(120, 256)), -1)
    return out


def _broken(ink: Grey, rng: Rng) -> Grey:
    ys, xs = np.nonzero(ink > 128)
    out = ink.copy()
    for _ in range(int(rng.integers(1, 8)) if len(xs) else 0):
        spot = int(rng.integers(len(xs)))
        cv2.circle(out, (int(xs[spot]), int(ys[spot])), int(rng.integers(1, 3)), 0, -1)
    return out


def _coarse(ink: Grey, rng: Rng, size: int) -> Grey:
    """Few pixels, as small digits on a page have."""
    share = rng.uniform(9, 0.7 * size) / size
    small = cv2.resize(ink, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, ink.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
