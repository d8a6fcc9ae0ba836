"""Is it better? On pictures of the user's that it did not learn from; if that cannot be said, it is not said."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inkdigits.data import Dataset
from inkdigits.training.bundled.sources import REFUSED

_SURE = 0.05
_DRAWS = 4000
FEW = 200
_Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What held-out pictures say; `p` is how likely so much luck is if the two nets are equally good."""

    better: bool
    n: int
    wrong_before: int
    wrong_after: int
    taken_before: int
    taken_after: int
    p: float
    reason: str

    def sentence(self) -> str:
        counts = f"{self.wrong_before} wrong before, {self.wrong_after} after, of {self.n} pictures it did not learn from"
        return (
            f"better: {counts} (p = {self.p:.2g})"
            if self.better
            else f"not better, the old model is kept: {self.reason} ({counts})"
        )


def judge(labels: npt.NDArray[np.int64], before: _Floats, after: _Floats, threshold: float, mix: float) -> Verdict:
    """Better: fewer wrong, or as many and more of the right ones accepted; and not by luck, as the losses' ranks tell."""
    rows = np.arange(len(labels))
    wrong = [int((_answers(chances, labels) != labels).sum()) for chances in (before, after)]
    taken = [int((chances[rows, labels] >= threshold).sum()) for chances in (before, after)]
    gains = _losses(before, labels) - _losses(after, labels)
    p = chance_of(gains)
    reason = _reason(wrong, taken, p, mix)
    return Verdict(not reason, len(labels), wrong[0], wrong[1], taken[0], taken[1], p, reason)


def _reason(wrong: list[int], taken: list[int], p: float, mix: float) -> str:
    """Why it is not better; empty where it is."""
    if mix == 0:
        return "whatever it learned, it forgot more of what it knew"
    if wrong[1] > wrong[0]:
        return "it reads more of them wrong"
    if wrong[1] == wrong[0] and taken[1] <= taken[0]:
        return "it reads no more of them right, and is no surer" if wrong[0] else "the old model reads them all already"
    if p >= _SURE:
        return f"so small a difference may be chance (p = {p:.2g}): more pictures would tell"
    return ""


def _answers(chances: _Floats, labels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The likeliest digit; where the label says that there is none, "not a digit" may be the answer too."""
    return np.where(labels == REFUSED, chances.argmax(axis=1), chances[:, :REFUSED].argmax(axis=1))


def _losses(chances: _Floats, labels: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    return -np.log(np.maximum(chances[np.arange(len(labels)), labels].astype(np.float64), 1e-6))


def chance_of(gains: npt.NDArray[np.float64]) -> float:
    """How often signs drawn at random give the gains' ranks as high a sum (Wilcoxon's signed ranks, by drawing)."""
    ranks = np.argsort(np.argsort(np.abs(gains))) + 1.0
    observed = float((np.sign(gains) * ranks).sum())
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (_DRAWS, len(gains)))
    return float(((signs @ (ranks * (gains != 0))) >= observed).mean())


def parts(own: Dataset, share: float, seed: int) -> list[npt.NDArray[np.int64]]:
    """What is held out, each label in proportion: one part, or three that take turns where there are few pictures."""
    rng = np.random.default_rng([seed, 0x5EED])
    count = 1 if len(own) >= FEW else 3
    held: list[list[int]] = [[] for _ in range(count)]
    turn = 0
    for label in np.unique(own.labels):
        rows = rng.permutation(np.flatnonzero(own.labels == label)).tolist()
        if count == 1:
            held[0] += rows[: min(len(rows) - 1, max(1, round(share * len(rows))))]
            continue
        for row in rows:
            held[turn % count].append(row)
            turn += 1
    return [np.array(sorted(part), np.int64) for part in held if part]
