"""The road from a page of grey to its lines of digits: strokes, lines, pieces, the best path, marks."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from inkdigits.reading import context, decoding
from inkdigits.reading.classifier import DIGITS, Classifier, Scores
from inkdigits.reading.decoding import Mark, Span
from inkdigits.reading.expect import Pattern
from inkdigits.reading.glyphs import SIZE_PX, frame
from inkdigits.reading.lines import StrokeLine, lines_of
from inkdigits.reading.pieces import Piece, around, cut_pieces, joined, stroke_piece
from inkdigits.reading.results import Digit, Line
from inkdigits.reading.sheet import Sheet

_SURE = 0.9
_SURE_WIDEST = 0.95
_ALTERNATIVES = 3
_STRAY_LEAST, _STRAY_MOST = 0.5, 2.2
_LARGE_PX, _LARGE_SHARE = 140, 0.25
_SMALLEST_ALONE_PX = 9
_MANY_STROKES, _FEW_SHARE = 40, 0.15
_BARE_LEAST, _BARE_WIDEST = 0.82, 0.3
_LIKELY, _LINE_LIKELY, _ONE_LIKELY = 0.3, 0.25, 0.65


@dataclass(slots=True)
class Work:
    """A line on its way: its pieces, the ways to join them, and their scores."""

    line: StrokeLine
    pieces: list[Piece]
    spans: list[Span]
    lettered: bool
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
    large_px = max(_LARGE_PX, _LARGE_SHARE * min(sheet.labels.shape))
    lines = _without_stray([(line, height) for line, height in found if line is not None], large_px)
    return _sure_alone(lines, len(sheet.boxes))


def _sure_alone(lines: tuple[Line, ...], strokes: int) -> tuple[Line, ...]:
    """Where hardly any of many strokes is a digit (a texture, a picture), only what is sure is one."""
    digits = sum(digit.digit is not None for line in lines for digit in line.digits)
    if strokes < _MANY_STROKES or digits > _FEW_SHARE * strokes:
        return lines
    return tuple(
        line
        for line in lines
        if len(line.text) >= 0.5 * len(line.digits) and len(line.text) > 2 and _mean_confidence(line) >= _SURE
    )


def _mean_confidence(line: Line) -> float:
    return float(np.mean([digit.confidence for digit in line.digits if digit.digit is not None]))


def _without_stray(found: list[tuple[Line, float]], large_px: float) -> tuple[Line, ...]:
    """Lines without one likely digit, and single marks far smaller or larger than the writing, are no numbers."""
    likely = [[digit.confidence for digit in line.digits if digit.digit is not None] for line, _ in found]
    sure = [(sum(each for each in line if each >= _LIKELY), found[index][1]) for index, line in enumerate(likely)]
    usual = max(sure, default=(0.0, 0.0))[1]
    kept = []
    for (line, height), (weight, _), confidences in zip(found, sure, likely, strict=True):
        alone = sum(digit.digit is not None for digit in line.digits) == 1
        like = _STRAY_LEAST * usual <= height <= _STRAY_MOST * usual
        if _is_bare(line) and not (_BARE_LEAST * usual <= height <= usual / _BARE_LEAST):
            continue
        if weight and _is_likely(confidences, height > large_px) and ((like and height >= _SMALLEST_ALONE_PX) or not alone):
            kept.append(line)
    return tuple(kept)


def _is_likely(confidences: list[float], large: bool) -> bool:
    """Large marks that are digits are clear; large things in a picture are now and then read as some."""
    return max(confidences) >= (_ONE_LIKELY if large else _LIKELY) and float(np.mean(confidences)) >= _LINE_LIKELY


def _is_bare(line: Line) -> bool:
    """Whether all its digits are plain upright bars, as pieces of a rule are too."""
    boxes = [digit.box for digit in line.digits if digit.digit is not None]
    ones = all(digit.digit in (None, 1) for digit in line.digits)
    return ones and all(box.right - box.left <= _BARE_WIDEST * (box.bottom - box.top) for box in boxes)


def prepare(sheet: Sheet, classifier: Classifier) -> list[Work]:
    """Each line with all the ways to join its pieces, scored."""
    lines = lines_of(sheet.boxes)
    strokes = [stroke for line in lines for stroke in line.strokes]
    whole = {stroke: stroke_piece(sheet, stroke) for stroke in strokes}
    scores = scored(classifier, [[whole[stroke]] for stroke in strokes])
    place = {stroke: index for index, stroke in enumerate(strokes)}
    counts = [_letters_and_digits(line, whole, scores, place) for line in lines]
    prose = context.is_prose(counts, len(strokes))
    works = [
        _work(line, whole, scores, place, lettered=context.is_lettered(*count, prose=prose))
        for line, count in zip(lines, counts, strict=True)
    ]
    _score_spans(works, classifier, scores, place)
    return works


def _work(line: StrokeLine, whole: dict[int, Piece], scores: Scores, place: dict[int, int], *, lettered: bool) -> Work:
    """A line of letters is not cut: pieces of letters look like digits."""
    sure = {stroke for stroke in line.strokes if _is_sure(whole[stroke], float(scores.confidence[place[stroke]]), line)}
    pieces: list[Piece] = []
    for stroke in line.strokes:
        pieces += [whole[stroke]] if lettered or stroke in sure else cut_pieces(whole[stroke], line)
    spans = decoding.spans_of(pieces, set(line.strokes) if lettered else sure, line.height_px)
    return Work(line, pieces, spans, lettered)


def _letters_and_digits(line: StrokeLine, whole: dict[int, Piece], scores: Scores, place: dict[int, int]) -> tuple[int, int]:
    """How many of the line's larger strokes are refused as they stand, and how many are digits; two that touch are neither."""
    letters = digits = 0
    for stroke in line.strokes:
        height, width = whole[stroke].ink.shape
        if height < 0.5 * line.height_px or width > 1.15 * max(height, line.height_px):
            continue
        letters += bool(scores.refusal[place[stroke]] >= 0.5)
        digits += bool(scores.confidence[place[stroke]] >= 0.5)
    return letters, digits


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
            if decoding.is_one_stroke(span, taken):
                index[number] = place[taken[0].stroke]
            else:
                index[number] = len(place) + len(fresh)
                fresh.append(taken)
        rows.append((work, index))
    more = scored(classifier, fresh)
    together = Scores(*(np.concatenate(pair) for pair in zip(_parts(scores), _parts(more), strict=True)))
    for work, index in rows:
        work.scores = Scores(*(part[index] for part in _parts(together)))


