"""The road from a page of grey to its lines of digits: strokes, lines, pieces, the best path, marks."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from inkdigits.reading import decoding
from inkdigits.reading.classifier import DIGITS, Classifier, Scores
from inkdigits.reading.decoding import Mark, Span
from inkdigits.reading.expect import Pattern
from inkdigits.reading.glyphs import SIZE_PX, frame, lean
from inkdigits.reading.lines import StrokeLine, lines_of
from inkdigits.reading.pieces import Piece, cut_pieces, joined, stroke_piece
from inkdigits.reading.results import Digit, Line
from inkdigits.reading.sheet import Sheet

_SURE = 0.9
_SURE_WIDEST = 0.95
_WORD_GAP = 0.7
_MOST_REFUSED = 0.4
_ALTERNATIVES = 3
_SLASH_TALLER, _SLASH_LEANS, _COMMA_TALLEST = 1.28, 0.15, 0.7
_STRAY_LEAST, _STRAY_MOST = 0.5, 2.2
_LIKELY = 0.3


@dataclass(slots=True)
class Work:
    """A line on its way: its pieces, the ways to join them, and their scores."""

    line: StrokeLine
    pieces: list[Piece]
    spans: list[Span]
    scores: Scores = field(default_factory=lambda: _no_scores(0))


@dataclass(frozen=True, slots=True)
class Road:
    """What reads a page: the net, from which confidence on an answer is accepted, and what lines should look like."""

    classifier: Classifier
    min_confidence: float
    expect: Pattern | None = None


def read_sheet(sheet: Sheet, road: Road) -> tuple[Line, ...]:
    """The lines of digits on a page, from top to bottom."""
    works = prepare(sheet, road.classifier)
    found = [(read_line(sheet, work, road), work.line.height_px) for work in works]
    return _without_stray([(line, height) for line, height in found if line is not None])


def _without_stray(found: list[tuple[Line, float]]) -> tuple[Line, ...]:
    """Lines without one likely digit, and single marks far smaller or larger than the writing, are no numbers."""
    likely = [[digit.confidence for digit in line.digits if digit.digit is not None] for line, _ in found]
    sure = [(sum(each for each in line if each >= _LIKELY), found[index][1]) for index, line in enumerate(likely)]
    usual = max(sure, default=(0.0, 0.0))[1]
    kept = []
    for (line, height), (weight, _) in zip(found, sure, strict=True):
        alone = sum(digit.digit is not None for digit in line.digits) == 1
        like = _STRAY_LEAST * usual <= height <= _STRAY_MOST * usual
        if weight and (like or not alone):
            kept.append(line)
    return tuple(kept)


def prepare(sheet: Sheet, classifier: Classifier) -> list[Work]:
    """Each line with all the ways to join its pieces, scored."""
    lines = lines_of(sheet.boxes)
    strokes = [stroke for line in lines for stroke in line.strokes]
    whole = {stroke: stroke_piece(sheet, stroke) for stroke in strokes}
    scores = _scored(classifier, [[whole[stroke]] for stroke in strokes])
    place = {stroke: index for index, stroke in enumerate(strokes)}
    works = [_work(line, whole, scores, place) for line in lines]
    _score_spans(works, classifier, scores, place)
    return works


def _work(line: StrokeLine, whole: dict[int, Piece], scores: Scores, place: dict[int, int]) -> Work:
    sure = {stroke for stroke in line.strokes if _is_sure(whole[stroke], float(scores.confidence[place[stroke]]), line)}
    pieces: list[Piece] = []
    for stroke in line.strokes:
        pieces += [whole[stroke]] if stroke in sure else cut_pieces(whole[stroke], line)
    return Work(line, pieces, decoding.spans_of(pieces, sure, line.height_px))


def _is_sure(piece: Piece, confidence: float, line: StrokeLine) -> bool:
    height, width = piece.ink.shape
    return confidence >= _SURE and width <= _SURE_WIDEST * max(height, line.height_px) and height > 0.5 * line.height_px


def _score_spans(works: list[Work], classifier: Classifier, scores: Scores, place: dict[int, int]) -> None:
    """All the ways of all lines in one batch; whole strokes have their scores already."""
    fresh: list[list[Piece]] = []
    rows: list[tuple[Work, npt.NDArray[np.int64]]] = []
    for work in works:
        index = np.zeros(len(work.spans), np.int64)
        for number, span in enumerate(work.spans):
            taken = work.pieces[span.start : span.end]
            if span.whole and len({piece.stroke for piece in taken}) == 1:
                index[number] = place[taken[0].stroke]
            else:
                index[number] = len(place) + len(fresh)
                fresh.append(taken)
        rows.append((work, index))
    more = _scored(classifier, fresh)
    together = Scores(*(np.concatenate(pair) for pair in zip(_parts(scores), _parts(more), strict=True)))
    for work, index in rows:
        work.scores = Scores(*(part[index] for part in _parts(together)))


def _parts(scores: Scores) -> tuple[npt.NDArray[np.float32], ...]:
    return scores.probabilities, scores.confidence, scores.refusal


def _scored(classifier: Classifier, groups: Sequence[list[Piece]]) -> Scores:
    if not groups:
        return _no_scores(0)
    framed = np.zeros((len(groups), SIZE_PX, SIZE_PX), np.uint8)
    for index, pieces in enumerate(groups):
        framed[index] = frame(joined(pieces))
    return classifier.scores(framed)


def _no_scores(count: int) -> Scores:
    return Scores(np.zeros((count, DIGITS), np.float32), np.zeros(count, np.float32), np.zeros(count, np.float32))


def read_line(sheet: Sheet, work: Work, road: Road) -> Line | None:
    """The line's digits, or None where it has none."""
    as_digit, refused = decoding.costs_of(work.pieces, work.spans, work.scores, work.line.height_px)
    found = _path(work, as_digit, refused, road.expect)
    if found is None or all(mark.digit is None for mark in found[0]):
        return None
    marks, confidence = found
    index = {span: number for number, span in enumerate(work.spans)}
    digits = tuple(_digit(sheet, work, mark, index[mark.span], road.min_confidence) for mark in marks)
    text = "".join(str(digit.digit) for digit in digits if digit.digit is not None)
    taken = [mark.span for mark in marks if mark.digit is not None]
    pieces = [piece for span in taken for piece in work.pieces[span.start : span.end]]
    box = sheet.on_page(*_around(pieces))
    return Line(text, round(confidence, 4), confidence >= road.min_confidence, box, digits)


