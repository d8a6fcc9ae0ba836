"""Readings with a part of what was read: the digits without their signs,
the lines that are accepted.
"""

from collections.abc import Callable
from dataclasses import replace

from inkdigits.reading.results import Line, PageReading, Reading


def only_digits(found: Reading) -> Reading:
    """Each line's text is its digits; its signs are then part of no number.

    Its value stays that of what is written.
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
    # Results are frozen: what is to be different is made anew.
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
        digits = "".join(sign for sign in text if sign.isdigit())
        # Texts that differ in their signs alone are one.
        if digits != line.number:
            alternatives[digits] = alternatives.get(digits, 0.0) + share
    return replace(
        line, text=line.number, marks=marks, alternatives=tuple(alternatives.items())
    )
