"""Which labels are likely wrong: a trained model's answers beside the labels,
the most doubtful first.

Needs no Keras.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from inkdigits.data.dataset import NOT_A_DIGIT, Dataset
from inkdigits.data.own import name_of
from inkdigits.data.sheets import TEXT, WRONG, sheet, write_sheet
from inkdigits.machine import cores
from inkdigits.reading.classifier import DIGITS, Classifier, resolve_model

DOUBTFUL = 0.5  # above it, another label is likelier than the given one
_LEAST = 1e-7  # the smallest share that is told from none: its logarithm must be finite
_SHEET = 200  # pictures on a contact sheet
# The share of a label's pictures that makes their answer a way of writing
_CUSTOM = 0.5
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Doubt:
    """One label: `score` is how much likelier another one is, from 0 to 1 (above a half:
    likelier than the given one).

    `given` and `likely` are -1 for what is no digit.
    """

    index: int
    source: str
    given: int
    likely: int
    score: float

    @property
    def doubtful(self) -> bool:
        return self.score > DOUBTFUL

    def sentence(self) -> str:
        return (
            f"{self.source}: given {_shown(self.given)}, likely {_shown(self.likely)}, "
            f"score {self.score:.3f}"
        )

    def as_dict(self) -> dict[str, str | int | float]:
        return {
            "file": self.source,
            "given": self.given,
            "likely": self.likely,
            "score": self.score,
        }


def doubts(dataset: Dataset, model: str | Path | None = None) -> list[Doubt]:
    """Every label of the data set with its doubt, the most doubtful first."""
    classifier = Classifier(resolve_model(model), cores())
    scores = classifier.scores(dataset.images)
    # Refusal is an eleventh class, for models that know it.
    refusal = scores.refusal.astype(np.float64)[:, None] * classifier.refuses
    digits = scores.probabilities * (1 - refusal)
    chances = np.hstack([digits, refusal])
    margins, likely = _margins(chances, dataset.labels)
    order = np.argsort(-margins, kind="stable")
    listed = []
    for index in order.tolist():
        doubt = _doubt(dataset, index, int(likely[index]), float(margins[index]))
        listed.append(doubt)
    return listed


def draw_sheet(dataset: Dataset, found: list[Doubt], path: Path) -> Path | None:
    """A contact sheet of up to two hundred of these, "given > likely" below each (– for no digit).

    It is None where there are no doubtful labels.
    """
    some = found[:_SHEET]
    if not some:
        return None
    images = dataset.images[[doubt.index for doubt in some]]
    captions = [
        f"{_short(doubt.given)} > {_short(doubt.likely)}  {doubt.score:.2f}"
        for doubt in some
    ]
    return write_sheet(
        sheet(
            images,
            captions,
            colours=[WRONG if doubt.doubtful else TEXT for doubt in some],
        ),
        path,
    )


def _shown(label: int) -> str:
    """A label in words."""
    return "no digit" if label == NOT_A_DIGIT else str(label)


def _short(label: int) -> str:
    """A label where there is room for a sign only."""
    return "–" if label == NOT_A_DIGIT else str(label)


def _doubt(dataset: Dataset, index: int, likely: int, margin: float) -> Doubt:
    """One label's doubt, its margin as a score between 0 and 1."""
    score = float(1 / (1 + np.exp(-margin)))
    name = name_of(dataset, index)
    label = int(dataset.labels[index])
    return Doubt(index, name, label, likely, round(score, 6))


def _margins(
    chances: _Floats, labels: npt.NDArray[np.int64]
) -> tuple[_Floats, npt.NDArray[np.int64]]:
    """By how much the likeliest other label is likelier
    than the given one (in logarithms), and which that is.
    """
    rows = np.arange(len(labels))
    logs = np.log(np.maximum(chances, _LEAST))
    given = np.where(labels == NOT_A_DIGIT, DIGITS, labels)
    of_given = logs[rows, given]
    # A way of writing that many pictures share is not a slip: it counts as the label itself.
    customs = _customs(logs, given)
    of_given = np.where(
        customs >= 0, np.maximum(of_given, logs[rows, customs]), of_given
    )
    # Neither the label nor its way of writing is another label.
    logs[rows, given] = -np.inf
    logs[rows[customs >= 0], customs[customs >= 0]] = -np.inf
    likeliest = logs.argmax(axis=1)
    return logs[rows, likeliest] - of_given, np.where(
        likeliest == DIGITS, NOT_A_DIGIT, likeliest
    )


def _customs(logs: _Floats, given: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """What a model takes most pictures of a label for is a way of writing it, not a slip.

    The answer is -1 where there is no such label.
    """
    customs = np.full(len(given), -1)
    said = logs.argmax(axis=1)
    for label in np.unique(given):
        same = given == label
        # What the model takes the pictures of this label for.
        answers = said[same]
        usual = int(np.bincount(answers).argmax())
        is_custom = (answers == usual).mean() >= _CUSTOM
        # One or two pictures show no custom.
        if usual != label and is_custom and len(answers) > 2:
            customs[same] = usual
    return customs
