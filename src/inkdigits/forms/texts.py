"""Signs with their likelihoods → the likeliest texts that a pattern and a check digit allow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, expm1, inf, log

from inkdigits.forms.checks import CheckDigit
from inkdigits.reading.numbers.patterns import Pattern

# At one place: what may stand there, with the log of its probability; "" where perhaps nothing
# stands.
Place = Sequence[tuple[str, float]]
_Key = tuple[
    int, int, int
]  # where the pattern stands, the check's sum, the signs so far


@dataclass(frozen=True, slots=True)
class Text:
    """A text and the log of its probability."""

    text: str
    log: float


def likely_texts(
    places: Sequence[Place],
    pattern: Pattern | None = None,
    check: CheckDigit | None = None,
    most: int = 40,
) -> list[Text]:
    """The `most` likeliest texts that fit both, the likeliest first.

    It is exact: ways to read the first places that pattern and check cannot tell apart are kept
    together, so that no text is left out on the way that could still be among the likeliest.
    """
    start: _Key = (pattern.start if pattern else 0, 0, 0)
    states: dict[_Key, list[Text]] = {start: [Text("", 0.0)]}
    for place in places:
        after: dict[_Key, list[Text]] = {}
        for key, texts in states.items():
            for sign, weight in place:
                next_key = _step(key, sign, pattern, check)
                if next_key is None:
                    continue
                longer = [Text(text.text + sign, text.log + weight) for text in texts]
                after.setdefault(next_key, []).extend(longer)
        states = {key: _likeliest(texts, most) for key, texts in after.items()}
    ended: list[Text] = []
    for key, texts in states.items():
        if _is_end(key, pattern, check):
            ended += texts
    return _likeliest(ended, most)


def _step(
    key: _Key, sign: str, pattern: Pattern | None, check: CheckDigit | None
) -> _Key | None:
    """Where pattern and check stand after a sign; None where one of them forbids it."""
    state, total, length = key
    if not sign:
        return key
    if pattern is not None:
        following = pattern.step(state, sign)
        if following is None:
            return None
        state = following
    if check is not None:
        added = check.step(total, length, sign) if length < len(check.adds) else None
        if added is None:
            return None
        total = added
    return state, total, length + 1


def _is_end(key: _Key, pattern: Pattern | None, check: CheckDigit | None) -> bool:
    state, total, length = key
    fits = pattern is None or pattern.accepts(state)
    return fits and (
        check is None or (total == check.remainder and length == len(check.adds))
    )


def _likeliest(texts: Iterable[Text], most: int) -> list[Text]:
    """So many of the texts, the likeliest first."""
    ordered = sorted(texts, key=lambda text: -text.log)
    return ordered[:most]


def log_sum(logs: Iterable[float]) -> float:
    """The log of a sum, of logs."""
    given = [each for each in logs if each > -inf]
    if not given:
        return -inf
    highest = max(given)
    return highest + log(sum(exp(each - highest) for each in given))


def log_difference(whole: float, part: float) -> float:
    """The log of what is left of a whole when a part is taken."""
    left = -expm1(min(0.0, part - whole))
    return whole + log(left) if left > 0 else -inf
