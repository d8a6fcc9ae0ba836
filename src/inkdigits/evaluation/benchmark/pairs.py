"""Two recipes compared on the same test pictures, seed by seed."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from inkdigits.evaluation.compare import mcnemar

CLEAR = 0.05  # p below it: the difference is called clear


@dataclass(frozen=True)
class Pair:
    """How many pictures only one of the two was right on, as means over common seeds.

    `clear` is the number of seeds on which the difference is clear, `p` the median.
    """

    better: str
    worse: str
    seeds: int
    only_better: float
    only_worse: float
    clear: int
    p: float


def pairs(recipes: Mapping[str, Any]) -> list[Pair]:
    """All pairs of recipes that share seeds on the same test set.

    The better one comes first.
    """

    def mean(name: str) -> float:
        """A recipe's mean accuracy."""
        return float(recipes[name]["summary"]["mean"])

    ranked = sorted(recipes, key=mean, reverse=True)
    compared = []
    for better, worse in combinations(ranked, 2):
        pair = _pair(better, worse, recipes[better]["rows"], recipes[worse]["rows"])
        if pair is not None:
            compared.append(pair)
    return compared


def _pair(
    better: str,
    worse: str,
    first: Sequence[dict[str, Any]],
    second: Sequence[dict[str, Any]],
) -> Pair | None:
    """The comparison of two recipes, or None where they share no seed."""
    wrong_of_second = {
        (row["seed"], row["test_sha256"]): set(row["wrong"]) for row in second
    }
    splits = [
        (
            len(wrong_of_second[key] - set(row["wrong"])),
            len(set(row["wrong"]) - wrong_of_second[key]),
        )
        for row in first
        if (key := (row["seed"], row["test_sha256"])) in wrong_of_second
    ]
    if not splits:
        return None
    chances = [mcnemar(wins, losses) for wins, losses in splits]
    return Pair(
        better,
        worse,
        len(splits),
        statistics.mean(wins for wins, _ in splits),
        statistics.mean(losses for _, losses in splits),
        sum(p < CLEAR for p in chances),
        statistics.median(chances),
    )
