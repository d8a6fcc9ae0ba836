"""Training in stages that survive a kill: the same command goes on from the last checkpoint."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inkdigits.errors import TrainingError
from inkdigits.training.backend import load_keras_module
from inkdigits.training.marks.feed import FeedSettings, batches
from inkdigits.training.marks.loss import marks_loss
from inkdigits.training.marks.net import Shape, build
from inkdigits.training.normalize import fused
from inkdigits.training.onnx_export import save_onnx

CHECKPOINT = "checkpoint.npz"
LABELLED = "labelled.npz"
NETWORK = "marks.onnx"


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """Steps of 16 patches; the rate rises, stays, and falls to nothing over the last `cool_steps`."""

    steps: int = 30_000
    cool_steps: int = 5_000
    peak_rate: float = 3e-3
    warm_steps: int = 300
    average: float = 0.995  # of the weights: what is exported and judged
    save_every: int = 100
    label_at: tuple[int, ...] = (4000, 5500, 7500, 10000)  # boxes of real numbers anew; later the glyph network finds more
    precision: str = "float32"  # mixed_bfloat16 takes half the time with torch where the processor has bf16

    def rate(self, step: int) -> float:
        warm = min(1.0, (step + 1) / self.warm_steps)
        cool = min(1.0, max(0.0, (self.steps - step) / max(1, self.cool_steps)))
        return self.peak_rate * warm * cool


def prepare(settings: TrainSettings) -> Any:
    """The network, ready to learn."""
    keras = load_keras_module()
    keras.config.set_dtype_policy(settings.precision)
    model = fused(build(Shape()))
    optimizer = keras.optimizers.AdamW(
        settings.peak_rate, weight_decay=0.01, global_clipnorm=5.0, use_ema=True, ema_momentum=settings.average
    )
    model.compile(optimizer, marks_loss, jit_compile=False)  # XLA is slow at convolutions on a CPU
    optimizer.build(model.trainable_variables)
    return model


def train(
    data_dir: Path,
    run: Path,
    settings: TrainSettings,
    feed: FeedSettings,
    say: Callable[[str], None] = print,
    start: Path | None = None,
) -> Any:
    """Trains to `settings.steps`, from the checkpoint in `run` or else from `start`, where they are there; gives the model."""
    model = prepare(settings)
    step = load_checkpoint(model, run / CHECKPOINT)
    if not step and start is not None:
        step = load_checkpoint(model, start)
    losses: list[float] = []
    began = time.perf_counter()
    for pictures, maps in batches(data_dir, run / LABELLED, feed):
        if step >= settings.steps:
            break
        model.optimizer.learning_rate.assign(settings.rate(step))
        losses.append(float(model.train_on_batch(pictures, maps.astype(np.float32))))
        step += 1
        if step % settings.save_every == 0 or step == settings.steps:
            save_checkpoint(model, step, run / CHECKPOINT)
            seconds = (time.perf_counter() - began) / len(losses)
            if step in settings.label_at:
                _label_aside(model, run)
            say(f"step {step}  loss {np.mean(losses[-settings.save_every :]):.4f}  {seconds:.3f} s a step")
    return model


def _label_aside(model: Any, run: Path) -> None:
    """Finds boxes with the network as it is now, in a process of its own; the composers take them up when they are there."""
    save_onnx(averaged(model), run / NETWORK, {})
    with (run / "label.log").open("ab") as log:
        command = [sys.executable, "-m", "inkdigits.training.marks", "label", "--run", str(run)]
        subprocess.Popen(command, stdout=log, stderr=log)


def export(checkpoint: Path, output: Path) -> int:
    """Writes the averaged network of a checkpoint as ONNX; gives its step."""
    model = prepare(TrainSettings())
    step = load_trained(model, checkpoint)
    save_onnx(averaged(model), output, {"step": step})
    return step


def load_trained(model: Any, checkpoint: Path) -> int:
    """The step of a checkpoint that must be there: an untrained network is never written in a trained one's place."""
    step = load_checkpoint(model, checkpoint)
    if not step:
        raise TrainingError(f"there is no checkpoint at {checkpoint}: train first, or name its folder with --run")
    return step


def save_checkpoint(model: Any, step: int, path: Path) -> None:
    """Weights, the optimizer's state and the step; whole or not at all."""
    arrays = {f"weight_{index}": np.asarray(value) for index, value in enumerate(model.get_weights())}
    for index, variable in enumerate(model.optimizer.variables):
        arrays[f"state_{index}"] = np.asarray(variable)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name("part-" + path.name)
    np.savez(part, allow_pickle=False, step=np.array(step), **arrays)
    part.replace(path)


def save_weights(checkpoint: Path, output: Path) -> None:
    """The averaged weights of a checkpoint alone, at half precision, for another machine to start from."""
    model = prepare(TrainSettings())
    step = load_trained(model, checkpoint)
    keep_averaged(averaged(model), step, output)


def keep_averaged(plain: Any, step: int, output: Path) -> None:
    """Writes a plain network's weights at half precision."""
    weights = [np.asarray(value, np.float16) for value in plain.get_weights()]
    arrays = {f"weight_{index}": value for index, value in enumerate(weights)}
    output.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(output, allow_pickle=False, step=np.array(step), **arrays)


def load_checkpoint(model: Any, path: Path) -> int:
    """The step that the checkpoint was saved at; 0, and nothing changed, where there is none."""
    if not path.exists():
        return 0
    with np.load(path) as arrays:
        model.set_weights([arrays[f"weight_{index}"] for index in range(len(model.get_weights()))])
        for index, variable in enumerate(model.optimizer.variables):
            if f"state_{index}" in arrays.files:
                variable.assign(arrays[f"state_{index}"])
        return int(arrays["step"])


def averaged(model: Any, build_plain: Callable[[], Any] = build) -> Any:
    """A plain network with the averaged weights; the one that learns stays as it is.

    Weights that were kept alone, with no step after them, are averaged already.
    """
    policy = load_keras_module().config.dtype_policy()
    weights = model.get_weights()
    if int(model.optimizer.iterations):
        model.optimizer.finalize_variable_values(model.trainable_variables)
    load_keras_module().config.set_dtype_policy("float32")
    plain = build_plain()
    plain.set_weights(model.get_weights())
    model.set_weights(weights)
    load_keras_module().config.set_dtype_policy(policy)
    return plain
