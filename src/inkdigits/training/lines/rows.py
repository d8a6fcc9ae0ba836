"""Rows of digits composed from the open sets: touching, overlapping, slanted, drifting, with marks and rests of rules."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.data.named import for_testing, open_npz
from inkdigits.data.strokes import Stroke, load_strokes
from inkdigits.reading.lines import LEFT, PIXELS, TOP, typical_height
from inkdigits.reading.strip import levelled
from inkdigits.training.bundled.sources import REFUSED, Source
from inkdigits.training.lines import marks
from inkdigits.training.lines.spoil import spoiled

Grey = npt.NDArray[np.uint8]
Rng = np.random.Generator
Sample = tuple[Grey, str]
_SIZE_PX = 36
_WINDOW = 120
_COUNTS = np.array([4, 6, 8, 8, 9, 7, 6, 5, 4, 3, 2, 1], float)
_SAME, _MARKS, _WORDS = 0.12, 0.35, 0.08
_VERY_UNEVEN, _ON_SIDE, _FEWEST_ON_SIDE = 0.12, 0.025, 3


@dataclass(frozen=True)
class Hands:
    """Where digits and letters come from."""

    digits: list[Source]
    letters: list[Source]

    @classmethod
    def of(cls, sources: list[Source]) -> "Hands":
        digits = [source for source in sources if (source.labels != REFUSED).all()]
        return cls(digits, [source for source in sources if source.name == "letters"])


def drawn_row(rng: Rng, hands: Hands) -> Sample:
    """A row as the line net sees it, and its digits; now and then digits that lie on their side, of which it has none to read."""
    on_side = int(rng.choice([1, 3])) if rng.random() < _ON_SIDE else 0
    while True:
        ink, text = row_of_one_hand(rng, hands, on_side)
        strip = as_strip(spoiled(ink, rng, _SIZE_PX))
        if strip is not None:
            return strip, text


def as_strip(ink: Grey) -> Grey | None:
    """A row's ink levelled as the reader levels a line; None where there is none."""
    _, _, stats, _ = cv2.connectedComponentsWithStats((ink > 0.4 * float(ink.max())).astype(np.uint8), connectivity=8)
    boxes = stats[1:].astype(np.int64)
    boxes[:, 2:4] += boxes[:, LEFT : TOP + 1]
    boxes = boxes[boxes[:, PIXELS] >= 6]
    if not len(boxes):
        return None
    heights = boxes[:, 3] - boxes[:, 1]
    tall = heights[heights >= 0.42 * typical_height(boxes)]
    left, right = int(boxes[:, 0].min()), int(boxes[:, 2].max())
    top, bottom = int(boxes[:, 1].min()), int(boxes[:, 3].max())
    part = ink[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1]
    shifted = boxes - np.array([max(0, left - 1), max(0, top - 1), max(0, left - 1), max(0, top - 1), 0])
    return levelled(np.ascontiguousarray(part), shifted, float(np.median(tall)))[0]


