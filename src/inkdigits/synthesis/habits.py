"""How a hand's digits differ in size, and where they stand, as those of real people do.

Many people write small zeros, and let a 7 or a 9 hang far below the line.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Rng = np.random.Generator
_COUNT = 10  # digits


@dataclass(frozen=True, slots=True)
class HabitSettings:
    """Measured on the boxes of 1,026 real numbers.

    In the middle one of them, heights differ by 0.093 (standard deviation of their logarithm), in
    one of ten by more than 0.175; a 0 is 0.15 lower than the others.
    """

    zero: float = -0.17  # log of a zero's usual height, relative to the other digits
    # How far a hand's digits differ, as a logarithm: in the middle hand, and how far hands differ
    spread: float = 0.07
    spread_of_hands: float = 0.7
    least: float = 0.45  # of the usual height
    most: float = 1.9
    # How much of what a low digit lacks may be below it
    raised: float = 0.6


SETTINGS = HabitSettings()
# Digits that are written down to their end. A tall one may hang below the line by all of what it
# has more than others.
_MAY_HANG = (1, 3, 4, 5, 7, 9)


@dataclass(frozen=True, slots=True)
class Habits:
    """Of each digit from 0 to 9, in usual heights: how tall it is, and how far above the line."""

    tall: npt.NDArray[np.float64]
    above: npt.NDArray[np.float64]

    @property
    def room(self) -> float:
        """How much higher lines must be for the tallest digit."""
        return max(1.0, float(self.tall.max()))

    def in_boxes(self) -> "Habits":
        """The same where each digit has a box of its own: none is taller than usual."""
        return Habits(self.tall.clip(max=1.0), np.zeros(_COUNT))


def some_habits(rng: Rng, settings: HabitSettings = SETTINGS) -> Habits:
    """Those of one hand."""
    spread = settings.spread * np.exp(rng.normal(0, settings.spread_of_hands))
    usual = np.zeros(_COUNT)
    usual[0] = settings.zero
    logs = usual + rng.normal(0, spread, _COUNT)
    tall = np.exp(logs).clip(settings.least, settings.most)

    more, less = (tall - 1).clip(0), (1 - tall).clip(0)
    hangs = np.zeros(_COUNT)
    hangs[list(_MAY_HANG)] = 1
    # A hand is alike in all its digits: it lets them hang or not.
    below = rng.uniform(0, 1) * hangs * more
    return Habits(tall, rng.uniform(0, settings.raised) * less - below)
