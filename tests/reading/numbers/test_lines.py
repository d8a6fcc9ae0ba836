"""Rows become lines: the same in all parts, accepted from the threshold on."""

from dataclasses import replace

import numpy as np
import pytest

from inkdigits.reading.marks.alphabet import DIGITS
from inkdigits.reading.numbers.confidence import EVIDENCE, LineConfidence
from inkdigits.reading.numbers.lines import lines_of
from inkdigits.reading.numbers.values import Conventions
from made_marks import boxes_of, row_of

PAPER = np.full((200, 800), 230, np.uint8)


@pytest.mark.parametrize("text", ["7", "34625", "12.50", "555 1234", "12/25/96"])
@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_a_line_says_the_same_in_all_its_parts(text: str, scale: float) -> None:
    row = row_of(boxes_of(text))
    (line,) = lines_of([row], PAPER, LineConfidence(), 0.5, None, Conventions(), scale)
    assert line.text == text
    assert line.number == "".join(str(digit.digit) for digit in line.digits)
    assert "".join(mark.text for mark in line.marks) == text.replace(" ", "")
    assert [mark.box for mark in line.marks if mark.text in DIGITS] == [
        digit.box for digit in line.digits
    ]
    assert line.box.left == min(mark.box.left for mark in line.marks)
    assert line.box.bottom == max(mark.box.bottom for mark in line.marks)
    assert line.box.left == round(20 * scale)
    assert all(digit.digit not in dict(digit.alternatives) for digit in line.digits)
    assert all(other != line.text for other, _ in line.alternatives)


def test_a_line_is_accepted_from_the_threshold_on() -> None:
    row = row_of(boxes_of("34625"))
    (line,) = lines_of([row], PAPER, LineConfidence(), 0.0, None, Conventions())
    for threshold, accepted in ((line.confidence - 0.001, True), (1.01, False)):
        (again,) = lines_of(
            [row], PAPER, LineConfidence(), threshold, None, Conventions()
        )
        assert again.accepted == accepted


def test_dirt_is_left_out_but_a_long_number_never() -> None:
    """Of a long number the whole is seldom surely right; it is a number all the same."""
    doubtful = LineConfidence((-20.0, *[0.0] * len(EVIDENCE)), least=0.1)
    for text, score, shown in (("34625", 4.5, 1), ("34625", 0.4, 0)):
        row = replace(row_of(boxes_of(text)), score=score)
        lines = lines_of([row], PAPER, doubtful, 0.9, None, Conventions())
        assert len(lines) == shown
        assert not any(line.accepted for line in lines)
