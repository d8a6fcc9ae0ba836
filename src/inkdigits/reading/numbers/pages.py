"""A grey page → marks at each scale → rows of marks → lines of numbers."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inkdigits.reading.classifier import Classifier
from inkdigits.reading.input.pages import Grey, Page
from inkdigits.reading.marks.alphabet import DIGITS
from inkdigits.reading.marks.edges import rim_shade
from inkdigits.reading.marks.found import Found
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.naming import named, with_own_digits
from inkdigits.reading.marks.network import MarksNetwork
from inkdigits.reading.marks.pyramid import PYRAMID, find_at, levels_of, shown_at
from inkdigits.reading.marks.whole import shows_several, whole_mark
from inkdigits.reading.numbers.lines import (
    ALTERNATIVES,
    ByBoth,
    ReadsRows,
    by_marks_alone,
    lines_of,
)
from inkdigits.reading.numbers.row_network import RowNetworks
from inkdigits.reading.numbers.rows import Row, rows_of
from inkdigits.reading.options import ReadOptions
from inkdigits.reading.results import (
    Box,
    Digit,
    Line,
    Mark,
    PageReading,
    Prediction,
)


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """When a page is taken to be on its side or upside down.

    Nearly all pages are upright.
    """

    least_marks: int = 12  # fewer say nothing of how the page lies
    # Digits' worth of certainty that a turned page must hold
    least_sureness: float = 5.0
    # Sureness for each mark from which upright is not doubted
    sure_upright: float = 0.5
    # The sureness of the turned page, in times of the upright one
    much_more: float = 3.0


TURNS = TurnSettings()


@dataclass(frozen=True, slots=True)
class AloneSettings:
    """When the only digit of a page is judged like a picture of one digit."""

    # The line's own confidence. Where `predict` accepts the same digit, of 329 held-out lines at or
    # above it 2 were wrong, and of 15 below it 1 (benchmarks/results/alone.json).
    least: float = 0.65
    # How sure `predict` is of a digit that is shown where the rows give no line, and how sure one
    # can be of it then: 10 of 25 held-out ones were right (in the same file)
    least_shown: float = 0.75
    sure_of_shown: float = 0.4


ALONE = AloneSettings()
# What `predict` says of a page whose rows are these.
Predicts = Callable[[Page, list[Row]], Prediction]
# The log of the least share of a text that is likelier than all others together.
_LIKELIER = float(np.log(0.5))
# All of the ink as one mark counts as a size of its own.
_AS_ONE = 0.0


@dataclass(frozen=True)
class PageReader:
    """Reads pages: one network detects marks, one classifies them, one reads each row as a whole.

    `threshold` is the lowest confidence of an accepted line, if not the one in the marks network's
    file. A user's own digit network says which digit a digit is. `each` is `map`, or does the same
    on several threads: a page's scales, and its rows, are independent of one another.
    """

    network: MarksNetwork
    glyphs: GlyphNetwork
    threshold: float | None = None
    own_digits: Classifier | None = None
    row_networks: RowNetworks | None = None
    each: Callable[..., Iterable[Any]] = map

    @property
    def least(self) -> float:
        """The confidence from which a line is accepted."""
        return self.network.threshold if self.threshold is None else self.threshold

    def read(
        self,
        page: Page,
        number: int,
        options: ReadOptions,
        predicts: Predicts | None = None,
    ) -> PageReading:
        """One page. `predicts` is asked about a page with no more than single digits."""
        rows, quarters = self._upright_rows(page.grey)
        upright = (
            np.ascontiguousarray(np.rot90(page.grey, quarters))
            if quarters
            else page.grey
        )
        lines: tuple[Line, ...] = lines_of(
            rows,
            upright,
            self.network.confidence,
            self.least,
            options.pattern,
            options.conventions,
            page.scale,
            self.reads_rows(),
            self.each,
        )
        if predicts is not None and not quarters:
            if are_single_digits(lines):
                lines = _judged_alone(lines, predicts(page, rows), self.least)
            elif rows and not lines and options.pattern is None:
                lines = _shown_alone(predicts(page, rows), self.least)
        height, width = (round(side * page.scale) for side in page.grey.shape)
        if quarters % 2:
            height, width = width, height
        return PageReading(lines, width, height, number, 90.0 * quarters)

    def _upright_rows(self, grey: Grey) -> tuple[list[Row], int]:
        """The rows, and how many quarter turns counter-clockwise the page needed."""
        rows = self.rows(grey)
        upright = sureness(rows)
        marks = sum(len(row.marks) for row in rows)
        if upright > TURNS.sure_upright * marks or marks < TURNS.least_marks:
            return rows, 0
        best, quarters = rows, 0
        for turned in (1, 3, 2):
            other = self.rows(np.ascontiguousarray(np.rot90(grey, turned)))
            if sureness(other) > max(
                TURNS.much_more * upright, TURNS.least_sureness, sureness(best)
            ):
                best, quarters = other, turned
        return best, quarters

    def reads_rows(self) -> ReadsRows:
        """How a row becomes a text."""
        networks = self.row_networks
        if networks is None:
            return by_marks_alone
        return ByBoth(
            networks,
            replace(networks.together, only_marks=self.own_digits is not None),
        )

    def digits_of(self, row: Row, grey: Grey) -> Found:
        """The digits of the row's text, if that is likelier than all others together."""
        together = self.reads_rows()(row, grey, None)
        if together is None or together.texts[0].log < _LIKELIER:
            return Found.none()
        signs = together.texts[0].signs
        digits = [index for index, sign in enumerate(signs) if sign and sign in DIGITS]
        return together.row.marks.take(np.array(digits, np.intp))

    def rows(self, grey: Grey) -> list[Row]:
        """The rows of the page in its present orientation."""
        scales, shade = levels_of(grey.shape, PYRAMID), rim_shade(grey)
        shown = shown_at(grey, scales)

        def named_at(scale: float, page: Grey) -> Found:
            return self._named(grey, find_at(page, scale, self.network, shade))

        levels = list(zip(scales, self.each(named_at, scales, shown), strict=True))
        if not any(shows_several(found) for _, found in levels):
            levels.append((_AS_ONE, whole_mark(grey, self.glyphs)))
        return rows_of(levels)

    def _named(self, grey: Grey, found: Found) -> Found:
        marks = named(grey, found, self.glyphs)
        return (
            marks
            if self.own_digits is None
            else with_own_digits(grey, marks, self.own_digits)
        )


