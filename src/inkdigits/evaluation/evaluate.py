"""One model on one data set."""

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.data import Dataset
from inkdigits.data.disputed import undisputed_accuracy
from inkdigits.errors import DataError
from inkdigits.evaluation.metrics import Metrics, measure
from inkdigits.evaluation.scoring import Scored, score
from inkdigits.machine import cores, machine, versions

_LEAST_SHARE = 1e-7  # probabilities are clipped to this, as in training


@dataclass(frozen=True)
class Evaluation:
    """The figures, and everything that pictures and reports are made from."""

    model: str
    data: Dataset = field(repr=False)
    scored: Scored = field(repr=False)
    metrics: Metrics
    undisputed: float | None
    seconds: float

    @property
    def loss_as_trained(self) -> float:
        """The loss without the model's temperature, as training reports it.

        The temperature is fitted afterwards.
        """
        probabilities = self.scored.probabilities.astype(np.float64)
        raised = probabilities**self.scored.temperature
        rows = np.arange(len(self.data))
        of_label = raised[rows, self.data.labels] / raised.sum(axis=1)
        # A single probability of 0 would make the whole loss infinite.
        bounded = np.clip(of_label, _LEAST_SHARE, 1.0)
        losses = -np.log(bounded)
        return float(losses.mean())

    @property
    def predicted(self) -> npt.NDArray[np.int64]:
        """The best guess for each sample, whether accepted or not."""
        probabilities = self.scored.probabilities
        return probabilities.argmax(axis=1)

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """Which guesses match the labels."""
        labels = self.data.labels
        return self.predicted == labels

    def worst(self, count: int) -> npt.NDArray[np.int64]:
        """Indices of the wrong answers, the most confident first."""
        wrong = np.flatnonzero(~self.right)
        confidence = self.scored.confidence[wrong]
        order = np.argsort(-confidence, kind="stable")
        return wrong[order][:count]

    def as_dict(self) -> dict[str, Any]:
        """What metrics.json holds."""
        facts = asdict(self.metrics)
        return {
            "model": self.model,
            "model_sha256": self.scored.sha256,
            "data": self.data.name,
            "split": self.data.split,
            "data_sha256": self.data.digest,
            **facts,
            "loss_as_trained": self.loss_as_trained,
            "temperature": self.scored.temperature,
            "accuracy_undisputed": self.undisputed,
            "threshold": self.scored.threshold,
            "seconds": round(self.seconds, 3),
            "machine": machine(),
            "versions": versions(),
        }


def evaluate(
    model: str | Path, data: Dataset, *, threads: int | None = None
) -> Evaluation:
    """Score every picture and compute the figures; nothing is written."""
    if data.labels.min() < 0:
        raise DataError(
            f"{data.name} contains no digits: accuracy is measured on a set of digits, "
            "see inkdigits data list"
        )
    start = time.perf_counter()
    scored = score(model, data.images, threads or cores())
    seconds = time.perf_counter() - start
    metrics = measure(
        scored.probabilities, scored.confidence, data.labels, scored.threshold
    )
    undisputed = undisputed_accuracy(
        scored.probabilities.argmax(axis=1) == data.labels, data
    )
    return Evaluation(scored.name, data, scored, metrics, undisputed, seconds)
