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


@pytest.mark.parametrize(
    ("text", "other", "is_same"),
    [
        ("12.50", "1250", False),
        ("12.50", "12.60", False),
        ("-68.7", "68.7", False),
        ("20.934", "20934", True),
        ("100,000", "100.000", True),
        ("49", "49.", True),
        ("1,234.56", "1234.56", True),
        ("0.125", "0125", False),
    ],
)
def test_a_text_that_is_the_same_number_speaks_for_it(
    text: str, other: str, is_same: bool
) -> None:
    kind = "share of all texts with its amount"
    least = float(np.log(1 - np.exp(-0.1)))
    found = evidence(text, Written(other, least, ()))[kind]
    assert found == pytest.approx(log_odds(1.0 if is_same else np.exp(-0.1)))


def test_the_digits_and_the_signs_must_both_be_right() -> None:
    rng = np.random.default_rng(5)
    for _ in range(50):
        digits = tuple(rng.normal(0, 1, len(EVIDENCE) + 1))
        start, share = rng.normal(0, 1, 2)
        found = rng.normal(0, 1, len(EVIDENCE))
        both = LineConfidence(digits, sign_weights=(start, share)).of(found)
        odds = start + share * found[-1]
        of_digits = LineConfidence(digits).of(found)
        assert both == pytest.approx(of_digits / (1 + math.exp(-odds)))


def test_the_bundled_network_has_weights_for_each_kind_of_evidence() -> None:
    confidence = MarksNetwork().confidence
    assert len(confidence.weights) == len(EVIDENCE) + 1
    assert len(confidence.sign_weights) == 2


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
