"""Readings reduced to the digits without signs, or to the accepted lines."""

from collections.abc import Callable
from dataclasses import replace

from inkdigits.reading.marks.alphabet import digits_in
from inkdigits.reading.results import Line, PageReading, Reading


def only_digits(found: Reading) -> Reading:
    """Each line's text reduced to its digits; its signs become part of no number.

    Its value is still that of the text as written.
    """
    return _with_lines(
        found, lambda page: tuple(_without_signs(line) for line in page.lines)
    )


def only_accepted(found: Reading) -> Reading:
    """The lines that are accepted."""
    return _with_lines(
        found, lambda page: tuple(line for line in page.lines if line.accepted)
    )


def _with_lines(
    found: Reading, lines_of: Callable[[PageReading], tuple[Line, ...]]
) -> Reading:
    """The reading with other lines on each page."""
    pages = []
    # Results are frozen, so changed ones are new objects.
    for page in found.pages:
        lines = lines_of(page)
        pages.append(replace(page, lines=lines))
    return replace(found, pages=tuple(pages))


def _without_signs(line: Line) -> Line:
    """The line with its digits only."""
    marks = tuple(
        mark if mark.text.isdigit() else replace(mark, text="") for mark in line.marks
    )
    alternatives: dict[str, float] = {}
    for text, share in line.alternatives:
        digits = digits_in(text)
        # Texts that differ only in their signs become one.
        if digits != line.number:
            alternatives[digits] = alternatives.get(digits, 0.0) + share
    return replace(
        line, text=line.number, marks=marks, alternatives=tuple(alternatives.items())
    )
