"""The likeliest texts of places: the same as by trying all of them."""

import itertools
import math

import numpy as np
import pytest

from inkdigits.forms.checks import check_digit
from inkdigits.forms.texts import likely_texts
from inkdigits.reading.numbers.patterns import parse


def places_of(rng: np.random.Generator, count: int) -> list[list[tuple[str, float]]]:
    shares = rng.dirichlet(np.full(10, 0.3), count) + 1e-6
    return [
        [(str(digit), math.log(share)) for digit, share in enumerate(row)]
        for row in shares
    ]


@pytest.mark.parametrize("seed", range(3))
def test_the_likeliest_texts_are_those_that_trying_all_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    places = places_of(rng, 5)
    check, pattern = check_digit("luhn", 5), parse(r"[0-6]\d{4}")
    tried = []
    for signs in itertools.product(*places):
        text = "".join(sign for sign, _ in signs)
        if check.holds(text) and pattern.matches(text):
            tried.append((text, sum(weight for _, weight in signs)))
    tried.sort(key=lambda each: -each[1])
    found = likely_texts(places, pattern, check, most=25)
    assert [text.text for text in found] == [text for text, _ in tried[:25]]
    assert [text.log for text in found] == pytest.approx(
        [weight for _, weight in tried[:25]]
    )


def test_a_place_that_may_be_blank_makes_texts_of_both_lengths() -> None:
    places = [[("1", math.log(0.7)), ("", math.log(0.3))], [("2", 0.0)]]
    assert [text.text for text in likely_texts(places)] == ["12", "2"]