def are_single_digits(lines: Sequence[Line]) -> bool:
    """Whether all lines have a single digit: one of these may be all that was written."""
    return bool(lines) and all(len(line.digits) == 1 for line in lines)


def _judged_alone(
    lines: tuple[Line, ...],
    answer: Prediction,
    threshold: float,
    settings: AloneSettings = ALONE,
) -> tuple[Line, ...]:
    """The line of the digit that `predict` accepts, as sure as that; the others are specks.

    The lines stay as they are where none is that digit without a sign, or `predict` accepts none.
    """
    if not answer.accepted or answer.box is None:
        return lines
    text = str(answer.digit)
    found = [
        line
        for line in lines
        if line.text == text and _holds_middle(line.box, answer.box)
    ]
    if not found:
        return lines
    line = max(found, key=lambda line: line.confidence)
    if line.confidence < settings.least:
        return (line,)
    sure = max(line.confidence, round(answer.confidence, 4))
    return (replace(line, confidence=sure, accepted=sure >= threshold),)


def _shown_alone(
    answer: Prediction, threshold: float, settings: AloneSettings = ALONE
) -> tuple[Line, ...]:
    """The digit that `predict` finds where the rows show no number, if it is sure enough."""
    box = answer.box
    is_sure = answer.reason in ("", "unsure") and (
        answer.confidence >= settings.least_shown
    )
    if box is None or not is_sure:
        return ()
    text, sure = str(answer.digit), settings.sure_of_shown
    accepted = sure >= threshold
    others = [
        (digit, round(share, 4)) for digit, share in answer.top(1 + ALTERNATIVES)[1:]
    ]
    digit = Digit(answer.digit, sure, accepted, box, tuple(others))
    marks = (Mark(text, sure, box),)
    texts = tuple((str(other), share) for other, share in others)
    return (Line(text, sure, accepted, box, (digit,), marks, answer.digit, texts),)


def _holds_middle(box: Box, other: Box) -> bool:
    """Whether the other box's middle lies in this one."""
    x, y = (other.left + other.right) / 2, (other.top + other.bottom) / 2
    return box.left <= x < box.right and box.top <= y < box.bottom


def sureness(rows: list[Row]) -> float:
    """How many digits' worth of certainty the rows hold."""
    return sum(max(0.0, row.score) for row in rows)
