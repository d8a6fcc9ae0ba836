"""How sure a line is, and which lines are shown: those at which most pages are right as a whole."""

from dataclasses import replace

import numpy as np

from inkdigits.reading.numbers.confidence import EVIDENCE, LineConfidence
from inkdigits.training.marks.calibrate import Judged, _least, fit

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


def test_numbers_known_by_their_digits_say_nothing_of_signs() -> None:
    """Most numbers are: a likely other amount never made one of them wrong."""
    rng = np.random.default_rng(3)
    lines = []
    for page in range(400):
        evidence = rng.normal(0, 1, len(EVIDENCE))
        likely = page % 2 == 0
        evidence[-1] = 0.5 if likely else 10.0
        written = page < 80
        right_digits = bool(evidence[0] > -1)
        lines.append(
            Judged(
                "drawn" if written else f"real {page % 4}",
                evidence,
                right_digits and not (written and likely),
                page,
                right_digits=right_digits,
                signs=written,
            )
        )
    found = fit(lines)
    confidence = LineConfidence(found.weights, sign_weights=found.sign_weights)
    clear, doubtful = np.zeros((2, len(EVIDENCE)))
    clear[-1], doubtful[-1] = 10.0, 0.5
    assert confidence.of(clear) > 0.9
    assert confidence.of(doubtful) < 0.2
