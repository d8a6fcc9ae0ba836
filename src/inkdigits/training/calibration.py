"""Fit the temperature that calibrates confidence, and the threshold for accepting."""

from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.data import Dataset
from inkdigits.reading.classifier import sureness_features
from inkdigits.training.learner import as_input

ACCEPTED_SHARE = 0.985  # the share of held-out digits to accept
_AS_IT_IS = np.array([0.0, 1.0, 1.0])  # these leave every probability as it is
_NEWTON_STEPS = 30  # more than it takes to converge
_LEAST_STEP = 1e-6  # a shorter one changes nothing
_TEMPERATURES = np.geomspace(0.5, 4.0, 85)  # in steps of 2.5 %


def calibrate(model: Any, validation: Dataset | None) -> dict[str, float]:
    """Fit temperature and threshold on validation digits; without any, 1 and 0.5."""
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
    """The temperature with the lowest cross-entropy."""
    rows = np.arange(len(labels))
    losses = [
        -np.log(np.maximum(tempered(probabilities, t)[rows, labels], 1e-12)).mean()
        for t in _TEMPERATURES
    ]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def best_sureness(
    share: npt.NDArray[Any], right: npt.NDArray[np.bool_], weights: npt.NDArray[Any]
) -> list[float]:
    """The three numbers of `probability_right`, fitted by logistic regression.

    They are found by Newton's method, slightly regularized towards "as it is".
    """
    ones = np.ones(len(share))
    rows = np.stack([ones, *sureness_features(share)], axis=1)

    def loss(weighing: npt.NDArray[np.float64]) -> float:
        odds = rows @ weighing
        each = np.logaddexp(0, odds) - right * odds
        pull = weighing - _AS_IT_IS
        return float(weights @ each + pull @ pull / 2)

    fitted = _AS_IT_IS.copy()
    for _ in range(_NEWTON_STEPS):
        shown = 1 / (1 + np.exp(-rows @ fitted))
        # Gradient and Hessian of the loss.
        off_by = weights * (shown - right)
        slope = rows.T @ off_by + fitted - _AS_IT_IS
        spread = weights * shown * (1 - shown)
        bend = (rows * spread[:, None]).T @ rows + np.eye(3)
        step = np.linalg.solve(bend, slope)
        # Where the network is wrong and very sure, a whole step leads far beyond the minimum.
        while loss(fitted - step) > loss(fitted) and np.abs(step).max() > _LEAST_STEP:
            step = step / 2
        fitted = fitted - step
    # A higher probability never lowers the confidence.
    fitted[1:] = np.maximum(fitted[1:], 0)
    return [round(float(value), 4) for value in fitted]


def tempered(
    probabilities: npt.NDArray[np.floating[Any]], temperature: float
) -> npt.NDArray[np.float64]:
    """The probabilities at a temperature; above 1 it brings them closer together."""
    # Zero would stay zero at any temperature.
    positive = np.maximum(probabilities.astype(np.float64), 1e-12)
    powered = positive ** (1 / temperature)
    return powered / powered.sum(axis=1, keepdims=True)
