"""Two models compared on the same pictures."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Comparison:
    """How often only one of two models was right.

    `p` is the probability of so uneven a split by chance (McNemar's exact test).
    """

    first: str
    second: str
    only_first: int
    only_second: int
    p: float

    def sentence(self) -> str:
        """The comparison in words."""
        if self.only_first == self.only_second == 0:
            return f"{self.first} and {self.second} give the same answers for every picture"
        better = self.first
        worse = self.second
        if self.only_second > self.only_first:
            better, worse = worse, better
        # Pictures that both read right, or both wrong, tell nothing.
        wins = max(self.only_first, self.only_second)
        losses = min(self.only_first, self.only_second)
        verdict = "a clear difference" if self.p < 0.05 else "no clear difference"
        return (
            f"only {better} is right on {wins}, only {worse} on {losses}: "
            f"p = {self.p:.3g}, {verdict}"
        )


def compare(
    first: str,
    second: str,
    first_right: npt.NDArray[np.bool_],
    second_right: npt.NDArray[np.bool_],
) -> Comparison:
    """Compare two models on the same pictures."""
    only_first = int((first_right & ~second_right).sum())
    only_second = int((second_right & ~first_right).sum())
    return Comparison(
        first, second, only_first, only_second, mcnemar(only_first, only_second)
    )


def mcnemar(b: int, c: int) -> float:
    """Two-sided exact p of b against c pictures that only one model got right."""
    n = b + c
    if n == 0:
        return 1.0
    tail = sum(math.comb(n, k) for k in range(min(b, c) + 1)) / 2**n
    return min(1.0, 2 * tail)
