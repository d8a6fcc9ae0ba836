"""A line's confidence: a probability, and the logistic function of its evidence."""

import math

import numpy as np
import pytest

from inkdigits.reading.marks.network import MarksNetwork
from inkdigits.reading.numbers.confidence import (
    EVIDENCE,
    OF_SIGNS,
    LineConfidence,
    evidence_of,
    log_odds,
)
from inkdigits.reading.numbers.together import Together
from inkdigits.reading.numbers.writing import Written
from made_marks import boxes_of, row_of


def test_it_is_the_logistic_function_of_the_weighted_evidence() -> None:
    rng = np.random.default_rng(4)
    for _ in range(50):
        weights = rng.normal(0, 1, len(EVIDENCE) + 1)
        evidence = rng.normal(0, 1, len(EVIDENCE))
        odds = weights[0] + sum(
            weight * value for weight, value in zip(weights[1:], evidence, strict=True)
        )
        confidence = LineConfidence(tuple(weights)).of(evidence)
        assert confidence == pytest.approx(1 / (1 + math.exp(-odds)))


def test_without_a_fit_the_share_of_the_text_counts() -> None:
    for share in (0.02, 0.5, 0.97):
        evidence = np.zeros(len(EVIDENCE))
        evidence[0] = log_odds(share)
        assert LineConfidence().of(evidence) == pytest.approx(share)


def test_no_evidence_is_so_strong_that_it_overflows() -> None:
    confidence = LineConfidence((1e6, *[0.0] * len(EVIDENCE)))
    assert 0.999 < confidence.of(np.zeros(len(EVIDENCE))) <= 1
    assert math.isfinite(log_odds(0.0))
    assert log_odds(0.0) == pytest.approx(-log_odds(1.0))


def evidence(text: str, *others: Written) -> dict[str, float]:
    row = row_of(boxes_of(text))
    best = Written(text, -0.1, tuple(text.replace(" ", "")))
    page = np.full((100, 400), 255, np.uint8)
    found = evidence_of(Together(row, [best, *others]), page)
    return dict(zip(EVIDENCE, found.tolist(), strict=True))


def test_texts_with_other_digits_and_with_other_signs_count_apart() -> None:
    digits = "the likeliest text with other digits, log"
    signs = "the likeliest text with the same digits and other signs, log"
    found = evidence("12.50", Written("12,50", -1.5, ()), Written("12.60", -3.0, ()))
    assert (found[digits], found[signs]) == (-3.0, -1.5)
    found = evidence("12.50", Written("12.60", -3.0, ()))
    assert found[digits] == -3.0
    assert math.isfinite(found[signs])
    assert found[signs] < found[digits]


def test_the_digits_and_the_signs_must_both_be_right() -> None:
    rng = np.random.default_rng(5)
    for _ in range(50):
        digits = tuple(rng.normal(0, 1, len(EVIDENCE) + 1))
        start, share, others = rng.normal(0, 1, 3)
        found = rng.normal(0, 1, len(EVIDENCE))
        both = LineConfidence(digits, sign_weights=(start, share, others)).of(found)
        odds = start + share * found[0] + others * found[-1]
        of_digits = LineConfidence(digits).of(found)
        assert both == pytest.approx(of_digits / (1 + math.exp(-odds)))


def test_the_bundled_network_has_weights_for_each_kind_of_evidence() -> None:
    confidence = MarksNetwork().confidence
    assert len(confidence.weights) == len(EVIDENCE) + 1
    assert len(confidence.sign_weights) == len(OF_SIGNS) + 1


def test_a_number_whose_point_is_in_doubt_is_less_sure() -> None:
    """By the bundled fit: however sure its digits, a text with a likely other sign is unsure."""
    confidence, page = MarksNetwork().confidence, np.full((100, 400), 255, np.uint8)
    sure = []
    for log in (-0.7, -2.0, -6.0):
        other = Written("1250", log, ())
        best = Written("12.50", float(np.log1p(-np.exp(log))), tuple("12.50"))
        row = row_of(boxes_of("12.50"))
        together = Together(
            row, [best, other], by_columns=best.log, ahead=best.log - log
        )
        sure.append(confidence.of(evidence_of(together, page)))
    assert sure[0] < 0.8
    assert sure == sorted(sure)
