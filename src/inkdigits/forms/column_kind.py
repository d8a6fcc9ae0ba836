"""The numbers of a column are of one kind: whole, with decimals, or dates.

likely texts of each cell → how often each kind stands in the column → the likeliest text
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import exp

from inkdigits.forms.records import UNSURE
from inkdigits.forms.tables import Cell
from inkdigits.reading.numbers.confidence import log_odds
from inkdigits.reading.numbers.values import Conventions, value_of


@dataclass(frozen=True, slots=True)
class KindSettings:
    """What is assumed of a column of which nothing is read yet; chosen on 30 pages."""

    whole: float = 0.6  # share of whole numbers
    other: float = 0.1  # share of each other kind
    cells: float = 1.0  # as many cells as this assumption counts


KINDS = KindSettings()


def of_one_kind(
    rows: tuple[tuple[Cell, ...], ...],
    least: float,
    conventions: Conventions | None = None,
) -> tuple[tuple[Cell, ...], ...]:
    """The table, each cell's text weighed by what else stands in its column.

    From the confidence `least` on a cell is accepted.
    """
    columns = [
        _column(cells, least, conventions or Conventions())
        for cells in zip(*rows, strict=True)
    ]
    return tuple(zip(*columns, strict=True))


def kind_of(text: str) -> str:
    """A number without its digits: 12.50 and 3.1 are both "9.9"."""
    return re.sub(r"\d+", "9", text)


def _column(
    cells: tuple[Cell, ...], least: float, conventions: Conventions
) -> list[Cell]:
    counts: dict[str, float] = {}
    for cell in cells:
        if cell.text:
            kind = kind_of(cell.text)
            counts[kind] = counts.get(kind, 0.0) + cell.confidence
    return [
        _weighed(cell, counts, least, conventions)
        if cell.text and cell.others and cell.reason in ("", UNSURE)
        else cell
        for cell in cells
    ]


def _weighed(
    cell: Cell, counts: Mapping[str, float], least: float, conventions: Conventions
) -> Cell:
    """A cell's likeliest text, given the kinds of its column's other cells."""
    own = kind_of(cell.text)
    others = {**counts, own: counts[own] - cell.confidence}
    weights = {
        text: share * _times_likelier(kind_of(text), others)
        for text, share in cell.likely.items()
    }
    total = sum(weights.values())
    shares = {text: weight / total for text, weight in weights.items()}
    best, *less = sorted(shares, key=lambda text: -shares[text])
    # The line's confidence knows more than these shares: it moves as they do.
    moved = log_odds(shares[best]) - log_odds(cell.likely[cell.text])
    confidence = 1 / (1 + exp(-(log_odds(cell.confidence) + moved)))
    accepted = confidence >= least
    return replace(
        cell,
        text=best,
        value=cell.value if best == cell.text else value_of(best, conventions),
        confidence=round(confidence, 4),
        accepted=accepted,
        reason="" if accepted else UNSURE,
        others=tuple((text, shares[text]) for text in less),
    )


def _times_likelier(
    kind: str, counts: Mapping[str, float], settings: KindSettings = KINDS
) -> float:
    """How much likelier a kind is in this column than in any."""
    assumed = settings.whole if kind == "9" else settings.other
    seen = counts.get(kind, 0.0) + settings.cells * assumed
    return seen / (sum(counts.values()) + settings.cells) / assumed
