"""Training of the row network, in stages (training/stages.py)."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inkdigits.training import stages
from inkdigits.training.rows.loss import text_loss
from inkdigits.training.rows.net import build, grow
from inkdigits.training.rows.samples import Sources, StripSamples, batches


@dataclass(frozen=True, slots=True)
class TrainSettings(stages.HalfCosine):
    """Steps of 64 strips."""

    steps: int = 28_000
    warm_steps: int = 400


def prepare(settings: TrainSettings) -> Any:
    """The network, ready to learn."""
    return stages.ready(build, text_loss, settings, weight_decay=0.02)


def train(
    sources: Sources,
    run: Path,
    settings: TrainSettings,
    samples: StripSamples,
    say: Callable[[str], None] = print,
    start: Path | None = None,
) -> Any:
    """Trains to `settings.steps`; gives the model.

    `start` are the weights to begin with where there is no checkpoint yet.
    """
    model = prepare(settings)
    if not (run / stages.CHECKPOINT).exists() and start is not None:
        start = None if _grown(model, start) else start
    stages.learn(model, batches(sources, samples), run, settings, say, start=start)
    return model


def _grown(model: Any, start: Path) -> bool:
    """Whether these are a smaller network's weights; the model then begins with them."""
    if not start.exists():
        return False
    with np.load(start) as arrays:
        weights = [arrays[f"weight_{index}"] for index in range(len(arrays.files) - 1)]
    if len(weights) == len(model.get_weights()):
        return False
    grow(model, weights)
    return True


def export(checkpoint: Path, output: Path) -> int:
    """Writes the averaged network of a checkpoint as ONNX; gives its step."""
    return stages.export(prepare(TrainSettings()), build, checkpoint, output)


def keep(checkpoint: Path, output: Path) -> None:
    """Writes the averaged weights of a checkpoint alone."""
    stages.keep(prepare(TrainSettings()), build, checkpoint, output)
