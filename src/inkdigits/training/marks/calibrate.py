"""The probability that a line is right, and the acceptance threshold; fitted on held-out lines.

held-out pictures → rows and their texts → evidence, right or wrong → two logistic regressions, for
the digits and for the signs → the least confidence at which few enough accepted lines are wrong
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from inkdigits.reading.marks.alphabet import digits_in
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.network import MarksNetwork
from inkdigits.reading.numbers.confidence import LineConfidence, evidence_of
from inkdigits.reading.numbers.pages import PageReader
from inkdigits.reading.numbers.row_network import RowNetworks
from inkdigits.reading.numbers.writing import plain
from inkdigits.training.marks.heldout import HeldOut


@dataclass(frozen=True, slots=True)
class Judged:
    """A line as it was read from a picture of some kind: its evidence, and whether it is right.

    `right_digits` is whether its digits are. `signs` is whether it is known with its signs; if not,
    it is right if its digits are. `page` is the picture's number, `complete` whether all that is
    written there was read. A line that is surely a number is shown even at a low confidence.
    """

    kind: str
    evidence: npt.NDArray[np.float64]
    right: bool
    page: int = 0
    complete: bool = True
    surely_number: bool = False
    right_digits: bool = False
    signs: bool = False


@dataclass(frozen=True, slots=True)
class Fit:
    """What goes into the model's file."""

    weights: tuple[float, ...]
    sign_weights: tuple[float, ...]
    least: float
    threshold: float
    accepted: float  # share of lines
    wrong: float  # share of those accepted


# Of the lines accepted on held-out pictures so many may be wrong, each kind counting alike: of real
# registers fewer, of composed pages, which are spoilt on purpose, more.
_MOST_WRONG = 0.01
# A confidence is as good as the best one where so many fewer pages are right: of those the highest
# drops most of what is no number.
_AS_GOOD = 0.001


def judged(
    pictures: Iterable[HeldOut],
    network: MarksNetwork,
    glyphs: GlyphNetwork,
    rows: RowNetworks,
    say: Callable[[str], None],
) -> list[Judged]:
    """Every line read from the pictures; a line that does not exist is wrong."""
    reader = PageReader(network, glyphs, 0.5, row_networks=rows)
    read = reader.reads_rows()
    lines: list[Judged] = []
    for page, picture in enumerate(pictures):
        kind = picture.kind.split()[0]
        left = list(zip(picture.digits, picture.texts, strict=True))
        left_digits = list(left)
        seen: list[Judged] = []
        for row in reader.rows(picture.grey):
            together = read(row, picture.grey, None)
            if together is not None:
                text = together.texts[0].text
                seen.append(
                    Judged(
                        kind,
                        evidence_of(together, picture.grey),
                        _take(left, text, signs=picture.signs),
                        page,
                        surely_number=row.is_surely_number,
                        right_digits=_take(left_digits, text, signs=False),
                        signs=picture.signs,
                    )
                )
        lines += [replace(line, complete=not left) for line in seen]
    for kind in sorted({line.kind for line in lines}):
        some = [line.right for line in lines if line.kind == kind]
        say(f"{kind}: {len(some)} lines, {np.mean(some):.1%} right")
    return lines


def _take(left: list[tuple[tuple[str, ...], str]], text: str, *, signs: bool) -> bool:
    """Whether the text, or a part between wide gaps, is among `left`; it is then taken away."""
    own = plain(text)
    if not signs:
        own = digits_in(own)
    for place, (digits, written) in enumerate(left):
        if (signs and own == plain(written)) or (not signs and own in digits):
            del left[place]
            return True
        rest = _without(written, own, signs=signs)
        if rest is not None:
            left[place] = (digits, rest)
            return True
    return False


def _without(written: str, own: str, *, signs: bool) -> str | None:
    """What is left of a text when some of its words have been read.

    None where none of them are these.
    """
    words = written.split()
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            run = "".join(words[start:end])
            if own and own == (run if signs else digits_in(run)):
                return " ".join([*words[:start], *words[end:]])
    return None


