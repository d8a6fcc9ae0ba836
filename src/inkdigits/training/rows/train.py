"""Training of the row network, in stages (training/stages.py)."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inkdigits.training import stages
from inkdigits.training.rows.loss import text_loss
from inkdigits.training.rows.net import build
from inkdigits.training.rows.samples import StripSamples, batches


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """Steps of 64 strips; the rate rises, and falls to nothing as half a cosine."""

    steps: int = 12_000
    peak_rate: float = 3e-3
    warm_steps: int = 400
    average: float = 0.999  # of the weights: what is exported and judged
    save_every: int = 250
    precision: str = "float32"

    def rate(self, step: int) -> float:
        warm = min(1.0, (step + 1) / self.warm_steps)
        return (
            self.peak_rate * warm * 0.5 * (1 + float(np.cos(np.pi * min(1.0, step / self.steps))))
        )


def prepare(settings: TrainSettings) -> Any:
    """The network, ready to learn."""
    return stages.ready(build, text_loss, settings, weight_decay=0.02)


def train(
    data_dir: Path,
    run: Path,
    labelled: Path | None,
    settings: TrainSettings,
    samples: StripSamples,
    say: Callable[[str], None] = print,
    start: Path | None = None,
) -> Any:
    """Trains to `settings.steps`; gives the model. `labelled` are the boxes of real numbers."""
    model = prepare(settings)
    stages.learn(model, batches(data_dir, labelled, samples), run, settings, say, start=start)
    return model


def export(checkpoint: Path, output: Path) -> int:
    """Writes the averaged network of a checkpoint as ONNX; gives its step."""
    return stages.export(prepare(TrainSettings()), build, checkpoint, output)


def keep(checkpoint: Path, output: Path) -> None:
    """Writes the averaged weights of a checkpoint alone."""
    stages.keep(prepare(TrainSettings()), build, checkpoint, output)
