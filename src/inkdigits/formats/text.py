"""A Prediction or a Reading as lines for people."""

from inkdigits.formats.exporter import Exporter
from inkdigits.reading.results import Prediction, Reading
from inkdigits.reading.wording import percent

_BAR = 24  # characters for a share of 1
_SHOWN = 0.01  # the share of "no digit" from which it has a bar
_MARK = "█"
DOUBT = " ?"


def prediction(name: str, answer: Prediction, top: int = 10) -> str:
    """The digit and its confidence, then a bar for each of the `top` likeliest digits.

    If there are fewer than ten bars, the likeliest comes first.
    """
    if answer.box is None and answer.confidence == 0:
        return f"{name}: no digit found"
    if top == 0:
        return f"{name}: {_verdict(answer)}"
    *shares, none = shares_of(answer)
    rows = list(enumerate(shares))
    if top < 10:
        rows = [rows[digit] for digit, _ in answer.top(top)]
    bars = [_row(str(digit), share) for digit, share in rows]
    if none >= _SHOWN:
        bars.append(_row("none", none))
    return "\n".join([f"{name}: {_verdict(answer)}", *bars])


def _verdict(answer: Prediction) -> str:
    """What was read, or why it is doubtful."""
    digit = answer.digit
    sure = percent(answer.confidence)
    if answer.accepted:
        return f"{digit}  ({sure})"
    if answer.reason == "no digit":
        return f"probably not a digit; if it is one, {digit}  ({sure})"
    if answer.reason == "several digits":
        return f"several digits; if it is one, {digit}  ({sure})"
    return f"not sure, {digit}?  ({sure})"


def shares_of(answer: Prediction) -> list[float]:
    """Eleven shares that sum to 1: the ten digits and "no digit".

    The digit's share is its confidence, so that "sure" has one meaning. The other
    digits keep their proportions; "no digit" has a share in refused answers.
    """
    best = answer.probabilities[answer.digit]
    rest = max(sum(answer.probabilities) - best, 1e-9)
    scale = (1 - answer.confidence) / rest
    if not answer.accepted:
        scale = min(scale, answer.confidence / max(best, 1e-9))
    shares = [share * scale for share in answer.probabilities]
    shares[answer.digit] = answer.confidence
    return [*shares, max(0.0, 1 - sum(shares))]


def _row(name: str, share: float) -> str:
    """A name, a bar as long as its share, and the share in percent."""
    bar = _MARK * round(share * _BAR)
    percent = 100 * share
    return f"  {name:4}  {bar:{_BAR}}  {percent:6.2f} %"


def reading(name: str, found: Reading, alone: bool = False) -> str:
    """The numbers, one per line, with ` ?` after those that are not accepted.

    Where there are several files, each line begins with its file's name (and page).
    """
    several = len(found.pages) > 1
    lines = []
    for page in found.pages:
        prefix = "" if alone else f"{name}:{page.number}: " if several else f"{name}: "
        lines += [
            f"{prefix}{line.text}{'' if line.accepted else DOUBT}\n"
            for line in page.lines
        ]
    return "".join(lines)


READING = Exporter("", reading, "")
