"""The road from a page of grey to its lines of digits: strokes, lines, pieces, the best path, marks."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from inkdigits.reading import context, decoding
from inkdigits.reading.answers import Answer, answers_of
from inkdigits.reading.bars import with_bars
from inkdigits.reading.classifier import Classifier, Scores, no_scores
from inkdigits.reading.decoding import Span
from inkdigits.reading.glyphs import SIZE_PX, frame
from inkdigits.reading.linenet import Columns, LineNet
from inkdigits.reading.lines import StrokeLine, lines_of
from inkdigits.reading.numbers.patterns import Pattern
from inkdigits.reading.pieces import Piece, cut_pieces, joined, stroke_piece
from inkdigits.reading.results import Digit, Line
from inkdigits.reading.sheet import Sheet
from inkdigits.reading.strip import Strip, strip_of

_SURE = 0.9
_SURE_WIDEST = 0.95
_ALTERNATIVES = 3
_STRAY_LEAST, _STRAY_MOST = 0.5, 2.2
_LARGE_PX, _LARGE_SHARE = 140, 0.25
_SMALLEST_ALONE_PX = 9
_MANY_STROKES, _FEW_SHARE = 40, 0.15
_BARE_LEAST, _BARE_WIDEST = 0.82, 0.3
_HARDLY, _AMONG_OTHERS, _MOSTLY, _ALONE_LIKELY = 0.06, 0.2, 0.75, 0.5
_LIKELY, _LINE_LIKELY, _ONE_LIKELY, _BESIDE_LIKELY = 0.3, 0.25, 0.65, 0.55


@dataclass(slots=True)
class Work:
    """A line on its way: its pieces, the ways to join them, and their scores."""

    line: StrokeLine
    pieces: list[Piece]
    spans: list[Span]
    lettered: bool
    scores: Scores = field(default_factory=lambda: no_scores(0))
    strip: Strip | None = None
    columns: Columns | None = None


@dataclass(frozen=True, slots=True)
class Road:
    """What reads a page: the nets, from which confidence on an answer is accepted, and what lines should look like."""

    classifier: Classifier
    line_net: LineNet
    min_confidence: float
    expect: Pattern | None = None


def read_sheet(sheet: Sheet, road: Road) -> tuple[Line, ...]:
    """The lines of digits on a page, from top to bottom."""
    works = prepare(sheet, road)
    found = [(read_line(sheet, work, road), work.line.height_px) for work in works]
    large_px = max(_LARGE_PX, _LARGE_SHARE * min(sheet.labels.shape))
    likely = [(line, height) for line, height in found if line is not None and _may_be_right(line, height > large_px)]
    return _sure_alone(_without_stray(likely, large_px), len(sheet.boxes))


def _may_be_right(line: Line, large: bool) -> bool:
    """Print read as digits is hardly ever sure of itself; a thing alone is more often, or a large one and a part of it."""
    if len(line.text) <= 1 + large:
        return line.confidence >= _ALONE_LIKELY
    return line.confidence >= (_HARDLY if len(line.text) > _MOSTLY * len(line.digits) else _AMONG_OTHERS)


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
        beside = alone and len(line.digits) > 1
        if (
            weight
            and _is_likely(confidences, height > large_px, beside)
            and ((like and height >= _SMALLEST_ALONE_PX) or not alone)
        ):
            kept.append(line)
    return tuple(kept)


def _is_likely(confidences: list[float], large: bool, beside: bool) -> bool:
    """Large marks that are digits are clear; large things in a picture, and parts of them, are now and then read as some."""
    least = _ONE_LIKELY if large else _BESIDE_LIKELY if beside else _LIKELY
    return max(confidences) >= least and float(np.mean(confidences)) >= _LINE_LIKELY


def _is_bare(line: Line) -> bool:
    """Whether all its digits are plain upright bars, as pieces of a rule are too."""
    boxes = [digit.box for digit in line.digits if digit.digit is not None]
    ones = all(digit.digit in (None, 1) for digit in line.digits)
    return ones and all(box.right - box.left <= _BARE_WIDEST * (box.bottom - box.top) for box in boxes)


def prepare(sheet: Sheet, road: Road) -> list[Work]:
    """Each line with all the ways to join its pieces, scored by the digit net, and seen as a whole by the line net."""
    classifier = road.classifier
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
    _look_at_lines(sheet, [work for work in works if not work.lettered], road.line_net)
    return works


def _look_at_lines(sheet: Sheet, works: list[Work], line_net: LineNet) -> None:
    """Words are left to the digit net: the line net has seen few."""
    strips = [strip_of(sheet, work.line) for work in works]
    for work, strip, columns in zip(works, strips, line_net.columns(strips), strict=True):
        work.strip = strip
        work.columns = with_bars(columns, strip, work)


def _work(line: StrokeLine, whole: dict[int, Piece], scores: Scores, place: dict[int, int], *, lettered: bool) -> Work:
    """A line of letters is not cut: pieces of letters look like digits."""
    sure = {stroke for stroke in line.strokes if _is_sure(whole[stroke], float(scores.share[place[stroke]]), line)}
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
        digits += bool(scores.share[place[stroke]] >= 0.5)
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
    return scores.probabilities, scores.confidence, scores.share, scores.refusal


def scored(classifier: Classifier, groups: Sequence[list[Piece]]) -> Scores:
    """The net's scores of groups of pieces, each group framed as one glyph."""
    if not groups:
        return no_scores(0)
    framed = np.zeros((len(groups), SIZE_PX, SIZE_PX), np.uint8)
    for index, pieces in enumerate(groups):
        framed[index] = frame(joined(pieces))
    return classifier.scores(framed)


def read_line(sheet: Sheet, work: Work, road: Road) -> Line | None:
    """The line's digits, or None where it has none."""
    found = answers_of(work, road.expect)
    if found is None:
        return None
    answers, evidence = found
    confidence = road.line_net.confidence(evidence)
    digits = tuple(_digit(sheet, answer, road.min_confidence) for answer in answers)
    text = "".join(str(digit.digit) for digit in digits if digit.digit is not None)
    left, top, right, bottom = zip(*(answer.place for answer in answers if answer.digit is not None), strict=True)
    box = sheet.on_page(min(left), min(top), max(right), max(bottom))
    return Line(text, round(confidence, 4), confidence >= road.min_confidence, box, digits)


def _digit(sheet: Sheet, answer: Answer, min_confidence: float) -> Digit:
    order = [int(value) for value in np.argsort(-answer.shares, kind="stable") if value != answer.digit][:_ALTERNATIVES]
    others = tuple((digit, round(float(answer.shares[digit]), 4)) for digit in order)
    confidence = round(answer.confidence, 4)
    accepted = answer.digit is not None and confidence >= min_confidence
    return Digit(answer.digit, confidence, accepted, sheet.on_page(*answer.place), others)
