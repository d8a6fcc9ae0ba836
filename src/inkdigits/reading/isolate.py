"""The digit that is meant, where a picture was cut from a line and its neighbours reach into it."""

import numpy as np

from inkdigits.reading import decoding
from inkdigits.reading.classifier import Classifier
from inkdigits.reading.glyphs import frame
from inkdigits.reading.input.pages import Grey
from inkdigits.reading.lines import StrokeLine
from inkdigits.reading.page import scored
from inkdigits.reading.pieces import Piece, around, cut_pieces, joined
from inkdigits.reading.results import Box


def middle_digit(ink: Grey, box: Box, classifier: Classifier) -> tuple[Grey, Box] | None:
    """The framed digit nearest the picture's middle, where the ink is best read as several; else None."""
    height = box.bottom - box.top
    whole = Piece(box.left, box.top, np.ascontiguousarray(ink[box.top : box.bottom, box.left : box.right]), 0, 0.0)
    pieces = cut_pieces(whole, StrokeLine([0], float(height)))
    if len(pieces) < 2:
        return None
    spans = decoding.spans_of(pieces, set(), float(height))
    scores = scored(classifier, [pieces[span.start : span.end] for span in spans])
    as_digit, refused = decoding.costs_of(pieces, spans, scores, float(height))
    marks, _ = decoding.best_path(len(pieces), spans, as_digit, refused)
    digits = [mark for mark in marks if mark.digit is not None]
    if len(marks) < 2 or not digits:
        return None
    places = {mark.span: Box(*around(pieces[mark.span.start : mark.span.end])) for mark in digits}
    middle = ink.shape[1] / 2
    chosen = min(digits, key=lambda mark: abs((places[mark.span].left + places[mark.span].right) / 2 - middle))
    return frame(joined(pieces[chosen.span.start : chosen.span.end])), places[chosen.span]
