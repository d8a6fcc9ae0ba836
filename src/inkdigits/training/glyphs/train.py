"""Training of the glyph network, in stages (training/stages.py)."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inkdigits.reading.marks.alphabet import CLASSES
from inkdigits.training import stages
from inkdigits.training.backend import load_keras_module
from inkdigits.training.glyphs.net import build
from inkdigits.training.glyphs.samples import SampleSettings, batches
from inkdigits.training.onnx_export import save_onnx

NETWORK = "glyphs.onnx"


@dataclass(frozen=True, slots=True)
class TrainSettings(stages.HalfCosine):
    """Steps of 256 close-ups."""

    steps: int = 14_000
    # About one in fifty labels of the open data sets is wrong.
    smoothing: float = 0.03
    # Steps at which boxes of real numbers are found again, named by this network.
    label_at: tuple[int, ...] = (4000, 7000)


def prepare(settings: TrainSettings) -> Any:
    """The network, ready to learn."""
    loss = load_keras_module().losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=settings.smoothing
    )
    return stages.ready(build, loss, settings, weight_decay=0.02, metrics=["accuracy"])


def train(
    data_dir: Path,
    run: Path,
    labelled: Path | None,
    settings: TrainSettings,
    samples: SampleSettings,
    say: Callable[[str], None] = print,
    start: Path | None = None,
) -> Any:
    """Train to `settings.steps`, and return the model.

    `labelled` are the boxes of real numbers, which are found again at some steps.
    """
    model = prepare(settings)

    def label(step: int) -> None:
        if step in settings.label_at and labelled is not None:
            save_onnx(stages.averaged(model, build), run / NETWORK, {})
            stages.label_aside(labelled.parent, "--glyphs", str(run / NETWORK))

    wanted = np.eye(len(CLASSES), dtype=np.float32)
    stream = (
        (closeups, wanted[classes])
        for closeups, classes in batches(data_dir, labelled, samples)
    )
    stages.learn(model, stream, run, settings, say, start=start, at_checkpoint=label)
    return model


def export(checkpoint: Path, output: Path) -> int:
    """Write a checkpoint's averaged network as ONNX, and return its step."""
    return stages.export(prepare(TrainSettings()), build, checkpoint, output)


def keep(checkpoint: Path, output: Path) -> None:
    """Write only a checkpoint's averaged weights."""
    stages.keep(prepare(TrainSettings()), build, checkpoint, output)
