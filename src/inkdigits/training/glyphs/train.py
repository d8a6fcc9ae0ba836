"""Training of the glyph network, in stages that survive a kill: the same command goes on from the last checkpoint."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inkdigits.reading.marks.alphabet import CLASSES
from inkdigits.training.backend import load_keras_module
from inkdigits.training.glyphs.net import build
from inkdigits.training.glyphs.samples import SampleSettings, batches
from inkdigits.training.marks.train import averaged, keep_averaged, load_checkpoint, load_trained, save_checkpoint
from inkdigits.training.normalize import fused
from inkdigits.training.onnx_export import save_onnx

CHECKPOINT = "checkpoint.npz"
NETWORK = "glyphs.onnx"


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """Steps of 256 close-ups; the rate rises, and falls to nothing as half a cosine."""

    steps: int = 14_000
    peak_rate: float = 3e-3
    warm_steps: int = 300
    average: float = 0.999  # of the weights: what is exported and judged
    smoothing: float = 0.03  # labels of the open sets are wrong in about one of fifty
    save_every: int = 250
    label_at: tuple[int, ...] = (4000, 7000)  # boxes of real numbers anew, named by this network
    precision: str = "float32"

    def rate(self, step: int) -> float:
        warm = min(1.0, (step + 1) / self.warm_steps)
        return self.peak_rate * warm * 0.5 * (1 + float(np.cos(np.pi * min(1.0, step / self.steps))))


def prepare(settings: TrainSettings) -> Any:
    """The network, ready to learn."""
    keras = load_keras_module()
    keras.config.set_dtype_policy(settings.precision)
    model = fused(build())
    optimizer = keras.optimizers.AdamW(
        settings.peak_rate, weight_decay=0.02, global_clipnorm=5.0, use_ema=True, ema_momentum=settings.average
    )
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=settings.smoothing)
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
    optimizer.build(model.trainable_variables)
    return model


def train(
    data_dir: Path,
    run: Path,
    labelled: Path | None,
    settings: TrainSettings,
    samples: SampleSettings,
    say: Callable[[str], None] = print,
    start: Path | None = None,
) -> Any:
    """Trains to `settings.steps`, from the checkpoint in `run` or else from `start`, where they are there; gives the model."""
    model = prepare(settings)
    step = load_checkpoint(model, run / CHECKPOINT)
    if not step and start is not None:
        step = load_checkpoint(model, start)
    answers: list[Any] = []
    began = time.perf_counter()
    eye = np.eye(len(CLASSES), dtype=np.float32)
    for closeups, classes in batches(data_dir, labelled, samples):
        if step >= settings.steps:
            break
        model.optimizer.learning_rate.assign(settings.rate(step))
        answers.append(model.train_on_batch(closeups, eye[classes]))
        model.reset_metrics()
        step += 1
        if step % settings.save_every == 0 or step == settings.steps:
            save_checkpoint(model, step, run / CHECKPOINT)
            loss, right = np.mean(np.array(answers[-settings.save_every :], np.float64), axis=0)
            seconds = (time.perf_counter() - began) / len(answers)
            if step in settings.label_at and labelled is not None:
                _label_aside(model, run, labelled)
            say(f"step {step}  loss {loss:.4f}  right {right:.4f}  {seconds:.3f} s a step")
    return model


def save_weights(checkpoint: Path, output: Path) -> None:
    """The averaged weights of a checkpoint alone, at half precision, for another machine to start from."""
    model = prepare(TrainSettings())
    step = load_trained(model, checkpoint)
    keep_averaged(averaged(model, build), step, output)


def _label_aside(model: Any, run: Path, labelled: Path) -> None:
    """Finds boxes with this network's names, in a process of its own; they are taken up when they are there."""
    save_onnx(averaged(model, build), run / NETWORK, {})
    with (run / "label.log").open("ab") as log:
        command = [sys.executable, "-m", "inkdigits.training.marks", "label", "--run", str(labelled.parent)]
        subprocess.Popen([*command, "--glyphs", str(run / NETWORK)], stdout=log, stderr=log)


def export(checkpoint: Path, output: Path) -> int:
    """Writes the averaged network of a checkpoint as ONNX; gives its step."""
    model = prepare(TrainSettings())
    step = load_trained(model, checkpoint)
    save_onnx(averaged(model, build), output, {"step": step})
    return step
