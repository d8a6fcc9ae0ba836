"""Readings without signs, and readings of what is accepted alone."""

from decimal import Decimal

from inkdigits.formats.selection import only_accepted, only_digits
from inkdigits.reading.results import Box, Digit, Line, Mark, PageReading, Reading

BOX = Box(0, 0, 9, 9)
AMOUNT = Line(
    "-1 2.5",
    0.9,
    True,
    BOX,
    tuple(Digit(digit, 0.9, True, BOX) for digit in (1, 2, 5)),
    tuple(Mark(sign, 0.9, BOX) for sign in ("-", "1", "", "2", ".", "5")),
    Decimal("-12.5"),
    (("125", 0.04), ("1 2.6", 0.03), ("126", 0.02)),
)
DOUBTFUL = Line(
    "7", 0.2, False, BOX, (Digit(7, 0.2, False, BOX),), (Mark("7", 0.2, BOX),), 7
)
FOUND = Reading(
    (PageReading((AMOUNT, DOUBTFUL), 20, 20), PageReading((DOUBTFUL,), 20, 20, 2))
)


def test_digits_alone_are_the_number_of_each_line() -> None:
    found = only_digits(FOUND)
    assert (
        [line.text for line in found]
        == [line.number for line in FOUND]
        == ["125", "7", "7"]
    )
    line = found.lines[0]
    assert [mark.text for mark in line.marks] == ["", "1", "", "2", "", "5"]
    assert (line.digits, line.value, line.confidence) == (
        AMOUNT.digits,
        AMOUNT.value,
        AMOUNT.confidence,
    )
    assert [text for text, _ in line.alternatives] == ["126"]
    assert only_digits(found) == found


def test_what_is_accepted_alone_keeps_its_pages() -> None:
    found = only_accepted(FOUND)
    assert found.lines == (AMOUNT,)
    assert [page.number for page in found.pages] == [1, 2]
    assert only_accepted(found) == found