def _parts(scores: Scores) -> tuple[npt.NDArray[np.float32], ...]:
    return scores.probabilities, scores.confidence, scores.refusal


def scored(classifier: Classifier, groups: Sequence[list[Piece]]) -> Scores:
    """The net's scores of groups of pieces, each group framed as one glyph."""
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
    box = sheet.on_page(*around(pieces))
    return Line(text, round(confidence, 4), confidence >= road.min_confidence, box, digits)


def _path(
    work: Work, as_digit: npt.NDArray[np.float64], refused: npt.NDArray[np.float64], expect: Pattern | None
) -> tuple[list[Mark], float] | None:
    if expect is not None:
        return decoding.expected_path(len(work.pieces), work.spans, as_digit, refused, expect)
    marks, confidence = decoding.best_path(len(work.pieces), work.spans, as_digit, refused)
    places = [around(work.pieces[mark.span.start : mark.span.end]) for mark in marks]
    inks = [joined(work.pieces[mark.span.start : mark.span.end]) for mark in marks]
    return context.digits_only(marks, places, inks, work.line.height_px, lettered=work.lettered), confidence


def _digit(sheet: Sheet, work: Work, mark: Mark, index: int, min_confidence: float) -> Digit:
    box = sheet.on_page(*around(work.pieces[mark.span.start : mark.span.end]))
    probabilities = work.scores.probabilities[index] * work.scores.confidence[index] / work.scores.probabilities[index].max()
    order = [int(value) for value in np.argsort(-probabilities) if value != mark.digit][:_ALTERNATIVES]
    others = tuple((digit, round(float(probabilities[digit]), 4)) for digit in order)
    confidence = round(mark.confidence, 4)
    return Digit(mark.digit, confidence, mark.digit is not None and confidence >= min_confidence, box, others)
