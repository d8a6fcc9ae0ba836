"""Digits of one hand differ in size as those of real people do."""

import numpy as np

from inkdigits.synthesis.habits import Habits, some_habits


def hands(count: int = 400) -> list[Habits]:
    return [some_habits(np.random.default_rng([5, seed])) for seed in range(count)]


def test_zeros_are_low_in_most_hands() -> None:
    lower = [habits.tall[0] < np.median(habits.tall[1:]) for habits in hands()]
    assert 0.75 < np.mean(lower) < 1


def test_some_hands_are_even_and_some_are_not() -> None:
    spreads = [np.log(habits.tall).std() for habits in hands()]
    assert np.quantile(spreads, 0.25) < 0.08
    assert np.quantile(spreads, 0.95) > 0.2


def test_a_six_never_hangs_and_a_tall_seven_often_does() -> None:
    assert all(habits.above[6] >= 0 for habits in hands())
    tall = [habits for habits in hands() if habits.tall[7] > 1.15]
    assert np.mean([habits.above[7] < -0.05 for habits in tall]) > 0.5


def test_in_boxes_no_digit_is_taller_than_usual() -> None:
    for habits in hands(50):
        boxed = habits.in_boxes()
        assert boxed.tall.max() <= 1
        assert not boxed.above.any()
        assert habits.room >= 1
