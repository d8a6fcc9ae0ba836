"""Digits as a phone sees them: some pen on plain, ruled or squared paper, uneven light, shadows, a table's edge, seen askew.

And cut close: one digit out of a row, faint, soft, grainy, its neighbours reaching in.
"""

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

Grey = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
Rng = np.random.Generator
_PENS = {"black": (40, 40, 45), "blue": (40, 60, 150), "red": (170, 40, 50), "pencil": (110, 110, 110), "green": (40, 120, 70)}


def photo(sign: Grey, rng: Rng) -> Image.Image:
    """A photo of paper with the sign (its own box, ink high) somewhere near the middle."""
    height = int(rng.integers(160, 900))
    shape = (height, int(height * rng.uniform(0.7, 1.45)))
    size = rng.uniform(0.12, 0.75) * min(shape)
    ink = _placed(sign, shape, size, rng)
    paper = np.ones((*shape, 3), np.float32) * (rng.uniform(170, 250) + rng.normal(0, 10, 3)).astype(np.float32)
    if rng.random() < 0.4:
        _rule(paper, size, rng)
    dark = np.float32(rng.uniform(0.3, 0.95)) * ink[..., None]
    picture = paper * (1 - dark) + np.array(list(_PENS.values())[int(rng.integers(len(_PENS)))], np.float32) * dark
    picture *= _light(shape, rng)[..., None]
    if rng.random() < 0.15:
        _table(picture, rng)
    if rng.random() < 0.5:
        picture = _askew(picture, rng)
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, max(0.4, 0.03 * size * rng.random())))
    picture += rng.normal(0, rng.uniform(0, 7), picture.shape)
    return Image.fromarray(picture.clip(0, 255).astype(np.uint8))


def cutting(row: Grey, box: tuple[int, int, int, int], rng: Rng) -> Image.Image:
    """One digit cut out of a row (ink high) at its box: left, top, width, height."""
    left, top, width, height = box
    beside = rng.uniform(-0.1, 0.45, 2) if rng.random() < 0.7 else rng.uniform(0, 0.15, 2)
    above = rng.uniform(0.02, 0.35, 2)
    x = [max(0, round(left - beside[0] * height) - 1), round(left + width + beside[1] * height) + 1]
    y = [max(0, top - round(above[0] * height)), top + height + round(above[1] * height)]
    part = cv2.resize(row[y[0] : y[1], x[0] : x[1]], None, fx=(scale := rng.uniform(0.7, 2.2)), fy=scale)
    ink = cv2.GaussianBlur(part, (0, 0), rng.uniform(0.4, 1.3)).astype(np.float32) / 255
    grain = cv2.GaussianBlur(rng.normal(0, 1, ink.shape).astype(np.float32), (0, 0), rng.uniform(0.6, 4))
    grain *= np.float32(rng.uniform(1, 8) / max(float(grain.std()), 1e-6))
    ramp = np.linspace(-0.5, 0.5, ink.shape[0])[:, None] * rng.normal(0, 12) + np.linspace(-0.5, 0.5, ink.shape[1]) * rng.normal(
        0, 12
    )
    picture = (rng.uniform(150, 240) + ramp) * (1 - rng.uniform(0.3, 0.9) * ink) + grain
    return Image.fromarray((picture + rng.normal(0, rng.uniform(0, 4), ink.shape)).clip(0, 255).astype(np.uint8))


def _placed(sign: Grey, shape: tuple[int, int], size: float, rng: Rng) -> Plane:
    scale = size / max(sign.shape)
    wide, high = max(3, round(sign.shape[1] * scale)), max(6, round(sign.shape[0] * scale))
    way = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    part = cv2.resize(sign, (wide, high), interpolation=way).astype(np.float32) / 255
    if scale > 3:
        part = np.clip((cv2.GaussianBlur(part, (0, 0), scale / 2) - 0.3) * 3, 0, 1)
    middle = 0.5 + rng.normal(0, 0.1, 2)
    y = int(np.clip(middle[0] * shape[0] - high / 2, 2, max(2, shape[0] - high - 2)))
    x = int(np.clip(middle[1] * shape[1] - wide / 2, 2, max(2, shape[1] - wide - 2)))
    ink = np.zeros(shape, np.float32)
    ink[y : y + high, x : x + wide] = part[: shape[0] - y, : shape[1] - x]
    return ink


def _rule(paper: Plane, size: float, rng: Rng) -> None:
    """Ruled or squared, at the writing's step or finer."""
    height = paper.shape[0]
    step = max(12, round(rng.uniform(0.5, 1.6) * size if rng.random() < 0.5 else rng.uniform(0.04, 0.12) * height))
    shade, thick = np.float32(1 - rng.uniform(0.06, 0.3)), max(1, round(height / 600 * rng.uniform(1, 2.5)))
    for y in range(int(rng.integers(step)), height, step):
        paper[y : y + thick] *= shade
    if rng.random() < 0.5:
        for x in range(int(rng.integers(step)), paper.shape[1], step):
            paper[:, x : x + thick] *= shade


def _light(shape: tuple[int, int], rng: Rng) -> Plane:
    """From one side, darker toward the corners, and a shadow with a hard or a soft edge."""
    y, x = np.meshgrid(np.linspace(-0.5, 0.5, shape[0]), np.linspace(-0.5, 0.5, shape[1]), indexing="ij")
    turn = rng.uniform(0, 2 * np.pi)
    light = 1 + rng.uniform(0, 0.5) * (x * np.cos(turn) + y * np.sin(turn))
    if rng.random() < 0.4:
        light *= 1 - rng.uniform(0.2, 1.0) * (x**2 + y**2)
    if rng.random() < 0.3:
        turn = rng.uniform(0, 2 * np.pi)
        beyond = (x - rng.uniform(-0.3, 0.3)) * np.cos(turn) + y * np.sin(turn)
        light *= 1 - rng.uniform(0.2, 0.6) / (1 + np.exp(-np.clip(beyond / rng.uniform(0.002, 0.1), -50, 50)))
    return light.astype(np.float32)


def _table(picture: Plane, rng: Rng) -> None:
    wide = max(1, round(rng.uniform(0.03, 0.2) * picture.shape[1]))
    side = np.s_[:, :wide] if rng.random() < 0.5 else np.s_[:, -wide:]
    picture[side] = rng.uniform(20, 120, 3)


def _askew(picture: Plane, rng: Rng) -> Plane:
    height, width = picture.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = (corners + rng.normal(0, 0.04, (4, 2)) * [width, height]).astype(np.float32)
    turned = cv2.getPerspectiveTransform(corners, moved)
    return np.asarray(cv2.warpPerspective(picture, turned, (width, height), borderMode=cv2.BORDER_REPLICATE), np.float32)
