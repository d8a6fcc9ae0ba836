"""Training in stages: after a kill, the same command resumes from the last checkpoint.

ready() a network → learn() from a stream of batches, checkpoint after checkpoint →
export() its averaged weights
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from inkdigits.errors import InkdigitsError, TrainingError
from inkdigits.files import write_whole
from inkdigits.machine import machine, versions
from inkdigits.training.backend import load_keras_module
from inkdigits.training.normalize import fused
from inkdigits.training.onnx_export import save_onnx

CHECKPOINT = "checkpoint.npz"
Build = Callable[[], Any]


class Settings(Protocol):
    """What a training in stages needs to know."""

    @property
    def steps(self) -> int:
        """The step at which it ends."""
        ...

    @property
    def peak_rate(self) -> float:
        """The highest learning rate."""
        ...

    @property
    def average(self) -> float:
        """The momentum of the averaged weights, which are exported and evaluated."""
        ...

    @property
    def save_every(self) -> int:
        """Steps from one checkpoint to the next."""
        ...

    @property
    def precision(self) -> str:
        """Keras's name for it.

        With torch, `mixed_bfloat16` takes half the time if the processor has bf16.
        """
        ...

    def rate(self, step: int) -> float:
        """The learning rate of a step."""
        ...


@dataclass(frozen=True, slots=True)
class HalfCosine:
    """Settings with a learning rate that warms up, then falls to 0 as half a cosine."""

    steps: int
    # The peak learning rate of AdamW.
    peak_rate: float = 3e-3
    # Warm-up steps.
    warm_steps: int = 300
    # The momentum of the weights' moving average, which is what is exported.
    average: float = 0.999
    # Steps between checkpoints: a kill costs no more than these.
    save_every: int = 250
    precision: str = "float32"

    def rate(self, step: int) -> float:
        """The learning rate at a step: a short warm-up, and half a cosine down to 0."""
        warm = min(1.0, (step + 1) / self.warm_steps)
        done = min(1.0, step / self.steps)
        left = 0.5 * (1 + float(np.cos(np.pi * done)))
        return self.peak_rate * warm * left


def parser_of(
    name: str, verbs: Mapping[str, str], usual: Settings, bundled: Path
) -> argparse.ArgumentParser:
    """The options that the trainings of all networks share.

    `verbs` are the actions, each with its help.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m inkdigits.training.{name}",
        description=f"Train {name}.onnx, in stages that survive a kill: `make marks-model`.",
    )
    parser.add_argument("what", choices=tuple(verbs), help="; ".join(verbs.values()))
    run = Path("runs") / name
    parser.add_argument(
        "--run", type=Path, default=run, help="where checkpoints are kept"
    )
    parser.add_argument(
        "--output", type=Path, default=bundled, help="where the network is written"
    )
    steps = "at which step the training ends"
    parser.add_argument("--steps", type=int, default=usual.steps, help=steps)
    parser.add_argument("--seed", type=int, default=0)
    precision = "mixed_bfloat16 where the processor has it"
    parser.add_argument("--precision", default=usual.precision, help=precision)
    return parser


