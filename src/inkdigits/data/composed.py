"""Pages of numbers composed from single digits: with rules, boxes, shadow, touching pairs, a dark rim."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Rng = np.random.Generator
Draw = Callable[[Rng], tuple[Grey, int]]
Hand = Callable[[Rng], Draw]
KINDS = ("plain", "ruled", "squared", "comb", "cells", "underlined", "dotted", "shadow", "tilted", "dashes", "rim")


@dataclass(frozen=True, slots=True)
class ComposedPage:
    """A page of grey, its lines from top to bottom, and what kind of page it is."""

    grey: Grey
    lines: tuple[str, ...]
    kind: str


@dataclass(slots=True)
class _Row:
    ink: npt.NDArray[np.float32]
    text: str
    places: list[tuple[int, int]]


def compose(rng: Rng, hand: Hand, kind: str, *, touching: float = 0.3, most_lines: int = 4) -> ComposedPage:
    """One page of one of `KINDS`; `hand` gives a writer, who gives digits as ink (255 = full) with their labels."""
    size = int(rng.integers(22, 60))
    count = 1 if kind in ("comb", "cells", "rim") else int(rng.integers(1, most_lines + 1))
    rows = [_row(rng, hand(rng), size, kind, touching) for _ in range(count)]
    gap = round(size * rng.uniform(0.6, 1.4))
    width = max(row.ink.shape[1] for row in rows) + 2 * size + int(rng.integers(0, 3 * size))
    height = sum(row.ink.shape[0] for row in rows) + gap * (count + 1) + int(rng.integers(0, 2 * size))
    ink, rules = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    top = gap
    for row in rows:
        left = int(rng.integers(size // 2, width - row.ink.shape[1] - size // 2 + 1))
        _rule_row(rules, rng, kind, row, (left, top), size)
        np.maximum(ink[top : top + row.ink.shape[0], left : left + row.ink.shape[1]], row.ink,
                   out=ink[top : top + row.ink.shape[0], left : left + row.ink.shape[1]])  # fmt: skip
        top += row.ink.shape[0] + gap
    _rule_page(rules, rng, kind, size)
    if kind == "tilted":
        degrees = float(rng.uniform(-15, 15))
        ink, rules = _tilted(ink, degrees), _tilted(rules, degrees)
    return ComposedPage(_on_paper(rng, ink, rules, kind), tuple(row.text for row in rows), kind)


def _row(rng: Rng, draw: Draw, size: int, kind: str, touching: float) -> _Row:
    """Digits side by side: at a distance, or pushed together until they touch."""
    count = int(rng.integers(1, 4 if kind in ("cells", "rim") else 10))
    spacing = rng.uniform(0.06, 0.5) * size
    canvas = np.zeros((2 * size, (count + 2) * 3 * size), np.float32)
    right, text, places = size // 2, "", []
    for index in range(count):
        glyph, label = _sized(rng, draw, size)
        y = round(size / 2 + size - glyph.shape[0] + rng.normal(0, 0.05 * size))
        y = min(max(y, 0), canvas.shape[0] - glyph.shape[0])
        joins = index > 0 and kind not in ("comb", "dashes") and rng.random() < touching
        pitch = round(1.35 * size)
        x = size // 2 + index * pitch + (pitch - glyph.shape[1]) // 2 if kind == "comb" else right + round(spacing)
        x = _touch(canvas, glyph, right, y) if joins else x
        np.maximum(canvas[y : y + glyph.shape[0], x : x + glyph.shape[1]], glyph,
                   out=canvas[y : y + glyph.shape[0], x : x + glyph.shape[1]])  # fmt: skip
        places.append((x, x + glyph.shape[1]))
        right = max(right, x + glyph.shape[1])
        text += str(label)
        if kind == "dashes" and index % 3 == 2 and index < count - 1:
            right = _dash(canvas, rng, right, size)
    return _Row(canvas[:, : right + size // 2], text, places)


def _sized(rng: Rng, draw: Draw, size: int) -> tuple[npt.NDArray[np.float32], int]:
    canvas, label = draw(rng)
    left, top, width, height = cv2.boundingRect(canvas)
    tall = max(6, round(size * rng.uniform(0.8, 1.1)))
    wide = max(2, round(width * tall / max(height, 1)))
    if wide > 1.3 * size:
        tall, wide = max(4, round(tall * 1.3 * size / wide)), round(1.3 * size)
    part = canvas[top : top + height, left : left + width]
    way = cv2.INTER_AREA if tall < height else cv2.INTER_LINEAR
    glyph = cv2.resize(part, (wide, tall), interpolation=way).astype(np.float32) / 255.0
    return np.minimum(glyph * 1.15, 1.0), label


def _touch(canvas: npt.NDArray[np.float32], glyph: npt.NDArray[np.float32], right: int, y: int) -> int:
    """The place furthest to the right where the glyph's ink just meets the ink on its left; never far into it."""
    taken = canvas[y : y + glyph.shape[0]] > 0.4
    mask = glyph > 0.4
    furthest = right - max(2, round(0.25 * glyph.shape[1]))
    for x in range(right, furthest, -1):
        if (taken[:, x : x + glyph.shape[1]] & mask).any():
            return x
    return furthest


