"""Training of the row network, in stages (training/stages.py)."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from inkdigits.reading.numbers.strips import CLOSER_PX
from inkdigits.training import stages
from inkdigits.training.rows.loss import text_loss
from inkdigits.training.rows.net import (
    CLOSER_COLUMN_PX,
    SMALL,
    build,
    grow,
)
from inkdigits.training.rows.samples import Sources, StripSamples, batches

# In the run's folder: the weights before the last round. The network that is written is the mean of
# these and the last ones.
BEFORE = "before.npz"


@dataclass(frozen=True, slots=True)
class TrainSettings(stages.HalfCosine):
    """Steps of 64 strips: first of a small network, then of the whole one, grown from it.

    The whole one learns in rounds, each from the averaged weights of the one before: when its
    training data became better, it learned on, and did not begin again.
    """

    # Rounds before the last: with the reader's own windows, with signs that are known, then with
    # points and faint ink that people could read, with fours that close and digits of one hand that
    # differ in size. The bundled weights followed the rate of a round of 4,000 steps for the first
    # 1,750 of the fourth.
    earlier_steps: tuple[int, ...] = (7_250, 5_000, 4_000, 3_000)
    # The last one: with commas that are longer than a broad pen is wide. The bundled weights began
    # it from the mean of those before and after the fourth.
    steps: int = 3_000
    peak_rate: float = 1.5e-3
    warm_steps: int = 400
    small_steps: int = 28_000
    small_peak_rate: float = 3e-3


@dataclass(frozen=True, slots=True)
class CloserSettings(stages.HalfCosine):
    """Steps of 64 strips for the network that looks at rows in doubt, from the beginning.

    It learns in rounds: after the first, the loss still fell; for the third, signs were made
    legible; for the fourth, digits of one hand differ in size. The bundled weights followed the
    rate of a third round of 7,000 steps for its first thousand.
    """

    steps: int = 26_500
    warm_steps: int = 500
    # The steps at which a round has ended, and the peak learning rate of those after the first.
    ends: tuple[int, ...] = (10_000, 18_500, 22_500)
    later_peak_rate: float = 2e-3

    def rate(self, step: int) -> float:
        """The learning rate of a step: each round warms up and falls to 0."""
        begin = max((end for end in self.ends if end <= step), default=0)
        end = min((end for end in self.ends if end > step), default=self.steps)
        peak = self.later_peak_rate if begin else self.peak_rate
        of_round = stages.HalfCosine(end - begin, peak, self.warm_steps)
        return of_round.rate(step - begin)


# The strips of the network for rows in doubt. It also learns from spliced numbers, and from what
# the reader took for one.
CLOSER_SAMPLES = StripSamples(
    high_px=CLOSER_PX,
    column_px=CLOSER_COLUMN_PX,
    spliced=0.5,
    words=0.12,
    strays=0.5,
)


def prepare(settings: stages.Settings, network: stages.Build = build) -> Any:
    """The network, ready to learn."""
    return stages.ready(network, text_loss, settings, weight_decay=0.02)


def train(
    sources: Sources,
    run: Path,
    settings: TrainSettings,
    samples: StripSamples,
    say: Callable[[str], None] = print,
    start: Path | None = None,
) -> Any:
    """Trains to `settings.steps` of the last round; gives the model.

    `start` are the weights to begin that round with where there is no checkpoint yet.
    Without either, a small network is trained first, and then the earlier rounds. The weights
    that the last round begins with are kept beside its checkpoint.
    """
    model = prepare(settings)
    begun = [run / stages.CHECKPOINT, *([start] if start is not None else [])]
    if not any(path.exists() for path in begun):
        stream = partial(batches, sources, samples)
        small = replace(
            settings, steps=settings.small_steps, peak_rate=settings.small_peak_rate
        )
        small_model = prepare(small, partial(build, SMALL))
        stages.learn(small_model, stream(), run / "small", small, say)
        grow(model, stages.averaged(small_model, partial(build, SMALL)).get_weights())
        for number, steps in enumerate(settings.earlier_steps, 1):
            earlier = replace(settings, steps=steps)
            stages.learn(model, stream(), run / f"round-{number}", earlier, say)
            learned = stages.averaged(model, build).get_weights()
            # The next round begins with new moments, as from `start`.
            model = prepare(settings)
            model.set_weights(learned)
            keep(run / f"round-{number}" / stages.CHECKPOINT, run / BEFORE)
    elif start is not None:
        keep_start(start, run)
    stages.learn(model, batches(sources, samples), run, settings, say, start=start)
    return model


def keep_start(start: Path, run: Path) -> None:
    """Keep the weights that the last round begins with, unless they are kept already."""
    if start.exists() and not (run / BEFORE).exists():
        run.mkdir(parents=True, exist_ok=True)
        shutil.copy(start, run / BEFORE)


def export(
    checkpoint: Path,
    output: Path,
    network: stages.Build = build,
    earlier: Path | None = None,
) -> int:
    """Writes the averaged network of a checkpoint as ONNX; gives its step.

    With the weights kept at the end of an earlier round, it is the mean of both.
    """
    model = prepare(TrainSettings(), network)
    return stages.export(model, network, checkpoint, output, earlier=earlier)


def keep(checkpoint: Path, output: Path, network: stages.Build = build) -> None:
    """Writes the averaged weights of a checkpoint alone."""
    stages.keep(prepare(TrainSettings(), network), network, checkpoint, output)
