"""The interval of the error rate of accepted fields is exact."""

from math import comb as choose

import pytest

from inkdigits.forms.review.estimate import exact_interval


@pytest.mark.parametrize(("wrong", "checked"), [(0, 300), (1, 300), (7, 40), (40, 40)])
def test_the_interval_is_exact(wrong: int, checked: int) -> None:
    """At either end what was seen, or what is more extreme, has a probability of 2.5 %."""

    def at_most(most: int, share: float) -> float:
        weights = [
            share**each * (1 - share) ** (checked - each) for each in range(most + 1)
        ]
        return sum(
            choose(checked, each) * weight for each, weight in enumerate(weights)
        )

    low, high = exact_interval(wrong, checked)
    assert low <= wrong / checked <= high
    assert (
        low == 0 if wrong == 0 else 1 - at_most(wrong - 1, low) == pytest.approx(0.025)
    )
    assert (
        high == 1 if wrong == checked else at_most(wrong, high) == pytest.approx(0.025)
    )