def fit(lines: list[Judged]) -> Fit:
    """Weights with which each kind counts the same, however many lines it has."""
    weights = _weights(
        [line.evidence for line in lines],
        [line.right_digits for line in lines],
        _weight_of_kinds(lines),
    )
    written = [line for line in lines if line.signs and line.right_digits]
    sign_weights = _weights(
        [line.evidence[-1:] for line in written],
        [line.right for line in written],
        _weight_of_kinds(written),
    )
    confidence = LineConfidence(weights, sign_weights=sign_weights)
    sure = np.array([confidence.of(line.evidence) for line in lines])
    right = np.array([line.right for line in lines])
    threshold = _threshold(sure, right, _weight_of_kinds(lines))
    return Fit(weights, sign_weights, _least(sure, lines), *threshold)


def _weights(
    evidence: Sequence[npt.NDArray[np.float64]],
    right: Sequence[bool],
    counts: npt.NDArray[np.float64],
) -> tuple[float, ...]:
    """Of a logistic regression: the one without evidence, and one for each kind of it."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(evidence)
    model = LogisticRegression(C=1.0, max_iter=2000).fit(
        scaler.transform(evidence), right, sample_weight=counts
    )
    slopes = model.coef_[0] / scaler.scale_
    first = float(model.intercept_[0] - slopes @ scaler.mean_)
    return (first, *(float(slope) for slope in slopes))


def _weight_of_kinds(lines: list[Judged]) -> npt.NDArray[np.float64]:
    """What each line counts, so that all kinds count alike."""
    counts = Counter(line.kind for line in lines)
    share = len(lines) / len(counts)
    return np.array([share / counts[line.kind] for line in lines])


def _least(sure: npt.NDArray[np.float64], lines: list[Judged]) -> float:
    """The confidence below which a line is dropped: most pages with numbers are right then.

    A page is right if nothing is missing and nothing else is read.
    """
    tried = np.arange(0.0, 0.5, 0.005)
    # From which confidence a page is right, and up to which.
    spans: dict[str, dict[int, tuple[float, float]]] = {}
    for line, confidence in zip(lines, sure.tolist(), strict=True):
        pages = spans.setdefault(line.kind, {})
        first, last = pages.get(line.page, (-1.0, 1.0 if line.complete else -1.0))
        shown_from = 1.0 if line.surely_number else confidence
        if line.right:
            last = min(last, shown_from)
        else:
            first = max(first, shown_from)
        pages[line.page] = first, last
    with_numbers = {line.kind for line in lines if line.right}
    shares = []
    for kind in with_numbers:
        ends = np.array([*spans[kind].values()])
        right = (ends[:, :1] < tried) & (tried <= ends[:, 1:])
        shares.append(right.mean(axis=0))
    mean = np.mean(shares, axis=0)
    good = np.flatnonzero(mean >= mean.max() - _AS_GOOD)
    return round(float(tried[good[-1]]), 4)


def by_kind(lines: list[Judged], found: Fit) -> dict[str, dict[str, float]]:
    """For each kind of picture: lines, and the shares right, accepted, and accepted but wrong."""
    confidence = LineConfidence(found.weights, sign_weights=found.sign_weights)
    figures = {}
    for kind in sorted({line.kind for line in lines}):
        own = [line for line in lines if line.kind == kind]
        accepted = [
            line.right
            for line in own
            if confidence.of(line.evidence) >= found.threshold
        ]
        figures[kind] = {
            "lines": len(own),
            "right": float(np.mean([line.right for line in own])),
            "accepted": len(accepted) / len(own),
            "wrong": 1 - sum(accepted) / len(accepted) if accepted else 0.0,
        }
    return figures


def _threshold(
    sure: npt.NDArray[np.float64],
    right: npt.NDArray[np.bool_],
    weight: npt.NDArray[np.float64],
) -> tuple[float, float, float]:
    """The least confidence at which `_MOST_WRONG` holds, with the shares accepted and wrong."""
    order = np.argsort(-sure)
    wrong = np.cumsum(weight[order] * ~right[order]) / np.cumsum(weight[order])
    fine = np.flatnonzero(wrong <= _MOST_WRONG)
    last = int(fine[-1]) if len(fine) else 0
    share = float(np.cumsum(weight[order])[last] / weight.sum())
    return round(float(sure[order][last]), 4), share, float(wrong[last])