def add_labelled(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the boxes found on real numbers.

    Without that file, only composed pages are used.
    """
    labelled = Path("runs/marks/labelled.npz")
    parser.add_argument(
        "--labelled", type=Path, default=labelled, help="boxes of real numbers"
    )


def if_there(path: Path) -> Path | None:
    """The path, or None if nothing is there."""
    return path if path.exists() else None


def ready(
    build: Build,
    loss: Any,
    settings: Settings,
    *,
    weight_decay: float,
    metrics: Sequence[str] = (),
) -> Any:
    """The compiled network, ready to train."""
    keras = load_keras_module()
    keras.config.set_dtype_policy(settings.precision)
    model = fused(build())
    optimizer = keras.optimizers.AdamW(
        settings.peak_rate,
        weight_decay=weight_decay,
        global_clipnorm=5.0,
        use_ema=True,
        ema_momentum=settings.average,
    )
    model.compile(
        optimizer, loss, metrics=[*metrics], jit_compile=False
    )  # XLA is slow at convolutions on a CPU
    optimizer.build(model.trainable_variables)
    return model


def learn(
    model: Any,
    batches: Iterable[tuple[Any, Any]],
    run: Path,
    settings: Settings,
    say: Callable[[str], None],
    *,
    start: Path | None = None,
    at_checkpoint: Callable[[int], None] | None = None,
) -> None:
    """Train to `settings.steps`, from the checkpoint in `run`, or else from `start`.

    If neither exists, training starts from the beginning. `at_checkpoint` is called with the step
    of each checkpoint.
    """
    step = load_checkpoint(model, run / CHECKPOINT)
    if not step and start is not None:
        step = load_checkpoint(model, start)
    if step >= settings.steps:
        say(f"step {step} of {settings.steps}: already trained")
        # What follows a training looks for its checkpoint.
        if not (run / CHECKPOINT).exists():
            save_checkpoint(model, step, run / CHECKPOINT)
        return
    answers: list[dict[str, float]] = []
    began = time.perf_counter()
    for pictures, wanted in batches:
        if step >= settings.steps:
            break
        model.optimizer.learning_rate.assign(settings.rate(step))
        # Otherwise the figures would be means over all steps so far.
        model.reset_metrics()
        answer = model.train_on_batch(pictures, wanted, return_dict=True)
        answers.append(answer)
        step += 1
        if step % settings.save_every == 0 or step == settings.steps:
            save_checkpoint(model, step, run / CHECKPOINT)
            if at_checkpoint is not None:
                at_checkpoint(step)
            seconds = (time.perf_counter() - began) / len(answers)
            newest = answers[-settings.save_every :]
            say(f"step {step}  {_means(newest)}  {seconds:.3f} s a step")


def _means(answers: Sequence[dict[str, float]]) -> str:
    """Each figure's mean over some steps."""
    shown = []
    for name in answers[0]:
        values = [float(answer[name]) for answer in answers]
        mean = np.mean(values)
        shown.append(f"{name} {mean:.4f}")
    return "  ".join(shown)


def save_checkpoint(model: Any, step: int, path: Path) -> None:
    """Save weights, the optimizer's state and the step, whole or not at all."""
    arrays = {
        f"weight_{index}": np.asarray(value)
        for index, value in enumerate(model.get_weights())
    }
    for index, variable in enumerate(model.optimizer.variables):
        arrays[f"state_{index}"] = np.asarray(variable)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name("part-" + path.name)
    np.savez(unfinished, allow_pickle=False, step=np.array(step), **arrays)
    unfinished.replace(path)


def load_checkpoint(model: Any, path: Path) -> int:
    """Load a checkpoint and return its step; 0, and no change, if there is none."""
    if not path.exists():
        return 0
    with np.load(path) as arrays:
        model.set_weights(
            [arrays[f"weight_{index}"] for index in range(len(model.get_weights()))]
        )
        for index, variable in enumerate(model.optimizer.variables):
            if f"state_{index}" in arrays.files:
                variable.assign(arrays[f"state_{index}"])
        return int(arrays["step"])


def averaged(model: Any, build: Build) -> Any:
    """A plain network with the averaged weights; the trained one stays as it is.

    Weights that were kept alone, with no step after them, are averaged already.
    """
    keras = load_keras_module()
    policy = keras.config.dtype_policy()
    weights = model.get_weights()
    if int(model.optimizer.iterations):
        model.optimizer.finalize_variable_values(model.trainable_variables)
    keras.config.set_dtype_policy("float32")
    plain = build()
    plain.set_weights(model.get_weights())
    model.set_weights(weights)
    keras.config.set_dtype_policy(policy)
    return plain


def export(
    model: Any,
    build: Build,
    checkpoint: Path,
    output: Path,
    *,
    earlier: Path | None = None,
) -> int:
    """Write a checkpoint's averaged network as ONNX, and return its step.

    With weights that were kept earlier, the mean of both is written.
    """
    step = _load_trained(model, checkpoint)
    # The average over many steps reads better than the last step.
    network = averaged(model, build)
    if earlier is not None:
        with np.load(earlier) as arrays:
            means = [
                (value + arrays[f"weight_{index}"].astype(np.float32)) / 2
                for index, value in enumerate(network.get_weights())
            ]
        network.set_weights(means)
    save_onnx(network, output, {"step": step})
    return step


def keep(model: Any, build: Build, checkpoint: Path, output: Path) -> None:
    """Write a checkpoint's averaged weights alone, at half precision.

    Another machine can start from them.
    """
    step = _load_trained(model, checkpoint)
    weights = [
        np.asarray(value, np.float16) for value in averaged(model, build).get_weights()
    ]
    arrays = {f"weight_{index}": value for index, value in enumerate(weights)}
    output.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(output, allow_pickle=False, step=np.array(step), **arrays)


def _load_trained(model: Any, checkpoint: Path) -> int:
    """Load a checkpoint that must be there, and return its step.

    An untrained network is never written in place of a trained one.
    """
    step = load_checkpoint(model, checkpoint)
    if not step:
        raise TrainingError(
            f"there is no checkpoint at {checkpoint}: train first, or name its folder with --run"
        )
    return step


def label_aside(run: Path, *more: str) -> None:
    """Find boxes of real numbers again, in a separate process.

    They are used as soon as they are there.
    """
    with (run / "label.log").open("ab") as log:
        command = [
            sys.executable,
            "-m",
            "inkdigits.training.marks",
            "label",
            "--run",
            str(run),
            *more,
        ]
        subprocess.Popen(command, stdout=log, stderr=log)


def write_results(path: Path, result: dict[str, Any]) -> None:
    """Save how a bundled network was made, if this is a checkout with results."""
    if path.parent.is_dir():
        content = {
            **result,
            "command": "make marks-model",
            "machine": machine(),
            "versions": versions(),
        }
        write_whole(path, json.dumps(content, indent=2) + "\n")


def say(line: str) -> None:
    """Print a line, so that a log file has it at once."""
    print(line, flush=True)


def run_command(main: Callable[[], None]) -> None:
    """Run a command of ours; an expected error is one line and exit status 2."""
    try:
        main()
    except InkdigitsError as error:
        print(f"inkdigits: {error}", file=sys.stderr)
        sys.exit(2)