def _path(
    work: Work, as_digit: npt.NDArray[np.float64], refused: npt.NDArray[np.float64], expect: Pattern | None
) -> tuple[list[Mark], float] | None:
    if expect is not None:
        return decoding.expected_path(len(work.pieces), work.spans, as_digit, refused, expect)
    marks, confidence = decoding.best_path(len(work.pieces), work.spans, as_digit, refused)
    return _without_words(_without_slashes(marks, work), work), confidence


def _without_slashes(marks: list[Mark], work: Work) -> list[Mark]:
    """A 1 between digits that stands far taller than they do, and leans as they do not, is a stroke; a low short one a comma."""
    boxes = [_around(work.pieces[mark.span.start : mark.span.end]) for mark in marks]
    digits = [index for index, mark in enumerate(marks) if mark.digit is not None]
    out = list(marks)
    for index in digits:
        others = [other for other in digits if other != index]
        if marks[index].digit != 1 or not others:
            continue
        plain = [other for other in others if marks[other].digit != 1] or others
        height = float(np.median([boxes[other][3] - boxes[other][1] for other in plain]))
        tall = (boxes[index][3] - boxes[index][1]) / height
        inner = digits[0] < index < digits[-1]
        comma = tall < _COMMA_TALLEST and boxes[index][1] > np.median([(boxes[o][1] + boxes[o][3]) / 2 for o in plain])
        if comma or (inner and tall > _SLASH_TALLER - 0.12 and _is_slash(marks, work, index, plain, tall)):
            out[index] = Mark(marks[index].span, None, marks[index].confidence)
    return out


def _is_slash(marks: list[Mark], work: Work, index: int, others: list[int], tall: float) -> bool:
    leans = {at: lean(joined(work.pieces[marks[at].span.start : marks[at].span.end])) for at in [index, *others]}
    further = leans[index] - float(np.median([leans[other] for other in others])) - _SLASH_LEANS
    return further > -0.12 and (tall - _SLASH_TALLER) / 0.12 + further / 0.15 > 0


def _without_words(marks: list[Mark], work: Work) -> list[Mark]:
    """Where much of a word is refused, the rest is letters too."""
    words: list[list[Mark]] = []
    right = -np.inf
    for mark in marks:
        left, _, end, _ = _around(work.pieces[mark.span.start : mark.span.end])
        if left - right > _WORD_GAP * work.line.height_px:
            words.append([])
        words[-1].append(mark)
        right = max(right, end)
    out = []
    for word in words:
        large = [mark for mark in word if _is_large(mark, work)]
        letters = sum(mark.digit is None for mark in large)
        refuse = letters > _MOST_REFUSED * len(large)
        out += [Mark(mark.span, None, 1 - mark.confidence) if refuse and mark.digit is not None else mark for mark in word]
    return out


def _is_large(mark: Mark, work: Work) -> bool:
    _, top, _, bottom = _around(work.pieces[mark.span.start : mark.span.end])
    return mark.digit is not None or bottom - top > 0.5 * work.line.height_px


def _digit(sheet: Sheet, work: Work, mark: Mark, index: int, min_confidence: float) -> Digit:
    box = sheet.on_page(*_around(work.pieces[mark.span.start : mark.span.end]))
    probabilities = work.scores.probabilities[index] * work.scores.confidence[index] / work.scores.probabilities[index].max()
    order = [int(value) for value in np.argsort(-probabilities) if value != mark.digit][:_ALTERNATIVES]
    others = tuple((digit, round(float(probabilities[digit]), 4)) for digit in order)
    confidence = round(mark.confidence, 4)
    return Digit(mark.digit, confidence, mark.digit is not None and confidence >= min_confidence, box, others)


def _around(pieces: Sequence[Piece]) -> tuple[int, int, int, int]:
    return (
        min(piece.left for piece in pieces), min(piece.top for piece in pieces),
        max(piece.right for piece in pieces), max(piece.bottom for piece in pieces),
    )  # fmt: skip
