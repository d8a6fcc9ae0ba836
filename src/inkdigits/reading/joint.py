"""The class of one digit, by two networks together.

The digit network sees only its ink; the glyph network sees its grey close-up.

Each sees what the other misses: ink without ruled lines and neighbours, and strokes that no
threshold finds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.reading.classifier import DIGITS, Scores
from inkdigits.reading.marks.boxes import Floats

_LEAST_FILL = 1e-3  # smaller parts are counted as this: a logarithm must be finite
EVIDENCE = (
    "share of the likeliest digit among the ten, by both networks, log odds",
    "share of no digit by the digit network, log odds",
    "share of no digit by the glyph network, log odds",
    "whether both name the same digit",
    "sureness that a mark is there, log odds",
    "part of the box of all ink that the digit takes, log",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the picture shows of a digit in addition to its ink."""

    # The glyph network's shares of the classes.
    closeup: Floats
    # Its probability that there is a mark at all.
    sure: float
    # The share of the box of all ink that its own box takes: a letter of a word takes little.
    fill: float


@dataclass(frozen=True, slots=True)
class JointSettings:
    """Weights of the two networks, and the fit of their joint confidence.

    Both are fitted on held-out pictures.
    """

    # How much the logarithms of each network's shares count.
    ink_weight: float = 0.5
    closeup_weight: float = 1.0
    confidence: tuple[
        float, ...
    ] = ()  # one for each kind of evidence, and one without, first
    threshold: float = 0.5
    least: float = 1e-4  # no digit is ruled out by either network alone


@dataclass(frozen=True, slots=True)
class Answer:
    """The probabilities of the ten digits, the confidence, and the reason.

    The reason is "" if the answer is accepted.
    """

    shares: Floats
    confidence: float
    reason: str


def answers_by_ink(scores: Scores, threshold: float) -> list[Answer]:
    """Answers of the digit network alone.

    They are for glyphs that came framed, and for a user's own network.
    """
    no_digit = scores.refusal > scores.share
    return _answers(scores.probabilities, scores.confidence, no_digit, threshold)


def answers_by_both(
    ink: Scores, seen: Sequence[Seen], settings: JointSettings, threshold: float
) -> list[Answer]:
    """The joint answers of both networks."""
    closeups = np.stack([each.closeup for each in seen])
    shares = joint_shares(ink, closeups, settings)
    confidence = joint_confidence(ink, seen, shares, settings)
    no_digit = ink.refusal + 1 - closeups[:, :DIGITS].sum(axis=1) > 1
    return _answers(shares, confidence, no_digit, threshold)


def _answers(
    shares: Floats,
    confidence: npt.NDArray[Any],
    no_digit: npt.NDArray[np.bool_],
    threshold: float,
) -> list[Answer]:
    """Answers with the reason why the doubtful ones are refused."""
    answers = []
    for index, sure in enumerate(confidence.tolist()):
        refused = "no digit" if no_digit[index] else "unsure"
        answers.append(
            Answer(shares[index], sure, "" if sure >= threshold else refused)
        )
    return answers


def joint_shares(ink: Scores, closeups: Floats, settings: JointSettings) -> Floats:
    """The ten digits' shares by both: (N, 10)."""
    by_ink = np.maximum(ink.probabilities, settings.least)
    by_closeup = np.maximum(closeups[:, :DIGITS], settings.least)
    logs = settings.ink_weight * np.log(by_ink)
    logs += settings.closeup_weight * np.log(by_closeup)
    # Less the largest, so that no exponential overflows.
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    joint: Floats = shares.astype(np.float32)
    return joint


def joint_evidence(
    ink: Scores, seen: Sequence[Seen], shares: Floats
) -> npt.NDArray[np.float64]:
    """The evidence for the likeliest digit of each picture: (N, kinds of evidence)."""
    closeups = np.stack([each.closeup for each in seen])
    no_digit = 1 - closeups[:, :DIGITS].sum(axis=1)
    sure = np.array([each.sure for each in seen])
    fill = np.array([each.fill for each in seen])
    columns = [
        _log_odds(shares.max(axis=1)),
        _log_odds(ink.refusal),
        _log_odds(no_digit),
        ink.probabilities.argmax(axis=1) == closeups[:, :DIGITS].argmax(axis=1),
        _log_odds(sure),
        np.log(np.clip(fill, _LEAST_FILL, 1)),
    ]
    return np.stack(columns, axis=1).astype(np.float64)


def joint_confidence(
    ink: Scores, seen: Sequence[Seen], shares: Floats, settings: JointSettings
) -> npt.NDArray[np.float64]:
    """The probability that each digit is right.

    It is never more than the probability that one of the networks gives.
    """
    constant, *weights = settings.confidence
    evidence = joint_evidence(ink, seen, shares)
    odds = constant + evidence @ np.array(weights)
    # Further out the exponential would overflow, and changes nothing.
    bounded = np.clip(odds, -30, 30)
    fitted = 1 / (1 + np.exp(-bounded))

    closeups = np.stack([view.closeup for view in seen])
    no_digit = 1 - closeups[:, :DIGITS].sum(axis=1)
    refused_by_both = ink.refusal.astype(np.float64) * no_digit
    most = 1 - refused_by_both
    return np.asarray(np.minimum(fitted, most))


def _log_odds(share: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """The logarithm of a share against all others."""
    # No network is so sure that a later look could not outweigh it.
    bounded = np.clip(share.astype(np.float64), 1e-4, 1 - 1e-4)
    odds = bounded / (1 - bounded)
    return np.asarray(np.log(odds))
