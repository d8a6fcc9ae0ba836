"""Recalibrate confidence, for the file as it is shipped."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.data import Dataset
from inkdigits.machine import cores
from inkdigits.reading.classifier import Classifier, ModelSettings, probability_right
from inkdigits.training.bundled import calibrate
from inkdigits.training.bundled.sources import REFUSED
from inkdigits.training.calibration import tempered
from inkdigits.training.finetune.adapt import classes_of
from inkdigits.training.finetune.memory import Memory

_TEMPERATURES = np.geomspace(0.5, 4.0, 85)  # those of calibration.py


def recalibrated(
    file: Path, old: Path, memory: Memory, held: Dataset
) -> dict[str, Any]:
    """Calibrate on open data and the user's held-out pictures.

    If memory has only drawn pictures, the old model's confidence is kept.
    """
    if memory.sets:
        labels = np.concatenate([memory.asked_labels, classes_of(held.labels)])
        return calibrate.confidence_of(
            file, (np.concatenate([memory.asked, held.images]), labels)
        )
    return _as_sure_as(Classifier(old, cores()), file, memory.asked)


def _as_sure_as(
    old: Classifier, file: Path, glyphs: npt.NDArray[np.uint8]
) -> dict[str, float]:
    scores = old.scores(glyphs)
    new = Classifier(file, cores())
    new.settings = ModelSettings()
    raw = np.concatenate(
        [new.raw(batch) for batch in np.array_split(glyphs, max(1, len(glyphs) // 500))]
    )
    # The mean confidence on the same pictures should stay as it was.
    gaps = [
        abs(float(_confidence(raw, t).mean()) - float(scores.share.mean()))
        for t in _TEMPERATURES
    ]
    temperature = float(_TEMPERATURES[int(np.argmin(gaps))])
    # As many answers are refused as before.
    refused = float((scores.confidence < old.settings.threshold).mean())
    confidence = probability_right(_confidence(raw, temperature), old.settings.sureness)
    threshold = float(np.clip(np.quantile(confidence, refused), 0.5, 0.95))
    return {"temperature": round(temperature, 3), "threshold": round(threshold, 3)}


def _confidence(raw: npt.NDArray[Any], temperature: float) -> npt.NDArray[np.float64]:
    """The share of the likeliest digit, for each answer."""
    probabilities = tempered(raw, temperature)
    digits = probabilities[:, :REFUSED]
    return digits.max(axis=1)
