"""A temperature that makes confidence mean what it says, and the threshold at which an answer is accepted."""

from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.data import Dataset
from inkdigits.training.learner import as_input

ACCEPTED_SHARE = 0.985
_TEMPERATURES = np.geomspace(0.5, 4.0, 85)


def calibrate(model: Any, validation: Dataset | None) -> dict[str, float]:
    """Fitted on validation digits; without any, nothing is changed and half is the threshold."""
    if validation is None:
        return {"temperature": 1.0, "threshold": 0.5}
    probabilities = model.predict(as_input(validation.images), batch_size=1024, verbose=0)
    temperature = best_temperature(probabilities, validation.labels)
    confidence = tempered(probabilities, temperature).max(axis=1)
    threshold = float(np.clip(np.quantile(confidence, 1 - ACCEPTED_SHARE), 0.5, 0.95))
    return {"temperature": round(temperature, 3), "threshold": round(threshold, 3)}


def best_temperature(probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> float:
    """The temperature with the least cross-entropy."""
    rows = np.arange(len(labels))
    losses = [-np.log(np.maximum(tempered(probabilities, t)[rows, labels], 1e-12)).mean() for t in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def tempered(probabilities: npt.NDArray[np.floating[Any]], temperature: float) -> npt.NDArray[np.float64]:
    powered = np.maximum(probabilities.astype(np.float64), 1e-12) ** (1 / temperature)
    return powered / powered.sum(axis=1, keepdims=True)
