"""Refusal, temperature and threshold for a net that can refuse, fitted on what was held out.

Training shows far more of what is no digit than users do. The refusal's bias is lowered by as much
as validation allows: until the share of held-out non-digits that are still refused comes down to
what was asked for. Then confidence is fitted on digits.
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

REFUSED_SHARE = 0.93  # of what is no digit is to be refused still
DECISION = 0.5  # a digit with a smaller share is refused
_OTHERS_SHARE = 0.01  # one picture in a hundred that users give has no digit
_BATCH = 512
_SHIFTS = np.linspace(
    0, -6, 121
)  # of the logarithm of the odds, in steps of a twentieth
_Floats = npt.NDArray[np.float64]


def lower_refusal(model: Any, clean: Samples) -> float:
    """Lower the refusal's bias in the model itself, by as much as is given back."""
    images, labels = clean
    shift = allowed_shift(
        model.predict(as_input(images), batch_size=1024, verbose=0), labels
    )
    _lower_bias(model, shift)
    return round(shift, 2)


def confidence_of(path: Path, clean: Samples) -> dict[str, Any]:
    """Temperature, sureness and threshold for the file as it is shipped:
    whole numbers are a little less sure of themselves.
    """
    images, labels = clean
    classifier = Classifier(path, cores())
    # Without the file's own calibration, which is to be found.
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
    """Users show few things that are no digits; whatever the net answers there is wrong."""
    digit_count = digits.sum()
    other_count = max(1, int((~digits).sum()))
    # Together the others weigh so much, however many of them there are.
    weight_of_others = _OTHERS_SHARE * digit_count / other_count
    return np.where(digits, 1.0, weight_of_others)


def allowed_shift(raw: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> float:
    """The furthest the refusal may be lowered with enough of what is no digit still refused."""
    others = raw[labels == REFUSED]
    for shift in reversed(_SHIFTS):
        refused = shifted(others, float(shift))[:, :REFUSED].max(axis=1) < DECISION
        if refused.mean() >= REFUSED_SHARE:
            return float(shift)
    return 0.0


def shifted(raw: npt.NDArray[np.float32], shift: float) -> _Floats:
    """The probabilities as a changed bias of the refusal would give them."""
    odds = raw.astype(np.float64)
    odds[:, REFUSED] *= np.exp(shift)
    return odds / odds.sum(axis=1, keepdims=True)


def _lower_bias(model: Any, shift: float) -> None:
    """Change how readily the network takes a picture for no digit."""
    head = model.layers[-1]
    # As a part of the network, so that every runtime has it.
    kernel, bias = head.get_weights()
    bias[REFUSED] += shift
    head.set_weights([kernel, bias])
