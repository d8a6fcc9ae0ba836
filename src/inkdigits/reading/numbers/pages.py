"""A grey page → its lines of numbers: the marks at each size, the rows they stand in, what the rows say."""

from dataclasses import dataclass, replace

import numpy as np

from inkdigits.reading.classifier import Classifier
from inkdigits.reading.input.pages import Grey, Page
from inkdigits.reading.marks.found import Found
from inkdigits.reading.marks.network import MarksNetwork
from inkdigits.reading.marks.opinion import with_second_opinion
from inkdigits.reading.marks.pyramid import PYRAMID, find_at, levels_of
from inkdigits.reading.numbers.lines import lines_of
from inkdigits.reading.numbers.rows import Row, rows_of
from inkdigits.reading.options import ReadOptions
from inkdigits.reading.results import Line, PageReading


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """When a page is taken to lie on its side or upside down. Upright is what nearly all pages are."""

    least_marks: int = 12  # fewer say nothing of how the page lies
    least_sureness: float = 5.0  # digits' worth of certainty that a turned page must hold
    sure_upright: float = 0.5  # sureness for each mark from which upright is not doubted
    much_more: float = 3.0  # the sureness of the turned page, in times of the upright one


TURNS = TurnSettings()


@dataclass(frozen=True)
class PageReader:
    """Reads pages by their marks, the digit network asked where the marks network is not sure.

    `threshold` is the confidence from which a line is accepted.
    """

    network: MarksNetwork
    classifier: Classifier
    threshold: float

    def read(self, page: Page, number: int, options: ReadOptions) -> PageReading:
        rows, quarters = self._upright_rows(page.grey)
        lines: tuple[Line, ...] = lines_of(
            rows, self.network.confidence, self.threshold, options.pattern, options.conventions, page.scale
        )
        height, width = (round(side * page.scale) for side in page.grey.shape)
        if quarters % 2:
            height, width = width, height
        return PageReading(lines, width, height, number, 90.0 * quarters)

    def _upright_rows(self, grey: Grey) -> tuple[list[Row], int]:
        """The rows, and how many quarters the page had to be turned against the clock."""
        rows = self.rows(grey)
        upright = sureness(rows)
        marks = sum(len(row.marks) for row in rows)
        if upright > TURNS.sure_upright * marks or marks < TURNS.least_marks:
            return rows, 0
        best, quarters = rows, 0
        for turned in (1, 3, 2):
            other = self.rows(np.ascontiguousarray(np.rot90(grey, turned)))
            if sureness(other) > max(TURNS.much_more * upright, TURNS.least_sureness, sureness(best)):
                best, quarters = other, turned
        return best, quarters

    def rows(self, grey: Grey) -> list[Row]:
        """The rows of the page as it lies."""
        rows = rows_of(self.levels(grey))
        return [replace(row, marks=with_second_opinion(grey, row.marks, self.classifier)) for row in rows]

    def levels(self, grey: Grey) -> list[tuple[float, Found]]:
        """What the network finds at each size of the page."""
        return [(scale, find_at(grey, scale, self.network, PYRAMID.rim_px)) for scale in levels_of(grey.shape, PYRAMID)]


def sureness(rows: list[Row]) -> float:
    """How many digits' worth of certainty the rows hold."""
    return sum(max(0.0, row.score) for row in rows)
