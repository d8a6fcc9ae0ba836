"""Figures from probabilities and labels, computed with NumPy alone."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]

# Of confidence, as in Guo et al., On calibration of modern neural networks (2017)
BINS = 15


@dataclass(frozen=True)
class ClassFigures:
    """The figures of one digit."""

    digit: int
    precision: float
    recall: float
    f1: float
    n: int


@dataclass(frozen=True)
class Bin:
    """A range of confidence, with its answers' mean confidence and accuracy."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Metrics:
    """All figures of one model on one data set."""

    n: int
    accuracy: float
    interval: tuple[float, float]
    loss: float
    ece: float
    classes: tuple[ClassFigures, ...]
    confusion: tuple[tuple[int, ...], ...]
    bins: tuple[Bin, ...]
    confidence_right: float
    confidence_wrong: float
    accepted: float
    accuracy_accepted: float


def measure(
    probabilities: Floats, confidence: Floats, labels: Labels, threshold: float
) -> Metrics:
    """Compute all figures.

    `confidence` is the probability of being right, which may be lower than the largest
    probability.
    """
    predicted = probabilities.argmax(axis=1)
    right = predicted == labels
    accepted = confidence >= threshold
    of_label = probabilities[np.arange(len(labels)), labels]
    confusion = np.zeros((10, 10), np.int64)
    np.add.at(confusion, (labels, predicted), 1)
    bins = reliability(confidence, right)
    return Metrics(
        n=len(labels),
        accuracy=float(right.mean()),
        interval=wilson(int(right.sum()), len(labels)),
        loss=float(-np.log(np.maximum(of_label, 1e-12)).mean()),
        ece=sum(bin_.n * abs(bin_.confidence - bin_.accuracy) for bin_ in bins)
        / len(labels),
        classes=tuple(_class_figures(confusion, digit) for digit in range(10)),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        bins=bins,
        confidence_right=_mean(confidence[right]),
        confidence_wrong=_mean(confidence[~right]),
        accepted=float(accepted.mean()),
        accuracy_accepted=_mean(right[accepted]),
    )


def _mean(values: npt.NDArray[Any]) -> float:
    """The mean; NaN if there are no values, for which NumPy would warn."""
    if not len(values):
        return float("nan")
    return float(values.mean())


def _class_figures(confusion: npt.NDArray[np.int64], digit: int) -> ClassFigures:
    """One digit's figures; rows of the confusion matrix are labels, columns answers."""
    hits = int(confusion[digit, digit])
    answers = int(confusion[:, digit].sum())
    labels = int(confusion[digit].sum())
    precision = hits / answers if answers else 0.0
    recall = hits / labels if labels else 0.0
    f1 = 0.0
    if hits:
        f1 = 2 * precision * recall / (precision + recall)
    return ClassFigures(digit, precision, recall, f1, labels)


def reliability(confidence: Floats, right: npt.NDArray[np.bool_]) -> tuple[Bin, ...]:
    """Fifteen bins of equal width; empty ones are left out."""
    index = np.minimum((confidence * BINS).astype(int), BINS - 1)
    bins = []
    for number in range(BINS):
        inside = index == number
        if inside.any():
            low = number / BINS
            high = (number + 1) / BINS
            sure = float(confidence[inside].mean())
            accuracy = float(right[inside].mean())
            bins.append(Bin(low, high, int(inside.sum()), sure, accuracy))
    return tuple(bins)


def wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share, by Wilson's score."""
    share = hits / n
    shrink = 1 + z * z / n
    middle = (share + z * z / (2 * n)) / shrink
    sampling = share * (1 - share) / n
    variance = sampling + z * z / (4 * n * n)
    half = z * math.sqrt(variance) / shrink
    low = max(0.0, middle - half)
    high = min(1.0, middle + half)
    return low, high
