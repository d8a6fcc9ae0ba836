"""Two networks on the same digits: those that only one of them reads correctly."""

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.data import Dataset
from inkdigits.reading.classifier import DIGITS

MOST_SHOWN = 60  # of each kind, the most confident first; there may be thousands
_Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Comparison:
    """Digits with both networks' answers, and the confidence of the second one."""

    digits: Dataset
    before: npt.NDArray[np.int64]
    after: npt.NDArray[np.int64]
    confidence: _Floats

    @property
    def is_mended(self) -> npt.NDArray[np.bool_]:
        labels = self.digits.labels
        mended: npt.NDArray[np.bool_] = (self.before != labels) & (self.after == labels)
        return mended

    @property
    def is_forgotten(self) -> npt.NDArray[np.bool_]:
        labels = self.digits.labels
        lost: npt.NDArray[np.bool_] = (self.before == labels) & (self.after != labels)
        return lost

    def accuracies(self) -> tuple[float, float]:
        """The accuracy before and after."""
        labels = self.digits.labels
        return float((self.before == labels).mean()), float(
            (self.after == labels).mean()
        )

    def described(self, which: npt.NDArray[np.bool_]) -> list[dict[str, Any]]:
        """The most confident of these digits, each with its picture, for JSON."""
        places = np.flatnonzero(which)
        surest_first = places[np.argsort(-self.confidence[places], kind="stable")]
        return [self._described(int(place)) for place in surest_first[:MOST_SHOWN]]

    def _described(self, place: int) -> dict[str, Any]:
        picture = self.digits.images[place].tobytes()
        return {
            "label": int(self.digits.labels[place]),
            "before": int(self.before[place]),
            "after": int(self.after[place]),
            "confidence": round(float(self.confidence[place]), 4),
            "picture": base64.b64encode(picture).decode(),
        }


def compared(digits: Dataset, before: _Floats, after: _Floats) -> Comparison:
    """Compare the answers of both networks, one row per digit.

    "Not a digit" does not count as an answer here: the likeliest digit does.
    """
    shares = after[:, :DIGITS]
    return Comparison(
        digits, before[:, :DIGITS].argmax(axis=1), shares.argmax(axis=1), shares.max(1)
    )


def without(digits: Dataset, learned: Dataset) -> Dataset | None:
    """The digits that are not among those learned; None where none are left."""
    known = {picture.tobytes() for picture in learned.images}
    rest = [
        index
        for index, picture in enumerate(digits.images)
        if picture.tobytes() not in known
    ]
    return digits.take(np.array(rest)) if rest else None
