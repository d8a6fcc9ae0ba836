"""A Prediction or a Reading as lines for people."""

from inkdigits.formats.exporter import Exporter
from inkdigits.reading.results import Prediction, Reading

_BAR = 24
_MARK = "█"


def prediction(name: str, answer: Prediction, top: int = 10) -> str:
    """The digit and how sure, then a bar for each of the `top` likeliest digits, in order of likelihood below ten."""
    if answer.box is None and answer.confidence == 0:
        return f"{name}: no digit found"
    sure = percent(answer.confidence)
    verdict = f"{name}: {answer.digit}  ({sure})" if answer.accepted else f"{name}: not sure, {answer.digit}?  ({sure})"
    rows = list(enumerate(answer.probabilities)) if top >= 10 else answer.top(top)
    return "\n".join([verdict, *(_row(digit, share) for digit, share in rows)])


def percent(confidence: float) -> str:
    """With one place, and never rounded up to certainty."""
    return f"{min(100 * confidence, 99.9):.1f} %"


def _row(digit: int, share: float) -> str:
    return f"  {digit}  {_MARK * round(share * _BAR):{_BAR}}  {100 * share:6.2f} %"


def reading(name: str, found: Reading, alone: bool = False) -> str:
    """The numbers, a line each; where there are several files, each line begins with its file's name (and page)."""
    several = len(found.pages) > 1
    lines = []
    for page in found.pages:
        prefix = "" if alone else f"{name}:{page.number}: " if several else f"{name}: "
        lines += [f"{prefix}{line.text}\n" for line in page.lines]
    return "".join(lines)


READING = Exporter("", reading, "")
