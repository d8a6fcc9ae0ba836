"""Calibrate a network that can refuse: refusal, temperature and threshold.

All are fitted on held-out data. Training shows far more non-digits than users do. The
refusal's bias is therefore lowered until the share of held-out non-digits that are
still refused falls to `REFUSED_SHARE`. Then confidence is fitted on digits.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.machine import cores
from inkdigits.reading.classifier import Classifier, ModelSettings, probability_right
from inkdigits.training.bundled.batches import Samples
from inkdigits.training.bundled.sources import REFUSED
from inkdigits.training.calibration import (
    ACCEPTED_SHARE,
    best_sureness,
    best_temperature,
    tempered,
)
from inkdigits.training.learner import as_input

REFUSED_SHARE = 0.93  # the share of non-digits that must still be refused
DECISION = 0.5  # a digit with a smaller share is refused
_OTHERS_SHARE = 0.01  # one in a hundred of users' pictures has no digit
_BATCH = 512
_SHIFTS = np.linspace(0, -6, 121)  # of the log odds, in steps of 0.05
_Floats = npt.NDArray[np.float64]


def lower_refusal(model: Any, clean: Samples) -> float:
    """Lower the refusal's bias in the model itself, and return by how much."""
    images, labels = clean
    shift = allowed_shift(
        model.predict(as_input(images), batch_size=1024, verbose=0), labels
    )
    _lower_bias(model, shift)
    return round(shift, 2)


def confidence_of(path: Path, clean: Samples) -> dict[str, Any]:
    """Temperature, confidence weights and threshold, fitted on the file as it is shipped.

    Quantized networks are a little less confident.
    """
    images, labels = clean
    classifier = Classifier(path, cores())
    # Without the file's own calibration, which is being fitted.
    classifier.settings = ModelSettings()
    raw = np.concatenate(
        [
            classifier.raw(images[start : start + _BATCH])
            for start in range(0, len(images), _BATCH)
        ]
    )
    digits = labels != REFUSED
    # Non-digits have no right digit that a temperature could fit.
    temperature = best_temperature(raw[digits], labels[digits])
    share = tempered(raw, temperature)[:, :REFUSED].max(axis=1)
    sureness = best_sureness(
        share, raw[:, :REFUSED].argmax(axis=1) == labels, _weights(digits)
    )
    confidence = probability_right(share, sureness)
    threshold = float(
        np.clip(np.quantile(confidence[digits], 1 - ACCEPTED_SHARE), DECISION, 0.95)
    )
    return {
        "temperature": round(temperature, 3),
        "sureness": sureness,
        "threshold": round(threshold, 3),
    }


def _weights(digits: npt.NDArray[np.bool_]) -> _Floats:
    """Weights of the pictures: users show few non-digits; any answer there is wrong."""
    digit_count = digits.sum()
    other_count = max(1, int((~digits).sum()))
    # All non-digits together have this weight, however many there are.
    weight_of_others = _OTHERS_SHARE * digit_count / other_count
    return np.where(digits, 1.0, weight_of_others)


def allowed_shift(raw: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> float:
    """The largest shift with which enough non-digits are still refused."""
    others = raw[labels == REFUSED]
    for shift in reversed(_SHIFTS):
        refused = shifted(others, float(shift))[:, :REFUSED].max(axis=1) < DECISION
        if refused.mean() >= REFUSED_SHARE:
            return float(shift)
    return 0.0


def shifted(raw: npt.NDArray[np.float32], shift: float) -> _Floats:
    """The probabilities with a shifted bias of the refusal."""
    odds = raw.astype(np.float64)
    odds[:, REFUSED] *= np.exp(shift)
    return odds / odds.sum(axis=1, keepdims=True)


def _lower_bias(model: Any, shift: float) -> None:
    """Change how readily the network refuses a picture."""
    head = model.layers[-1]
    # In the network itself, so that every runtime has it.
    kernel, bias = head.get_weights()
    bias[REFUSED] += shift
    head.set_weights([kernel, bias])