def _dash(canvas: npt.NDArray[np.float32], rng: Rng, right: int, size: int) -> int:
    y, length = round(size * rng.uniform(0.9, 1.1)), round(size * rng.uniform(0.3, 0.5))
    start = right + round(0.25 * size)
    cv2.line(canvas, (start, y), (start + length, y + int(rng.integers(-1, 2))), 1.0, max(2, size // 14))
    return start + length + round(0.15 * size)


def _rule_row(rules: npt.NDArray[np.float32], rng: Rng, kind: str, row: _Row, place: tuple[int, int], size: int) -> None:
    left, top = place
    thick = int(rng.integers(1, 3))
    if kind == "comb":
        pitch, start = round(1.35 * size), left + size // 2
        low, high = top + round(0.3 * size), top + round(1.72 * size)
        end = start + pitch * len(row.text)
        cv2.rectangle(rules, (start, low), (end, high), 1.0, thick)
        for x in range(start + pitch, end, pitch):
            cv2.line(rules, (x, low), (x, high), 1.0, thick)
    if kind == "underlined":
        y = top + round(1.62 * size)
        cv2.line(rules, (left, y), (left + row.ink.shape[1], y + int(rng.integers(-2, 3))), 1.0, thick + 1)
    if kind == "dotted":
        y = top + round(1.5 * size)
        for x in range(left, left + row.ink.shape[1], max(4, size // 6)):
            cv2.circle(rules, (x, y), 1, 1.0, -1)


def _rule_page(rules: npt.NDArray[np.float32], rng: Rng, kind: str, size: int) -> None:
    height, width = rules.shape
    pitch, start = round(size * rng.uniform(1.4, 2.2)), int(rng.integers(4, size))
    if kind in ("ruled", "squared"):
        for y in range(start, height, pitch):
            cv2.line(rules, (0, y), (width, y), 1.0, 1)
    if kind == "squared":
        for x in range(start, width, pitch):
            cv2.line(rules, (x, 0), (x, height), 1.0, 1)
    if kind in ("cells", "rim"):
        for x in (size // 4, width - size // 4):
            _worn_line(rules, rng, (x, 0), (x + int(rng.integers(-2, 3)), height))
        for y in (3, height - 4):
            _worn_line(rules, rng, (0, y), (width, y + int(rng.integers(-2, 3))))


def _worn_line(rules: npt.NDArray[np.float32], rng: Rng, start: tuple[int, int], end: tuple[int, int]) -> None:
    """A printed line as old forms have it: of uneven strength, with gaps."""
    points = np.linspace(start, end, 40).round().astype(int)
    for one, other in pairwise(points):
        if rng.random() < 0.85:
            cv2.line(rules, one.tolist(), other.tolist(), float(rng.uniform(0.4, 1.0)), int(rng.integers(1, 3)))


def _on_paper(rng: Rng, ink: npt.NDArray[np.float32], rules: npt.NDArray[np.float32], kind: str) -> Grey:
    """Ink and rules in their shades on paper with grain, light from one side, blur; then shadow, tilt or a dark rim."""
    shade, pen, rule = rng.uniform(190, 250), rng.uniform(15, 110), rng.uniform(60, 170)
    height, width = ink.shape
    rule = min(rule, pen + 40) if kind == "cells" else max(rule, pen)
    page: npt.NDArray[np.floating[Any]] = np.full(ink.shape, shade, np.float32)
    page += cv2.resize(rng.normal(0, 5, (4, 4)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    page = page * (1 - rules) + np.minimum(page, rule) * rules
    page = page * (1 - ink) + pen * ink
    if kind == "shadow":
        page = page * _shadow(rng, ink.shape)
    if kind == "rim":
        page = _with_rim(page, rng)
    page = cv2.GaussianBlur(page, (0, 0), rng.uniform(0.3, 1.0))
    page += rng.normal(0, rng.uniform(0.5, 5), page.shape)
    return np.clip(page, 0, 255).astype(np.uint8)


def _shadow(rng: Rng, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Half of the page in the dark, its edge hard or soft."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    slope = rng.uniform(-1, 1)
    across = (x - rng.uniform(0.25, 0.75) * shape[1]) + slope * (y - shape[0] / 2)
    soft = rng.uniform(2, 40)
    return (1 - rng.uniform(0.3, 0.55) / (1 + np.exp(np.clip(-across / soft, -30, 30)))).astype(np.float32)


def _tilted(layer: npt.NDArray[np.float32], degrees: float) -> npt.NDArray[np.float32]:
    height, width = layer.shape
    grow = round(abs(np.sin(np.deg2rad(degrees))) * max(height, width) / 2) + 4
    wide = cv2.copyMakeBorder(layer, grow, grow, grow, grow, cv2.BORDER_CONSTANT, value=(0,))
    matrix = cv2.getRotationMatrix2D((wide.shape[1] / 2, wide.shape[0] / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(wide, matrix, (wide.shape[1], wide.shape[0])), np.float32)


def _with_rim(page: npt.NDArray[np.floating[Any]], rng: Rng) -> npt.NDArray[np.float32]:
    """The black of a scanner's lid along one side, its edge ragged."""
    wide = round(page.shape[1] * rng.uniform(0.2, 0.6))
    edge = wide + np.cumsum(rng.normal(0, 0.6, page.shape[0]))
    full = cv2.copyMakeBorder(page, 0, 0, wide, 0, cv2.BORDER_REPLICATE)
    dark = np.arange(full.shape[1])[None, :] < edge[:, None]
    return np.where(dark, rng.normal(14, 6, full.shape), full).astype(np.float32)


def pages(seed: int, count: int, hand: Hand, kinds: Sequence[str] = KINDS) -> list[ComposedPage]:
    """`count` pages, the kinds in turn; the same for the same seed."""
    return [compose(np.random.default_rng([seed, index]), hand, kinds[index % len(kinds)]) for index in range(count)]
