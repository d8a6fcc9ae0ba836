"""Which lines are shown: those at which most pages are right as a whole."""

from dataclasses import replace

import numpy as np

from inkdigits.training.marks.calibrate import Judged, _least

NO_EVIDENCE = np.zeros(1)


def least(*pages: tuple[str, bool, list[tuple[float, bool]]]) -> float:
    """The limit for pages of a kind, each complete or not, with lines as (sure, right)."""
    lines, sure = [], []
    for page, (kind, complete, seen) in enumerate(pages):
        for confidence, right in seen:
            lines.append(Judged(kind, NO_EVIDENCE, right, page, complete))
            sure.append(confidence)
    return _least(np.array(sure), lines)


def test_stray_marks_beside_clear_numbers_are_dropped() -> None:
    pages = [("cells", True, [(0.9, True), (0.05 + 0.01 * i, False)]) for i in range(9)]
    assert 0.13 < least(*pages) < 0.9


def test_doubtful_numbers_that_are_right_are_kept() -> None:
    """A few strays are not worth a kind of paper on which all is doubtful."""
    strays = [("cells", True, [(0.9, True), (0.2, False)])]
    doubtful = [("faint", True, [(0.1 + 0.01 * i, True)]) for i in range(9)]
    assert least(*strays, *strays, *doubtful) > 0.2
    many = [("old", True, [(0.1, True)]), ("pencil", True, [(0.12, True)])]
    assert least(*strays, *doubtful, *many) <= 0.1


def test_pages_that_cannot_be_right_say_nothing() -> None:
    whole = [("cells", True, [(0.9, True), (0.1, False)])]
    missing = [("cells", False, [(0.3, True)]) for _ in range(50)]
    assert least(*whole) == least(*whole, *missing)


def test_rows_that_are_shown_in_any_case_set_no_limit() -> None:
    """A long number that is likely wrong is shown all the same: its page is never right."""
    lines = [
        Judged("cells", NO_EVIDENCE, right=True, page=0),
        Judged("cells", NO_EVIDENCE, right=False, page=0),
    ]
    sure = np.array([0.9, 0.3])
    assert _least(sure, lines) > 0.3
    shown = [lines[0], replace(lines[1], surely_number=True), replace(lines[0], page=1)]
    assert _least(np.array([0.9, 0.3, 0.2]), shown) <= 0.2
