"""Training of the marks network, in stages (training/stages.py)."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inkdigits.training import stages
from inkdigits.training.marks.feed import FeedSettings, batches
from inkdigits.training.marks.loss import marks_loss
from inkdigits.training.marks.net import build
from inkdigits.training.onnx_export import save_onnx

LABELLED = "labelled.npz"
NETWORK = "marks.onnx"


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """Steps of 16 patches; the rate rises, stays, and falls over the last `cool_steps`."""

    # What the bundled network has: a second round read no more (docs/decisions/027)
    steps: int = 15_000
    cool_steps: int = 5_000
    peak_rate: float = 3e-3
    warm_steps: int = 300
    average: float = 0.995  # of the weights: what is exported and judged
    save_every: int = 100
    label_at: tuple[int, ...] = (
        4000,
        5500,
        7500,
        10000,
    )  # boxes of real numbers anew; later the glyph network finds more
    # Mixed_bfloat16 takes half the time with torch where the processor has bf16
    precision: str = "float32"

    def rate(self, step: int) -> float:
        warm = min(1.0, (step + 1) / self.warm_steps)
        cool = min(1.0, max(0.0, (self.steps - step) / max(1, self.cool_steps)))
        return self.peak_rate * warm * cool


def prepare(settings: TrainSettings) -> Any:
    """The network, ready to learn."""
    return stages.ready(build, marks_loss, settings, weight_decay=0.01)


def train(
    data_dir: Path,
    run: Path,
    settings: TrainSettings,
    feed: FeedSettings,
    say: Callable[[str], None] = print,
    start: Path | None = None,
) -> Any:
    """Train to `settings.steps`, and return the model."""
    model = prepare(settings)

    def label(step: int) -> None:
        if step in settings.label_at:
            save_onnx(stages.averaged(model, build), run / NETWORK, {})
            stages.label_aside(run)

    stream = (
        (pictures, maps.astype(np.float32))
        for pictures, maps in batches(data_dir, run / LABELLED, feed)
    )
    stages.learn(model, stream, run, settings, say, start=start, at_checkpoint=label)
    return model


def export(checkpoint: Path, output: Path) -> int:
    """Write the averaged network of a checkpoint as ONNX, and return its step."""
    return stages.export(prepare(TrainSettings()), build, checkpoint, output)


def keep(checkpoint: Path, output: Path) -> None:
    """Write only the averaged weights of a checkpoint."""
    stages.keep(prepare(TrainSettings()), build, checkpoint, output)
