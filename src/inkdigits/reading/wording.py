"""Short descriptions of results."""

from collections.abc import Iterable
from itertools import islice

_MOST_NUMBERS = 3  # that a repr names


def percent(confidence: float) -> str:
    """With one place, and never rounded up to certainty."""
    return f"{min(100 * confidence, 99.9):.1f} %"


def counted(count: int, thing: str) -> str:
    """`1 page`, `3 pages`."""
    plural = "" if count == 1 else "s"
    return f"{count:,} {thing}{plural}"


def shortened(texts: Iterable[str]) -> str:
    """The first few numbers, and how many more there are."""
    rest = iter(texts)
    named = [repr(text) for text in islice(rest, _MOST_NUMBERS)]
    more = sum(1 for _ in rest)
    if more:
        named.append(f"and {more:,} more")
    return ", ".join(named) or "no numbers"
