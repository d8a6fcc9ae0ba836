"""Fifteen ways to spoil a 28×28 glyph at five strengths, in the manner of MNIST-C, and affine changes; drawn by seed."""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

Glyph = npt.NDArray[np.uint8]
Rng = np.random.Generator
STRENGTHS = (1, 2, 3, 4, 5)
_SIDE = 28
_MIDDLE = (_SIDE - 1) / 2
_Y, _X = np.mgrid[:_SIDE, :_SIDE].astype(np.float32)


def _shot(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    light = (60, 25, 12, 7, 4)[k]
    return _clipped(rng.poisson(glyph / 255.0 * light + 0.3) / light * 255.0)


def _impulse(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    out, chance = glyph.copy(), rng.random(glyph.shape)
    share = (0.02, 0.05, 0.09, 0.15, 0.22)[k]
    out[chance < share / 2] = 0
    out[chance > 1 - share / 2] = 255
    return out


def _glass(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    reach = (0.6, 1.0, 1.4, 1.9, 2.5)[k]
    shift = rng.uniform(-reach, reach, (2, _SIDE, _SIDE)).astype(np.float32)
    return _sampled(cv2.GaussianBlur(glyph, (0, 0), 0.5), _X + shift[0], _Y + shift[1])


def _motion(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    length = (3, 5, 7, 9, 12)[k]
    kernel = np.zeros((2 * length + 1,) * 2, np.float32)
    angle = rng.uniform(0, np.pi)
    end = np.round(np.array([np.cos(angle), np.sin(angle)]) * length / 2).astype(int)
    cv2.line(kernel, (length - end[0], length - end[1]), (length + end[0], length + end[1]), 1.0, 1)
    return _clipped(cv2.filter2D(glyph.astype(np.float32), -1, kernel / kernel.sum()) * 1.2)


def _shear(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    lean = (0.15, 0.25, 0.35, 0.45, 0.6)[k] * rng.choice([-1, 1])
    return _moved(glyph, [[1, lean], [0, 1]])


def _scale(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    grow = 1 / (0.85, 0.75, 0.65, 0.55, 0.48)[k]
    return _moved(glyph, [[grow, 0], [0, grow]])


def _rotate(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    angle = np.deg2rad((10, 18, 26, 34, 42)[k]) * rng.choice([-1, 1])
    return _moved(glyph, [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _brightness(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    ground = (0.15, 0.3, 0.45, 0.6, 0.72)[k] * 255
    return _clipped(ground + glyph * (1 - ground / 255.0))


def _translate(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    way = rng.uniform(0, 2 * np.pi)
    far = (1.5, 2.5, 3.5, 4.5, 6.0)[k]
    return _sampled(glyph, _X + far * np.float32(np.cos(way)), _Y + far * np.float32(np.sin(way)))


def _stripe(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    out, wide = glyph.copy(), (1, 1, 2, 2, 3)[k]
    for at in rng.integers(4, _SIDE - 5, (1, 2, 2, 3, 3)[k]):
        out[:, at : at + wide] = 255 - out[:, at : at + wide]
    return out


def _fog(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    cloud = sum(
        cv2.resize(rng.random((size, size)).astype(np.float32), (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC) / size
        for size in (2, 4, 8)
    )
    share = (0.25, 0.4, 0.55, 0.7, 0.85)[k]
    return _clipped(np.maximum(glyph * (1 - 0.4 * share), 255 * share * np.asarray(cloud)))


def _spatter(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    out = glyph.copy()
    for x, y in rng.integers(0, _SIDE, ((3, 6, 10, 14, 20)[k], 2)):
        cv2.circle(out, (int(x), int(y)), int(rng.integers(0, 2)), int(rng.integers(120, 256)), -1)
    return out


def _dotted_line(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    """From side to side; dots stand apart by more than their width, or they would be a solid line."""
    out, wide_px, step_px = glyph.copy(), (1, 1, 1, 2, 2)[k], (4.0, 3.0, 3.0, 4.0, 4.0)[k]
    for _ in range((1, 1, 2, 2, 3)[k]):
        ends = np.array([[rng.uniform(0, 6), rng.uniform(3, 24)], [rng.uniform(21, 27), rng.uniform(3, 24)]])
        count = round(float(np.linalg.norm(ends[1] - ends[0])) / step_px)
        for x, y in (ends[0] + np.linspace(0, 1, count)[:, None] * (ends[1] - ends[0])).round().astype(int):
            out[y : y + wide_px, x : x + wide_px] = 255
    return out


def _zigzag(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    out, turns = glyph.copy(), (3, 5, 7, 9, 11)[k]
    x = np.linspace(0, _SIDE - 1, turns + 1)
    y = rng.uniform(8, 20) + np.where(np.arange(turns + 1) % 2, 1, -1) * (2 + k)
    cv2.polylines(out, [np.stack([x, y], axis=1).round().astype(np.int32)], False, 255, 1, cv2.LINE_AA)
    return out


def _edges(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    kernel = np.ones((2 if k < 3 else 3,) * 2, np.uint8)
    outline = cv2.subtract(cv2.dilate(glyph, kernel), cv2.erode(glyph, kernel))
    share = (0.4, 0.6, 0.8, 0.95, 1.0)[k]
    return _clipped((1 - share) * glyph + share * outline)


def _affine(glyph: Glyph, k: int, rng: Rng) -> Glyph:
    change = np.eye(2) + rng.uniform(-1, 1, (2, 2)) * (0.08, 0.14, 0.2, 0.27, 0.35)[k]
    return _moved(glyph, change.tolist())


def _moved(glyph: Glyph, matrix: list[list[float]]) -> Glyph:
    x, y = _X - _MIDDLE, _Y - _MIDDLE
    (a, b), (c, d) = matrix
    return _sampled(glyph, (a * x + b * y + _MIDDLE).astype(np.float32), (c * x + d * y + _MIDDLE).astype(np.float32))


def _sampled(glyph: npt.NDArray[np.generic], x: npt.NDArray[np.float32], y: npt.NDArray[np.float32]) -> Glyph:
    return np.asarray(cv2.remap(np.asarray(glyph, np.uint8), x, y, cv2.INTER_LINEAR), np.uint8)


def _clipped(values: npt.NDArray[np.generic]) -> Glyph:
    return np.clip(np.asarray(values, np.float64), 0, 255).astype(np.uint8)


CORRUPTIONS: dict[str, Callable[[Glyph, int, Rng], Glyph]] = {
    "shot noise": _shot, "impulse noise": _impulse, "glass blur": _glass, "motion blur": _motion, "shear": _shear,
    "scale": _scale, "rotate": _rotate, "brightness": _brightness, "translate": _translate, "stripe": _stripe, "fog": _fog,
    "spatter": _spatter, "dotted line": _dotted_line, "zigzag": _zigzag, "edges": _edges, "affine": _affine,
}  # fmt: skip


def corrupted(glyphs: Glyph, name: str, strength: int, seed: int = 0) -> Glyph:
    """Each glyph spoiled in the way `name` (of CORRUPTIONS) at a strength from 1 to 5; the same for the same seed."""
    spoil, place = CORRUPTIONS[name], list(CORRUPTIONS).index(name)
    rng = np.random.default_rng([seed, place, strength])
    return np.stack([spoil(glyph, strength - 1, rng) for glyph in glyphs])
