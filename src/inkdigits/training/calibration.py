"""A temperature that makes confidence mean what it says,
and the threshold at which an answer is accepted.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.data import Dataset
from inkdigits.reading.classifier import sureness_features
from inkdigits.training.learner import as_input

ACCEPTED_SHARE = 0.985  # of digits that were held out is to be accepted
_AS_IT_IS = np.array([0.0, 1.0, 1.0])  # these change no share
_NEWTON_STEPS = 30  # more than it takes to come to rest
_TEMPERATURES = np.geomspace(
    0.5, 4.0, 85
)  # two and a half per cent from one to the next


def calibrate(model: Any, validation: Dataset | None) -> dict[str, float]:
    """Fitted on validation digits; without any, nothing is changed and half is the threshold."""
    if validation is None:
        return {"temperature": 1.0, "threshold": 0.5}
    probabilities = model.predict(
        as_input(validation.images), batch_size=1024, verbose=0
    )
    temperature = best_temperature(probabilities, validation.labels)
    confidence = tempered(probabilities, temperature).max(axis=1)
    threshold = float(np.clip(np.quantile(confidence, 1 - ACCEPTED_SHARE), 0.5, 0.95))
    return {"temperature": round(temperature, 3), "threshold": round(threshold, 3)}


def best_temperature(
    probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]
) -> float:
    """The temperature with the least cross-entropy."""
    rows = np.arange(len(labels))
    losses = [
        -np.log(np.maximum(tempered(probabilities, t)[rows, labels], 1e-12)).mean()
        for t in _TEMPERATURES
    ]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def best_sureness(
    share: npt.NDArray[Any], right: npt.NDArray[np.bool_], weights: npt.NDArray[Any]
) -> list[float]:
    """Of `probability_right` the three numbers that make right answers likeliest (Newton's way),
    drawn a little to "as it is".
    """
    ones = np.ones(len(share))
    rows = np.stack([ones, *sureness_features(share)], axis=1)
    fitted = _AS_IT_IS.copy()
    for _ in range(_NEWTON_STEPS):
        shown = 1 / (1 + np.exp(-rows @ fitted))
        # The slope and the bend of what is to be made small; "as it is" pulls a little.
        off_by = weights * (shown - right)
        pull = fitted - _AS_IT_IS
        slope = rows.T @ off_by + pull
        spread = weights * shown * (1 - shown)
        bend = (rows * spread[:, None]).T @ rows + np.eye(3)
        fitted = fitted - np.linalg.solve(bend, slope)
    # A larger share never means less.
    fitted[1:] = np.maximum(fitted[1:], 0)
    return [round(float(value), 4) for value in fitted]


def tempered(
    probabilities: npt.NDArray[np.floating[Any]], temperature: float
) -> npt.NDArray[np.float64]:
    """The probabilities brought nearer to one another by a temperature above 1."""
    # Nothing to a power stays nothing, whatever the temperature.
    positive = np.maximum(probabilities.astype(np.float64), 1e-12)
    powered = positive ** (1 / temperature)
    return powered / powered.sum(axis=1, keepdims=True)
