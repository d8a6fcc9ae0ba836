"""How often accepted fields are wrong, by a sample of them that people have looked at."""

from collections.abc import Callable
from math import exp, lgamma, log

# Halvings of an interval of shares: more than enough for the digits that are shown.
_STEPS = 60


def exact_interval(wrong: int, checked: int, sure: float = 0.95) -> tuple[float, float]:
    """The exact (Clopper-Pearson) interval of a share: it holds the true one at least so often.

    It is a little wide rather than too narrow, also where nothing wrong was found.
    """
    tail = (1 - sure) / 2
    low, high = 0.0, 1.0
    if wrong:
        low = _crossing(lambda share: 1 - _at_most(wrong - 1, checked, share) > tail)
    if wrong < checked:
        high = _crossing(lambda share: _at_most(wrong, checked, share) < tail)
    return low, high


def _crossing(beyond: Callable[[float], bool]) -> float:
    """The share from which on something is so."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if beyond(middle) else (middle, high)
    return (low + high) / 2


def _at_most(wrong: int, checked: int, share: float) -> float:
    """How likely so many wrong ones or fewer are, where each is wrong with this probability."""
    if share <= 0.0:
        return 1.0
    if share >= 1.0:
        return 1.0 if wrong >= checked else 0.0
    chance = 0.0
    for each in range(wrong + 1):
        likelihood = each * log(share) + (checked - each) * log(1 - share)
        chance += exp(_log_choose(checked, each) + likelihood)
    return min(1.0, chance)


def _log_choose(whole: int, part: int) -> float:
    """The logarithm of how many ways there are to choose so many of all."""
    rest = whole - part
    orders_of_whole = lgamma(whole + 1)
    orders_of_part = lgamma(part + 1)
    orders_of_rest = lgamma(rest + 1)
    return orders_of_whole - orders_of_part - orders_of_rest
