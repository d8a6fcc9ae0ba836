"""Find labels that are likely wrong, by comparing them with a model's answers.

The most doubtful come first. Needs no Keras.
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
_LEAST = 1e-7  # smaller shares are raised to it: their logarithm must be finite
_SHEET = 200  # pictures on a contact sheet
# If a model gives this share of a label's pictures the same other label, that is a
# custom (a way of writing), not a labelling error.
_CUSTOM = 0.5
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Doubt:
    """How doubtful one label is.

    `score` is how much likelier another label is, from 0 to 1; above 0.5 it is likelier
    than the given one. `given` and `likely` are -1 for a non-digit.
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
    # Refusal is an eleventh class, for models that have it.
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
    """A contact sheet of up to 200 labels, with "given > likely" below each.

    A non-digit is shown as –. None if there are no labels to show.
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
    """A label as a single character."""
    return "–" if label == NOT_A_DIGIT else str(label)


def _doubt(dataset: Dataset, index: int, likely: int, margin: float) -> Doubt:
    """One label's doubt, with its margin turned into a score between 0 and 1."""
    score = float(1 / (1 + np.exp(-margin)))
    name = name_of(dataset, index)
    label = int(dataset.labels[index])
    return Doubt(index, name, label, likely, round(score, 6))


def _margins(
    chances: _Floats, labels: npt.NDArray[np.int64]
) -> tuple[_Floats, npt.NDArray[np.int64]]:
    """How much likelier the likeliest other label is, and which label that is.

    The margin over the given label is a difference of logarithms.
    """
    rows = np.arange(len(labels))
    logs = np.log(np.maximum(chances, _LEAST))
    given = np.where(labels == NOT_A_DIGIT, DIGITS, labels)
    of_given = logs[rows, given]
    # A way of writing shared by many pictures is not a mistake: it counts as the label.
    customs = _customs(logs, given)
    of_given = np.where(
        customs >= 0, np.maximum(of_given, logs[rows, customs]), of_given
    )
    # Neither the label nor its way of writing counts as another label.
    logs[rows, given] = -np.inf
    logs[rows[customs >= 0], customs[customs >= 0]] = -np.inf
    likeliest = logs.argmax(axis=1)
    return logs[rows, likeliest] - of_given, np.where(
        likeliest == DIGITS, NOT_A_DIGIT, likeliest
    )


def _customs(logs: _Floats, given: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """For each picture, the other label that is a way of writing its label, or -1.

    It is what the model takes most pictures of that label for: a custom, not a slip.
    """
    customs = np.full(len(given), -1)
    said = logs.argmax(axis=1)
    for label in np.unique(given):
        same = given == label
        # What the model takes the pictures of this label for.
        answers = said[same]
        usual = int(np.bincount(answers).argmax())
        is_custom = (answers == usual).mean() >= _CUSTOM
        # One or two pictures are too few to show a custom.
        if usual != label and is_custom and len(answers) > 2:
            customs[same] = usual
    return customs
