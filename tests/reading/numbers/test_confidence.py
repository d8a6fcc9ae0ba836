"""A line's confidence: a probability, and the logistic function of its evidence."""

import math

import numpy as np
import pytest

from inkdigits.reading.marks.network import MarksNetwork
from inkdigits.reading.numbers.confidence import (
    EVIDENCE,
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


def test_of_other_texts_only_those_with_other_digits_count() -> None:
    kind = "the likeliest text with other digits, log"
    found = evidence("12.50", Written("12,50", -1.5, ()), Written("12.60", -3.0, ()))
    assert found[kind] == -3.0
    assert math.isfinite(evidence("12.50", Written("12,50", -1.5, ()))[kind])


def test_the_bundled_network_has_a_weight_for_each_kind_of_evidence() -> None:
    assert len(MarksNetwork().confidence.weights) == len(EVIDENCE) + 1
