"""Predictions as people read them: one meaning of "sure"."""

import itertools

import pytest

from inkdigits.formats.text import prediction, shares_of
from inkdigits.reading.results import Box, Prediction
from inkdigits.reading.wording import percent

BOX = Box(0, 0, 9, 9)


def answer_of(
    confidence: float, best: float, *, accepted: bool, reason: str = ""
) -> Prediction:
    """A 2, and beside it mostly a 7."""
    shares = [(1 - best) / 20] * 10
    shares[7] += (1 - best) * 11 / 20
    shares[2] = best
    return Prediction(2, confidence, accepted, tuple(shares), BOX, reason)


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize(
    ("confidence", "best"),
    list(
        itertools.product(
            [0.0, 0.1, 0.222, 0.5, 0.9, 0.9999], [0.11, 0.3, 0.9864, 0.9999999]
        )
    ),
)
def test_shares_sum_to_one_and_the_digits_is_its_confidence(
    confidence: float, best: float, accepted: bool
) -> None:
    shares = shares_of(answer_of(confidence, best, accepted=accepted))
    assert sum(shares) == pytest.approx(1, abs=1e-6)
    assert min(shares) >= 0
    assert shares[2] == confidence


def test_a_refused_answer_says_the_same_twice() -> None:
    refused = answer_of(0.222, 0.9864, accepted=False, reason="no digit")
    first, *bars = prediction("x.png", refused).splitlines()
    assert first == "x.png: probably not a digit; if it is one, 2  (22.2 %)"
    assert bars[2].split()[0] == "2"
    assert bars[2].split()[-2] == "22.20"
    assert bars[-1].split()[0] == "none"
    assert sum(float(bar.split()[-2]) for bar in bars) == pytest.approx(100, abs=0.1)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("unsure", "not sure, 2?  (40.0 %)"),
        ("several digits", "several digits; if it is one, 2  (40.0 %)"),
    ],
)
def test_why_it_is_refused_is_said(reason: str, said: str) -> None:
    assert (
        prediction(
            "x.png", answer_of(0.4, 0.4, accepted=False, reason=reason)
        ).splitlines()[0]
        == f"x.png: {said}"
    )


def test_nothing_is_certain() -> None:
    assert percent(1.0) == "99.9 %"