def row_of_one_hand(rng: Rng, hands: Hands, quarters: int = 0) -> Sample:
    """A row's ink and its digits; each digit turned by so many quarters, and then it is none."""
    source = hands.digits[int(rng.integers(len(hands.digits)))]
    count = int(rng.choice(len(_COUNTS), p=_COUNTS / _COUNTS.sum())) + 1
    count = max(count, _FEWEST_ON_SIDE) if quarters else count
    canvas = np.zeros((3 * _SIZE_PX, (count + 12) * 2 * _SIZE_PX), np.uint8)
    writer = _Writer(rng, canvas)
    middle = int(rng.integers(len(source.labels)))
    text, has_marks = "", rng.random() < _MARKS
    last = -1
    if hands.letters and rng.random() < _WORDS:
        _word(rng, hands.letters[0], writer)
    for _ in range(count):
        index = _pick(rng, source, middle, last if rng.random() < _SAME else -1)
        last = int(source.labels[index])
        writer.put(np.ascontiguousarray(np.rot90(source.draw(index, rng), quarters)))
        text += "" if quarters else str(last)
        if has_marks and rng.random() < 0.25:
            writer.put_mark(marks.drawn(rng, _SIZE_PX))
    if hands.letters and rng.random() < _WORDS:
        _word(rng, hands.letters[0], writer)
    return canvas[:, : writer.right + _SIZE_PX // 2], text


def three_digits(source: Source, rng: Rng) -> tuple[Grey, tuple[int, int, int, int], int]:
    """Up to three digits of one hand in a row, close together; one of them by its box, and what it is."""
    while True:
        canvas = np.zeros((3 * _SIZE_PX, 12 * _SIZE_PX), np.uint8)
        writer = _Writer(rng, canvas)
        writer.draw_close(rng)
        count, middle = int(rng.integers(1, 4)), int(rng.integers(len(source.labels)))
        wanted, box, label = int(rng.integers(count)), (0, 0, 0, 0), -1
        for place in range(count):
            index, before = _pick(rng, source, middle, -1), canvas.copy()
            writer.put(source.draw(index, rng))
            if place == wanted:
                left, top, width, height = cv2.boundingRect(((canvas > 100) & (before <= 100)).astype(np.uint8))
                box, label = (left, top, width, height), int(source.labels[index])
        if box[2] >= 2 and box[3] >= 10:
            return canvas, box, label


def _pick(rng: Rng, source: Source, middle: int, wanted: int) -> int:
    """A sample near the middle: sets are in order of writers, so these are likely of one hand."""
    low, high = max(0, middle - _WINDOW), min(len(source.labels), middle + _WINDOW)
    if wanted >= 0:
        same = low + np.flatnonzero(source.labels[low:high] == wanted)
        if len(same):
            return int(rng.choice(same))
    return int(rng.integers(low, high))


def _word(rng: Rng, letters: Source, writer: "_Writer") -> None:
    writer.skip(rng.uniform(0.3, 1.2))
    middle = int(rng.integers(len(letters.labels)))
    for _ in range(int(rng.integers(1, 5))):
        writer.put(letters.draw(_pick(rng, letters, middle, -1), rng))
    writer.skip(rng.uniform(0.3, 1.2))


class _Writer:
    """Puts glyph after glyph on a canvas, at this row's spacing, slant and sizes."""

    def __init__(self, rng: Rng, canvas: Grey) -> None:
        self.rng, self.canvas, self.right = rng, canvas, _SIZE_PX // 2
        self._spacing = rng.uniform(-0.12, 0.45)
        self._touching = float(rng.choice([0.0, 0.3, 0.9], p=[0.4, 0.35, 0.25]))
        self._uneven = rng.uniform(0.02, 0.14)
        self._smallest = rng.uniform(0.4, 0.7) if rng.random() < _VERY_UNEVEN else 1.0
        self._stretch = float(np.exp(rng.normal(0, 0.16)))
        self._bounce = rng.uniform(0.0, 0.1)

    def draw_close(self, rng: Rng) -> None:
        self._spacing = rng.uniform(-0.15, 0.2)

    def skip(self, sizes: float) -> None:
        self.right += round(sizes * _SIZE_PX)

    def put(self, glyph: Grey) -> None:
        """A digit or letter, beside the last one or up against it."""
        left, top, width, height = cv2.boundingRect(glyph)
        if not width:
            return
        size = _SIZE_PX * float(np.exp(self.rng.uniform(np.log(self._smallest), 0.0)))
        tall = max(8, round(size * float(np.exp(self.rng.normal(0, self._uneven)))))
        tall = min(tall, round(1.6 * _SIZE_PX))
        wide = max(2, round(width * tall / height * self._stretch))
        if wide > 1.5 * _SIZE_PX:
            tall, wide = max(4, round(tall * 1.5 * _SIZE_PX / wide)), round(1.5 * _SIZE_PX)
        part = cv2.resize(glyph[top : top + height, left : left + width], (wide, tall), interpolation=cv2.INTER_LINEAR)
        rise = self.rng.uniform(0, _SIZE_PX - size) * (self.rng.random() < 0.5)  # small digits stand on the line, or float
        y = round(_SIZE_PX * (2 + self.rng.normal(0, self._bounce)) - rise) - tall
        y = min(max(y, 0), self.canvas.shape[0] - tall)
        x = self.right + round(_SIZE_PX * (self._spacing + self.rng.normal(0, 0.06)))
        if self.rng.random() < self._touching:
            x = self._against(part, y) - int(self.rng.integers(0, 3))
        self._paste(np.asarray(part, np.uint8), max(0, x), y)

    def put_mark(self, mark: tuple[Grey, float]) -> None:
        """A mark whose top is so many digit sizes below a digit's top."""
        part, down = mark
        y = min(max(0, round(_SIZE_PX * (1 + down))), self.canvas.shape[0] - part.shape[0])
        self._paste(part, self.right + round(_SIZE_PX * self.rng.uniform(0.02, 0.35)), y)

    def _against(self, part: Grey, y: int) -> int:
        """The place furthest to the right where the ink just meets what is there."""
        taken = self.canvas[y : y + part.shape[0]] > 100
        mask = part > 100
        furthest = max(0, self.right - max(2, round(0.35 * part.shape[1])))
        for x in range(self.right, furthest, -1):
            if (taken[:, x : x + part.shape[1]] & mask).any():
                return x
        return furthest

    def _paste(self, part: Grey, x: int, y: int) -> None:
        place = self.canvas[y : y + part.shape[0], x : x + part.shape[1]]
        np.maximum(place, part[:, : place.shape[1]], out=place)
        self.right = max(self.right, x + part.shape[1])


def strings(data_dir: Path, *, held_out: bool) -> Callable[[Rng], Sample]:
    """UNIPEN's own number strings from its training files, drawn afresh each time; every seventh file is held out."""
    arrays = open_npz(data_dir / "unipen/number_strings.npz")
    lines = load_strokes(data_dir / "unipen/number_strings_strokes.json.gz")
    files = arrays["source_file"]
    order = {name: index for index, name in enumerate(sorted({str(name) for name in files[~for_testing(files)]}))}
    rows = [row for row in np.flatnonzero(~for_testing(files)) if (order[str(files[row])] % 7 == 3) == held_out and lines[row]]

    def draw(rng: Rng) -> Sample:
        while True:
            row = int(rng.choice(rows))
            strip = as_strip(spoiled(_drawn(lines[row], rng), rng, _SIZE_PX))
            if strip is not None:
                return strip, re.sub(r"\D", "", str(arrays["labels"][row]))

    return draw


def _drawn(strokes: list[Stroke], rng: Rng) -> Grey:
    high = max(float(np.concatenate(strokes)[:, 1].max()), 0.02)
    scale = 1.2 * _SIZE_PX / high
    stretch = float(np.exp(rng.normal(0, 0.12)))
    placed = [line * np.array([scale * stretch, scale]) + _SIZE_PX for line in strokes]
    width = min(4000, round(max(float(line[:, 0].max()) for line in placed)) + _SIZE_PX)
    canvas = np.zeros((round(scale * high) + 2 * _SIZE_PX, width), np.uint8)
    thick = max(1, round(float(rng.choice([1.5, 2.5, 3.5, 5.0, 6.5])) * rng.uniform(0.8, 1.2)))
    for line in placed:
        jitter = rng.normal(0, 0.25, line.shape)
        cv2.polylines(canvas, [np.round((line + jitter) * 16).astype(np.int32)], False, 255, thick, cv2.LINE_AA, 4)
    return canvas
