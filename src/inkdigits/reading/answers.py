"""Which digits stand in a line: the lattice of pieces and the line net together, and where they differ, the surer of both."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from inkdigits.reading import context, decoding
from inkdigits.reading.classifier import DIGITS
from inkdigits.reading.decoding import Mark
from inkdigits.reading.linenet import Columns, aligned, best_text, likelihood
from inkdigits.reading.numbers.patterns import Pattern, exactly
from inkdigits.reading.pieces import Place, around, joined
from inkdigits.reading.strip import COLUMN_PX, Strip

if TYPE_CHECKING:
    from inkdigits.reading.page import Work

_CLEARLY = 3.0
_HALF_DIGIT_PX = 16


@dataclass(frozen=True, slots=True)
class Answer:
    """A mark of the line: its digit (None: refused), the probability of that, where on the sheet, and each digit's share."""

    digit: int | None
    confidence: float
    place: Place
    shares: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a line's text: its share among all paths, what the line net gives it, and whether both read the same."""

    share: float
    line_log: float
    agree: bool
    least: float
    length: int


def answers_of(work: "Work", expect: Pattern | None) -> tuple[list[Answer], Evidence] | None:
    """The line's marks from left to right, or None where no digit stands in it (or none that fits)."""
    as_digit, refused = decoding.costs_of(work.pieces, work.spans, work.scores, work.line.height_px)
    if work.strip is not None and work.columns is not None:
        decoding.add_line_costs((as_digit, refused), work.pieces, work.spans, work.strip, work.columns)
    path = _path(work, as_digit, refused, expect)
    text = [mark.digit for mark in path[0] if mark.digit is not None] if path else None
    if work.strip is None or work.columns is None:
        return _checked(work, path, 0.0, agree=False)
    wanted, log = best_text(work.columns, expect)
    if wanted == text:
        return _checked(work, path, log, agree=True)
    other = likelihood(work.columns, text) if text is not None else -np.inf
    if log - other <= _CLEARLY:
        return _checked(work, path, other, agree=False)
    if not wanted:
        return None
    again = decoding.expected_path(len(work.pieces), work.spans, as_digit, refused, exactly("".join(map(str, wanted))))
    if again is not None:
        return _checked(work, again, log, agree=False)
    found = _from_columns(work, work.strip, work.columns, wanted)
    share = float(np.exp(min(0.0, log)))
    return found, Evidence(share, log, agree=False, least=min(answer.confidence for answer in found), length=len(wanted))


def _path(
    work: "Work", as_digit: npt.NDArray[np.float64], refused: npt.NDArray[np.float64], expect: Pattern | None
) -> tuple[list[Mark], float] | None:
    if expect is not None:
        return decoding.expected_path(len(work.pieces), work.spans, as_digit, refused, expect)
    marks, confidence = decoding.best_path(len(work.pieces), work.spans, as_digit, refused)
    places = [around(work.pieces[mark.span.start : mark.span.end]) for mark in marks]
    inks = [joined(work.pieces[mark.span.start : mark.span.end]) for mark in marks]
    return context.digits_only(marks, places, inks, work.line.height_px, lettered=work.lettered), confidence


def _checked(
    work: "Work", path: tuple[list[Mark], float] | None, line_log: float, *, agree: bool
) -> tuple[list[Answer], Evidence] | None:
    """The path's marks as answers; None where none of them is a digit."""
    if path is None or all(mark.digit is None for mark in path[0]):
        return None
    index = {span: number for number, span in enumerate(work.spans)}
    answers = [_answer(work, mark, index[mark.span]) for mark in path[0]]
    digits = [mark.confidence for mark in path[0] if mark.digit is not None]
    return answers, Evidence(path[1], line_log, agree, min(digits), len(digits))


def _answer(work: "Work", mark: Mark, index: int) -> Answer:
    shares = work.scores.probabilities[index].astype(np.float64)
    shares = shares * float(work.scores.share[index]) / max(float(shares.max()), 1e-9)
    return Answer(mark.digit, mark.confidence, around(work.pieces[mark.span.start : mark.span.end]), shares)


def _from_columns(work: "Work", strip: Strip, columns: Columns, text: Sequence[int]) -> list[Answer]:
    """Digits that no way of cutting the ink gives, each where the line net sees it; what lies clear of them is refused."""
    answers = []
    for digit, (first, last) in zip(text, aligned(columns, text), strict=True):
        peak = first + int(columns[first:last, digit].argmax())
        reach = _HALF_DIGIT_PX // COLUMN_PX
        left, right = (strip.sheet_x(column) for column in (max(first, peak - reach), min(last, peak + reach)))
        shares = columns[first:last, :DIGITS].max(axis=0)
        answers.append(Answer(digit, float(shares[digit]), _ink_between(work, left, right), shares))
    for piece in {piece.stroke: piece for piece in work.pieces}.values():
        place = around([part for part in work.pieces if part.stroke == piece.stroke])
        if all(place[2] <= answer.place[0] or place[0] >= answer.place[2] for answer in answers):
            answers.append(Answer(None, 1.0, place, np.zeros(DIGITS)))
    return sorted(answers, key=lambda answer: answer.place[0])


def _ink_between(work: "Work", left: float, right: float) -> Place:
    """The box around the line's ink from one column of the sheet to another."""
    boxes = []
    for piece in work.pieces:
        low, high = max(0, round(left) - piece.left), min(piece.ink.shape[1], round(right) - piece.left)
        rows, across = np.nonzero(piece.ink[:, low:high]) if low < high else (np.zeros(0), np.zeros(0))
        if len(rows):
            boxes.append((piece.left + low + int(across.min()), piece.top + int(rows.min()),
                          piece.left + low + int(across.max()) + 1, piece.top + int(rows.max()) + 1))  # fmt: skip
    if not boxes:
        top, bottom = min(piece.top for piece in work.pieces), max(piece.bottom for piece in work.pieces)
        return round(left), top, max(round(right), round(left) + 1), bottom
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
