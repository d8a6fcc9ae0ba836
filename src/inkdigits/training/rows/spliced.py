"""New numbers by real hands: the beginning of one row, the end of another by the same hand.

two rows as strips → a column with hardly any ink between two digits of each → one strip, its text

A hand's few numbers show few pairs of digits: years begin with 18 or 19, and in weather registers
the same tens return for months. A network that sees three digits to each side learns them by heart.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.reading.marks.alphabet import DIGITS
from inkdigits.reading.numbers.strips import Window
from inkdigits.training.rows.as_read import RowAsRead, RowText

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.floating[Any]]
Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class SpliceSettings:
    """Where a row may be cut."""

    # Of the way from one digit's middle to the next: the part in which it may be cut.
    between: tuple[float, float] = (0.3, 0.7)
    # Ink in the column of a cut, in parts of the column with most ink.
    most_ink: float = 0.15


SPLICES = SpliceSettings()


@dataclass(frozen=True, slots=True)
class RowStrip:
    """A row, the strip that shows it, and the window that the strip was made of."""

    row: RowAsRead
    strip: Grey
    window: Window


def spliced(
    rng: Rng, one: RowStrip, other: RowStrip, settings: SpliceSettings = SPLICES
) -> tuple[Grey, RowText] | None:
    """The beginning of one row with the end of the other.

    None where one of them cannot be cut.
    """
    begins, ends = _cut_of(rng, one, settings), _cut_of(rng, other, settings)
    if begins is None or ends is None:
        return None
    (column, count), (first_column, first) = begins, ends
    # Both on the same paper.
    lighter = float(np.median(one.strip)) - float(np.median(other.strip))
    end = np.clip(other.strip[:, first_column:] + lighter, 0, 255).astype(np.uint8)
    strip = np.concatenate([one.strip[:, :column], end], axis=1)
    marks = (*one.row.text.marks[:count], *other.row.text.marks[first:])
    knows_signs = one.row.text.knows_signs and other.row.text.knows_signs
    if not knows_signs:
        marks = tuple(mark for mark in marks if mark < len(DIGITS))
    return strip, RowText(marks, knows_signs)


def _cut_of(
    rng: Rng, shown: RowStrip, settings: SpliceSettings
) -> tuple[int, int] | None:
    """A column between two digits, and how many marks stand before it."""
    middles = _middles_of(shown)
    ink = _ink_of(shown.strip)
    places = _places(shown.row.text.marks)
    for index in rng.permutation(len(places)):
        digit, count = places[index]
        left, right = middles[digit], middles[digit + 1]
        first, last = (
            round(left + share * (right - left)) for share in settings.between
        )
        column = _emptiest(ink, first, last)
        if column is not None and ink[column] <= settings.most_ink * ink.max():
            return column, count
    return None


def _middles_of(shown: RowStrip) -> list[float]:
    """The column of the strip in which each digit has its middle."""
    scale = shown.strip.shape[1] / shown.window.width
    return [(middle - shown.window.left) * scale for middle in shown.row.middles]


def _ink_of(strip: Grey) -> Floats:
    """How dark each column is beside the paper."""
    paper = float(np.median(strip))
    darker = np.maximum(paper - strip, 0)
    ink: Floats = darker.sum(axis=0)
    return ink


def _emptiest(ink: Floats, first: int, last: int) -> int | None:
    """Of these columns the one with the least ink; None if there are none."""
    first = max(first, 1)
    between = ink[first : max(last, first)]
    return first + int(between.argmin()) if len(between) else None


def _places(marks: tuple[int, ...]) -> list[tuple[int, int]]:
    """Where a digit follows another without a sign between: its number, and that of its mark."""
    found, digits = [], 0
    for index, mark in enumerate(marks[:-1]):
        if mark < len(DIGITS):
            if marks[index + 1] < len(DIGITS):
                found.append((digits, index + 1))
            digits += 1
    return found
