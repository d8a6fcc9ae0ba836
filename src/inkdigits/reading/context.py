"""What a mark's neighbours say of it: slashes and commas among digits, letters in words, prose on a page."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from inkdigits.reading.decoding import Mark
from inkdigits.reading.glyphs import lean
from inkdigits.reading.input.pages import Grey
from inkdigits.reading.pieces import Place

_WORD_GAP = 0.7
_MOST_REFUSED = 0.4
# A logistic fit on the training files of UNIPEN's strings: a slash is taller than the digits beside it, and leans.
_SLASH_TALL, _SLASH_LEAN, _SLASH = 10.7, 3.2, 14.1
_COMMA_TALLEST = 0.7
_MANY_STROKES, _FEW_DIGITS = 120, 0.2
_PROSE_FROM, _LINE_FROM = 20, 4
_PROSE_SHARE, _LETTERED_SHARE = 0.35, 0.45
_SURE_AMONG_LETTERS = 0.9
_LOOK_LIKE_LETTERS = frozenset({0, 1})


def is_prose(counts: Sequence[tuple[int, int]], strokes: int) -> bool:
    """Whether a page of (refused, digits) lines is mostly letters, or hardly anything of many strokes is a digit as it stands."""
    letters, digits = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0)
    if strokes >= _MANY_STROKES and digits < _FEW_DIGITS * strokes:
        return True
    return letters + digits >= _PROSE_FROM and letters >= _PROSE_SHARE * (letters + digits)


def is_lettered(letters: int, digits: int, *, prose: bool) -> bool:
    """Whether a line is words, in which digits need to be sure of themselves."""
    return prose or (letters + digits >= _LINE_FROM and letters >= _LETTERED_SHARE * (letters + digits))


def digits_only(marks: list[Mark], places: list[Place], inks: list[Grey], height_px: float, *, lettered: bool) -> list[Mark]:
    """The marks with those refused that are no digits where they stand."""
    out = _without_strokes(marks, places, inks)
    words = _words(places, height_px)
    refused = {
        index
        for word in words
        if _is_word([out[i] for i in word], [places[i] for i in word], height_px, lettered)
        for index in word
    }
    return [replace(mark, digit=None) if index in refused else mark for index, mark in enumerate(out)]


def _words(places: list[Place], height_px: float) -> list[list[int]]:
    """Marks with no wide gap between them."""
    words: list[list[int]] = []
    right = -np.inf
    for index, (left, _, end, _) in enumerate(places):
        if left - right > _WORD_GAP * height_px:
            words.append([])
        words[-1].append(index)
        right = max(right, end)
    return words


def _is_word(marks: list[Mark], places: list[Place], height_px: float, lettered: bool) -> bool:
    """Whether much of it is refused; among letters also what is unsure, or made of noughts and ones alone."""
    large = [
        mark
        for mark, (_, top, _, bottom) in zip(marks, places, strict=True)
        if mark.digit is not None or bottom - top > 0.5 * height_px
    ]
    found = [mark for mark in large if mark.digit is not None]
    if len(large) - len(found) > _MOST_REFUSED * len(large):
        return True
    if not lettered or not found:
        return False
    unsure = min(mark.confidence for mark in found) < _SURE_AMONG_LETTERS or len(found) < len(large)
    return unsure or {mark.digit for mark in found} <= _LOOK_LIKE_LETTERS or len(found) < 2


def _without_strokes(marks: list[Mark], places: list[Place], inks: list[Grey]) -> list[Mark]:
    """A 1 between digits that stands far taller than they do, and leans, is a slash; a low short one a comma."""
    digits = [index for index, mark in enumerate(marks) if mark.digit is not None]
    out = list(marks)
    for index in digits:
        others = [other for other in digits if other != index]
        if marks[index].digit != 1 or not others:
            continue
        plain = [other for other in others if marks[other].digit != 1] or others
        height = float(np.median([places[other][3] - places[other][1] for other in plain]))
        tall = (places[index][3] - places[index][1]) / height
        inner = digits[0] < index < digits[-1]
        comma = tall < _COMMA_TALLEST and places[index][1] > np.median([(places[o][1] + places[o][3]) / 2 for o in plain])
        if comma or (inner and _SLASH_TALL * tall + _SLASH_LEAN * lean(inks[index]) > _SLASH):
            out[index] = replace(marks[index], digit=None)
    return out
