"""Temperature and threshold for a net that can refuse, fitted on what was held out."""

from typing import Any

import numpy as np

from inkdigits.training.bundled.batches import Samples
from inkdigits.training.bundled.sources import REFUSED
from inkdigits.training.calibration import ACCEPTED_SHARE, best_temperature, tempered
from inkdigits.training.fit import as_input


def fit(model: Any, held: Samples) -> dict[str, float]:
    """The temperature with the least cross-entropy over all eleven, and the threshold that lets digits pass."""
    images, labels = held
    probabilities = model.predict(as_input(images), batch_size=1024, verbose=0)
    temperature = best_temperature(probabilities, labels)
    confidence = tempered(probabilities, temperature)[:, :REFUSED].max(axis=1)
    threshold = float(np.clip(np.quantile(confidence[labels != REFUSED], 1 - ACCEPTED_SHARE), 0.5, 0.95))
    return {"temperature": round(temperature, 3), "threshold": round(threshold, 3)}
