"""Judge whether the new model is better.

It is judged on the user's held-out pictures. If they show no clear difference, none is
claimed.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inkdigits.data import Dataset
from inkdigits.training.bundled.sources import REFUSED

SURE = 0.05  # below this p it is called better without a caveat
_DRAWS = 4000  # of signs: p is known to about 0.003
FEW = 200  # with fewer pictures, all are needed for training
_Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result on held-out pictures.

    `p` is the probability of such a gain by chance if both networks are equally good.
    `better` means that the new model is kept; if p is not small, it is only the likelier
    choice.
    """

    better: bool
    n: int
    wrong_before: int
    wrong_after: int
    p: float
    reason: str

    def sentence(self) -> str:
        counts = (
            f"{self.wrong_before} wrong before, {self.wrong_after} after, "
            f"of {self.n} held-out pictures"
        )
        if not self.better:
            return f"not better, the old model is kept: {self.reason} ({counts})"
        if self.p >= SURE:
            return (
                "fewer errors, so the new model is kept, "
                f"but this may be due to chance (p = {self.p:.2g}): {counts}"
            )
        if self.wrong_after == self.wrong_before:
            return f"better: as many right, with higher confidence (p = {self.p:.2g}): {counts}"
        return f"better (p = {self.p:.2g}): {counts}"


def judge(
    labels: npt.NDArray[np.int64], before: _Floats, after: _Floats, mix: float
) -> Verdict:
    """Keep the new model if it makes fewer errors, or as many with higher confidence.

    The gain in confidence must be significant, and nothing may be forgotten.
    """
    rows = np.arange(len(labels))
    wrong = [
        int((_answers(chances, labels) != labels).sum()) for chances in (before, after)
    ]
    gains = after[rows, labels].astype(np.float64) - before[rows, labels]
    p = chance_of(gains)
    reason = _reason(wrong, float(gains.sum()), p, mix)
    return Verdict(not reason, len(labels), wrong[0], wrong[1], p, reason)


def _reason(wrong: list[int], gain: float, p: float, mix: float) -> str:
    """Why it is not better; empty if it is."""
    before, after = wrong
    if mix == 0:
        return "it forgot more than it learned"
    if after > before:
        return "it makes more errors"
    gains_by_chance = after == before and p >= SURE
    if gain <= 0 or gains_by_chance:
        return "it makes no fewer errors, and its confidence is no higher"
    return ""


def _answers(chances: _Floats, labels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The likeliest digit of each picture.

    If the label is "not a digit", that may be the answer too.
    """
    return np.where(
        labels == REFUSED, chances.argmax(axis=1), chances[:, :REFUSED].argmax(axis=1)
    )


def chance_of(gains: npt.NDArray[np.float64]) -> float:
    """How often the same gains with random signs add up to as much (sign-flip test)."""
    rng = np.random.default_rng(0)
    signs = rng.choice([-1.0, 1.0], (_DRAWS, len(gains)))
    by_chance = signs @ gains
    # Sums of the same numbers in another order may differ in the last digit.
    as_much = by_chance >= gains.sum() - 1e-12
    return float(as_much.mean())


def parts(own: Dataset, share: float, seed: int) -> list[npt.NDArray[np.int64]]:
    """The held-out pictures, each label in proportion.

    This is one part, or three for cross-validation if there are few pictures.
    """
    rng = np.random.default_rng([seed, 0x5EED])
    count = 1 if len(own) >= FEW else 3
    held: list[list[int]] = [[] for _ in range(count)]
    turn = 0
    for label in np.unique(own.labels):
        rows = rng.permutation(np.flatnonzero(own.labels == label)).tolist()
        if count == 1:
            # At least one picture of each label is used for training, and one is held out.
            held[0] += rows[: min(len(rows) - 1, max(1, round(share * len(rows))))]
            continue
        for row in rows:
            held[turn % count].append(row)
            turn += 1
    return [np.array(sorted(indices), np.int64) for indices in held if indices]
