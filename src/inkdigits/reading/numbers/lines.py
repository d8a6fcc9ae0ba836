"""Rows of marks → lines: text, value, digits, marks and confidence."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from inkdigits.reading.input.pages import Grey
from inkdigits.reading.marks.alphabet import CLASSES, DIGITS
from inkdigits.reading.marks.boxes import Floats
from inkdigits.reading.numbers.columns import Columns
from inkdigits.reading.numbers.confidence import LineConfidence, evidence_of
from inkdigits.reading.numbers.patterns import Pattern
from inkdigits.reading.numbers.row_network import RowNetworks
from inkdigits.reading.numbers.rows import Row, is_digit
from inkdigits.reading.numbers.together import (
    TOGETHER,
    Together,
    TogetherSettings,
    is_sure,
    read_row,
)
from inkdigits.reading.numbers.values import Conventions, value_of
from inkdigits.reading.results import Box, Digit, Line, Mark

# Other readings that a line, and each of its digits, lists.
ALTERNATIVES = 3
ReadsRows = Callable[[Row, Grey, Pattern | None], Together | None]


def by_marks_alone(row: Row, grey: Grey, expect: Pattern | None) -> Together | None:
    """The reading of a row by its marks, one by one."""
    del grey
    return read_row(row, (), expect)


@dataclass(frozen=True, slots=True)
class ByBoth:
    """Reads rows by their marks and by their line image.

    With a user's own digit network, the line image only contributes to the confidence.
    """

    networks: RowNetworks
    settings: TogetherSettings = TOGETHER

    def __call__(
        self, row: Row, grey: Grey, expect: Pattern | None = None
    ) -> Together | None:
        boxes = row.marks.boxes
        together: Together | None = None
        looks: list[Columns] = []
        digits = boxes[is_digit(row.marks)]
        for columns in self.networks.looks(grey, boxes, digits, row.height):
            looks.append(columns)
            together = read_row(row, looks, expect, self.settings)
            if is_sure(together, self.settings):
                break
        return together


def lines_of(
    rows: Sequence[Row],
    grey: Grey,
    confidence: LineConfidence,
    threshold: float,
    expect: Pattern | None,
    conventions: Conventions,
    scale: float = 1.0,
    read: ReadsRows = by_marks_alone,
    each: Callable[..., Iterable[Line | None]] = map,
) -> tuple[Line, ...]:
    """The lines of a grey page, from top to bottom.

    `scale` turns the page's pixels into the picture's. `each` is `map`, or the same on several
    threads.
    """

    def line_of(row: Row) -> Line | None:
        together = read(row, grey, expect)
        if together is None:
            return None
        sure = confidence.of(evidence_of(together, grey))
        if sure < confidence.least and not row.is_surely_number:
            return None
        return _line(together, sure, threshold, conventions, scale)

    return tuple(line for line in each(line_of, rows) if line is not None)


def _line(
    together: Together,
    sure: float,
    threshold: float,
    conventions: Conventions,
    scale: float,
) -> Line:
    row, texts = together.row, together.texts
    best = texts[0]
    boxes = [_box(box, scale) for box in row.marks.boxes]
    chosen = [index for index, sign in enumerate(best.signs) if sign]
    around = row.marks.boxes[chosen]
    box = _box(
        np.concatenate([around[:, :2].min(axis=0), around[:, 2:].max(axis=0)]), scale
    )
    marks = tuple(
        Mark(sign, _share(row, index, sign), boxes[index])
        for index, sign in enumerate(best.signs)
    )
    digits = tuple(
        _digit(row, index, int(best.signs[index]), boxes[index], threshold)
        for index in chosen
        if best.signs[index] in DIGITS
    )
    others = tuple(
        (each.text, round(float(np.exp(each.log)), 4))
        for each in texts[1 : 1 + ALTERNATIVES]
    )
    return Line(
        best.text,
        round(sure, 4),
        sure >= threshold,
        box,
        digits,
        marks,
        value_of(best.text, conventions),
        others,
    )


def _share(row: Row, index: int, sign: str) -> float:
    """The probability that the mark is what it was read as."""
    centre, classes = float(row.marks.centre[index]), row.marks.classes[index]
    share = (
        centre * float(classes[CLASSES.index(sign)])
        if sign
        else 1 - centre * float(1 - classes[-1])
    )
    return round(share, 4)


def _digit(row: Row, index: int, digit: int, box: Box, threshold: float) -> Digit:
    shares = row.marks.classes[index, : len(DIGITS)]
    order = [
        int(other) for other in np.argsort(-shares, kind="stable") if other != digit
    ][:ALTERNATIVES]
    others = tuple((other, round(float(shares[other]), 4)) for other in order)
    confidence = _share(row, index, str(digit))
    return Digit(digit, confidence, confidence >= threshold, box, others)


def _box(box: Floats, scale: float) -> Box:
    left, top, right, bottom = (max(0, round(float(side) * scale)) for side in box)
    return Box(left, top, max(right, left + 1), max(bottom, top + 1))
