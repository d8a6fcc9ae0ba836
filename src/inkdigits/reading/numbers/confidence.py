"""The probability that a line is right, from its features; fitted on held-out lines.

Row + its texts → evidence (a few figures) → two logistic regressions: are its digits right, and if
they are, its signs? → their product, the probability that the whole text is right
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inkdigits.reading.input.pages import Grey
from inkdigits.reading.marks.alphabet import DIGITS, digits_in
from inkdigits.reading.numbers.loose_ink import loose_ink
from inkdigits.reading.numbers.together import Together
from inkdigits.reading.numbers.writing import Written, amount_in

Floats = npt.NDArray[np.float64]
EVIDENCE = (
    "share of the text among all texts of its row",
    "least sure mark",
    "mean log sureness of its marks",
    "digits",
    "one digit alone",
    "heights alike",
    "marks left out",
    "found at a neighbouring size too",
    "height in pixels, log",
    "loose ink between the marks, log",
    "loose ink beside them, log",
    "share of the text by the row's strip, log",
    "how much likelier it is there than the likeliest other, log",
    "whether the marks alone say the same",
    "the likeliest text with other digits, log",
    "share of all texts with its amount",
)
_MOST_LOG = 12.0  # of log shares: what is less likely is no less likely to be right
_LEAST_INK = 0.02  # loose ink, in parts of the marks' own, below which there is none


@dataclass(frozen=True, slots=True)
class LineConfidence:
    """The fitted weights, one without evidence and one for each kind of it.

    `weights` are those for a line's digits, `sign_weights` those for its signs, of which the last
    evidence tells alone. Most real numbers are known by their digits: in one fit for both, a
    doubtful sign hardly counted. Without a fit the text's share counts.

    A row with a probability below `least` is not taken as a number: it may be the end of a ruled
    line or a piece of a letter. A long number is rarely right as a whole, so rows of many
    confident digits are kept in any case (`Row.is_surely_number`).
    """

    weights: tuple[float, ...] = ()
    least: float = 0.0
    sign_weights: tuple[float, ...] = ()

    def of(self, evidence: Floats) -> float:
        if not self.weights:
            return _logistic(float(evidence[0]))
        digits = _fitted(evidence, self.weights)
        if not self.sign_weights:
            return digits
        return digits * _fitted(evidence[-1:], self.sign_weights)


def evidence_of(together: Together, grey: Grey) -> Floats:
    """The features of the likeliest text of a row."""
    row, best = together.row, together.texts[0]
    chosen = [index for index, sign in enumerate(best.signs) if sign]
    sure = np.array(
        [row.marks.centre[i] * row.marks.classes[i].max() for i in chosen], np.float64
    )
    digits = [index for index in chosen if best.signs[index] in DIGITS]
    heights = row.marks.boxes[digits, 3] - row.marks.boxes[digits, 1]
    left_out = sum(
        float(row.marks.centre[i]) for i, sign in enumerate(best.signs) if not sign
    )
    share = float(np.exp(best.log))
    between, beside = loose_ink(grey, row.marks.boxes[chosen], row.height)
    return np.array(
        [
            log_odds(share),
            log_odds(float(sure.min())),
            float(np.log(np.maximum(sure, 1e-4)).mean()),
            np.log(len(digits)),
            float(len(digits) == 1),
            float(np.log(heights.max() / max(heights.min(), 1.0))),
            left_out,
            row.support,
            float(np.log(max(row.height * row.scale, 1.0))),
            float(np.log(between + _LEAST_INK)),
            float(np.log(beside + _LEAST_INK)),
            max(together.by_columns, -_MOST_LOG),
            min(max(together.ahead, -_MOST_LOG), _MOST_LOG),
            float(together.agree),
            max(_log_of_other_digits(together.texts), -_MOST_LOG),
            log_odds(_share_of_amount(together.texts)),
        ]
    )


def _log_of_other_digits(texts: Sequence[Written]) -> float:
    """The log share of the likeliest text whose digits are not those of the first one."""
    digits = digits_in(texts[0].text)
    others = (each.log for each in texts if digits_in(each.text) != digits)
    return next(others, -np.inf)


def _share_of_amount(texts: Sequence[Written]) -> float:
    """The share of all texts that are the same number as the first one."""
    amount = amount_in(texts[0].text)
    return sum(
        float(np.exp(each.log)) for each in texts if amount_in(each.text) == amount
    )


def _fitted(evidence: Floats, weights: Sequence[float]) -> float:
    return _logistic(weights[0] + float(evidence @ np.array(weights[1:])))


def _logistic(odds: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(odds, -30, 30))))


def log_odds(share: float) -> float:
    """The logarithm of a share against all others; nothing is quite sure."""
    share = min(max(share, 1e-5), 1 - 1e-5)
    return float(np.log(share / (1 - share)))
