"""Training of the row network, in stages (training/stages.py)."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inkdigits.training import stages
from inkdigits.training.rows.loss import text_loss
from inkdigits.training.rows.net import build
from inkdigits.training.rows.samples import StripSamples, batches


@dataclass(frozen=True, slots=True)
class TrainSettings(stages.HalfCosine):
    """Steps of 64 strips."""

    steps: int = 28_000
    warm_steps: int = 400


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
    stages.learn(
        model, batches(data_dir, labelled, samples), run, settings, say, start=start
    )
    return model


def export(checkpoint: Path, output: Path) -> int:
    """Writes the averaged network of a checkpoint as ONNX; gives its step."""
    return stages.export(prepare(TrainSettings()), build, checkpoint, output)


def keep(checkpoint: Path, output: Path) -> None:
    """Writes the averaged weights of a checkpoint alone."""
    stages.keep(prepare(TrainSettings()), build, checkpoint, output)
