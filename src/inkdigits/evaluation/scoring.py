"""Probabilities for glyphs from any model.

It may be a run folder, an .onnx, .keras or .h5 file, or the bundled model.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inkdigits.errors import ModelError
from inkdigits.evaluation.metrics import Floats
from inkdigits.reading.classifier import DIGITS, Classifier, resolve_model
from inkdigits.reading.input.pages import Grey


@dataclass(frozen=True)
class Scored:
    """A model's answers for each glyph, and facts about the model.

    `temperature` is the one that the probabilities were scaled with; 1 if they are the
    net's own.
    """

    name: str
    path: Path
    sha256: str
    threshold: float
    probabilities: Floats
    confidence: Floats
    temperature: float = 1.0


def score(model: str | Path, glyphs: Grey, threads: int) -> Scored:
    """Run the model on the glyphs; a Keras file's probabilities are uncalibrated."""
    path = Path(model)
    if path.suffix in (".keras", ".h5"):
        return _score_keras(path, glyphs)
    file = resolve_model(model)
    classifier = Classifier(file, threads)
    scores = classifier.scores(glyphs)
    name = (
        path.name
        if path.is_dir()
        else "bundled"
        if str(model) == "bundled"
        else path.name
    )
    settings = classifier.settings
    # With a class for non-digits, the ten probabilities do not tell what they were
    # before the temperature.
    temperature = 1.0 if classifier.refuses else settings.temperature
    return Scored(
        name,
        file,
        digest(file),
        settings.threshold,
        scores.probabilities,
        scores.confidence,
        temperature,
    )


def _score_keras(path: Path, glyphs: Grey) -> Scored:
    """Score with a Keras model; logits go through a softmax."""
    from inkdigits.training.keras_files import load_keras
    from inkdigits.training.learner import as_input

    model = load_keras(path)
    if (
        tuple(model.input_shape[1:]) not in ((28, 28, 1), (28, 28))
        or model.output_shape[-1] != DIGITS
    ):
        raise ModelError(
            f"{path} takes {model.input_shape} and gives {model.output_shape}: "
            "a digit model takes 28×28, gives 10"
        )
    images = as_input(glyphs).reshape(len(glyphs), *model.input_shape[1:])
    raw = np.asarray(model.predict(images, batch_size=512, verbose=0), np.float32)
    if (raw < 0).any() or not np.allclose(raw.sum(axis=1), 1, atol=1e-3):
        powers = np.exp(raw - raw.max(axis=1, keepdims=True))
        raw = powers / powers.sum(axis=1, keepdims=True)
    return Scored(path.name, path, digest(path), 0.5, raw, raw.max(axis=1))


def digest(path: Path) -> str:
    """A file's SHA-256: which model was evaluated."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
