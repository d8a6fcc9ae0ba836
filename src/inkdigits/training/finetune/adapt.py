"""A few careful steps on the user's pictures, perturbed, mixed with rehearsal.

Only the last layers are trained.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.data import Dataset
from inkdigits.data.dataset import NOT_A_DIGIT
from inkdigits.errors import TrainingError
from inkdigits.synthesis.nudge import nudged
from inkdigits.training.backend import load_keras_module
from inkdigits.training.bundled.sources import REFUSED
from inkdigits.training.finetune.memory import Memory
from inkdigits.training.learner import as_input

ROUNDS = 6  # after each, progress is reported and the time limit is checked
MIXES = (
    1.0,
    0.7,
    0.45,
    0.25,
)  # between old and new weights: the largest share that forgets little is used
_LEARNING_CONVOLUTIONS = 2
# The share of pictures that are perturbed: nearly all of the user's few.
_OWN_NUDGED, _KNOWN_NUDGED = 0.85, 0.4
_Floats = npt.NDArray[np.float32]
Row = dict[str, float]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how strongly to train; `own_share` of each batch is the user's."""

    steps: int = 90
    # Pictures of one step.
    batch_size: int = 128
    # The rest of each batch is rehearsal.
    own_share: float = 1 / 3
    # A tenth of the rate of the recipe `bundled`.
    learning_rate: float = 0.0003
    seed: int = 1
    # No round begins after this time; None for no limit.
    limit_s: float | None = None


@dataclass(frozen=True)
class Adapted:
    """How the rounds went, and how far the weights moved.

    `mix` is the share of the way from the old weights to the new ones; 0 keeps the old.
    """

    history: list[Row]
    mix: float
    forgotten: float


@dataclass(frozen=True)
class Practice:
    """The pictures for rehearsal, with targets from the original network.

    `wrong` is the network's error rate on the pictures for measuring forgetting.
    """

    memory: Memory
    targets: _Floats
    wrong: float


def practice(model: Any, memory: Memory) -> Practice:
    """Targets that mix the labels with the original network's answers.

    The memory says how much these answers count.
    """
    answers = probabilities(model, memory.images)
    exact = np.eye(answers.shape[1], dtype=np.float32)[memory.labels]
    targets = (1 - memory.trust) * exact + np.float32(memory.trust) * answers
    return Practice(memory, targets, _wrong(model, memory))


def adapt(
    model: Any,
    own: Dataset,
    doubted: npt.NDArray[np.bool_],
    known: Practice,
    plan: Plan,
    tell: Callable[[int, Row], None],
) -> Adapted:
    """Train the network in place.

    Doubtful labels are used only in the second half, and only if the network then
    agrees.
    """
    _hold_still(model)
    before = [weights.copy() for weights in model.get_weights()]
    batches = _Batches(own, known, plan)
    keras = load_keras_module()
    schedule = keras.optimizers.schedules.CosineDecay(plan.learning_rate, plan.steps)
    model.compile(
        keras.optimizers.AdamW(schedule, weight_decay=0.0),
        "categorical_crossentropy",
        metrics=["accuracy"],
    )
    rows = np.flatnonzero(~doubted)
    history: list[Row] = []
    begun = time.monotonic()
    for number in range(1, ROUNDS + 1):
        if number == ROUNDS // 2 + 1 and doubted.any():
            rows = np.union1d(rows, np.flatnonzero(doubted & _agrees(model, own)))
        images, targets = batches.draw(rows, max(1, plan.steps // ROUNDS))
        logs = model.fit(
            as_input(images),
            targets,
            batch_size=plan.batch_size,
            shuffle=False,
            verbose=0,
        ).history
        row = {"accuracy": float(logs["accuracy"][-1]), "loss": float(logs["loss"][-1])}
        history.append({"epoch": number, **row})
        tell(number, row)
        if not math.isfinite(row["loss"]):
            raise TrainingError(
                f"the loss is not a number (NaN) in round {number}: "
                "nothing is kept; try a lower --learning-rate"
            )
        if plan.limit_s is not None and time.monotonic() - begun > plan.limit_s:
            break
    return _mixed(model, before, known, own, history)


def own_count(plan: Plan) -> int:
    """How many pictures of a batch are the user's."""
    return max(1, round(plan.batch_size * plan.own_share))


def probabilities(model: Any, glyphs: npt.NDArray[np.uint8]) -> _Floats:
    """The network's answer for each glyph."""
    images = as_input(glyphs)
    shares = model.predict(images, batch_size=512, verbose=0)
    return np.asarray(shares, np.float32)


def _hold_still(model: Any) -> None:
    """Freeze normalization and all but the last convolutions."""
    layers = load_keras_module().layers
    convolutions = [
        layer
        for layer in model.layers
        if isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D)
    ]
    for layer in convolutions[:-_LEARNING_CONVOLUTIONS]:
        layer.trainable = False
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False


def _agrees(model: Any, own: Dataset) -> npt.NDArray[np.bool_]:
    """Which pictures the network classifies as labelled."""
    shares = probabilities(model, own.images)
    said = shares.argmax(axis=1)
    labelled = classes_of(own.labels)
    return np.asarray(said == labelled)


def classes_of(labels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The network's class for each label; "not a digit" is its eleventh."""
    is_no_digit = labels == NOT_A_DIGIT
    return np.where(is_no_digit, REFUSED, labels)


class _Batches:
    """Draws a round's batches: a share of the user's pictures, the rest from memory.

    Pictures are nudged.
    """

    def __init__(self, own: Dataset, known: Practice, plan: Plan) -> None:
        """Prepare the user's pictures, and memory to fill up each batch."""
        self._own = own
        self._memory = known.memory
        # The network's earlier answers, which it should give again.
        self._practised = known.targets
        one_hot = np.eye(known.targets.shape[1], dtype=np.float32)
        self._targets = one_hot[classes_of(own.labels)]
        self._rng = np.random.default_rng([plan.seed, 0xF1])
        self._own_count = own_count(plan)
        self._known_count = plan.batch_size - self._own_count

    def draw(
        self, rows: npt.NDArray[np.int64], steps: int
    ) -> tuple[npt.NDArray[np.uint8], _Floats]:
        """Pictures and targets for `steps` steps; `rows` of the user's are drawn."""
        images = []
        targets = []
        for _ in range(steps):
            own_rows = rows[self._rng.integers(len(rows), size=self._own_count)]
            # Memory fills the rest of each batch, so that nothing is forgotten.
            known_rows = self._rng.integers(
                len(self._memory.images), size=self._known_count
            )
            for row in own_rows:
                images.append(self._nudged(self._own.images[row], _OWN_NUDGED))
            for row in known_rows:
                images.append(self._nudged(self._memory.images[row], _KNOWN_NUDGED))
            targets += [self._targets[own_rows], self._practised[known_rows]]
        return np.stack(images), np.concatenate(targets)

    def _nudged(
        self, glyph: npt.NDArray[np.uint8], share: float
    ) -> npt.NDArray[np.uint8]:
        """The glyph, nudged with the probability `share`."""
        is_moved = self._rng.random() < share
        if not is_moved:
            return glyph
        return nudged(glyph, self._rng)


def _mixed(
    model: Any, before: list[_Floats], known: Practice, own: Dataset, history: list[Row]
) -> Adapted:
    """The furthest point between old and new weights at which little is forgotten.

    Drawn pictures tell little about that: with only those in memory, it is the nearest
    point that is as good on the user's own pictures.
    """
    after = [weights.copy() for weights in model.get_weights()]
    asked_for = _own_wrong(model, own)
    has_sets = bool(known.memory.sets)
    mixes = MIXES if has_sets else reversed(MIXES)
    for mix in mixes:
        weights = []
        for old, new in zip(before, after, strict=True):
            weights.append(old + mix * (new - old))
        model.set_weights(weights)
        forgotten = _wrong(model, known.memory) - known.wrong
        if forgotten > known.memory.allowed:
            continue
        if has_sets or _own_wrong(model, own) <= asked_for:
            return Adapted(history, mix, forgotten)
    # Every step forgets too much: the network stays as it was.
    model.set_weights(before)
    return Adapted(history, 0.0, 0.0)


def _own_wrong(model: Any, own: Dataset) -> int:
    """How many of the user's pictures it misreads."""
    wrong = ~_agrees(model, own)
    return int(wrong.sum())


def _wrong(model: Any, memory: Memory) -> float:
    return float(
        (
            probabilities(model, memory.asked)[:, :REFUSED].argmax(axis=1)
            != memory.asked_labels
        ).mean()
    )
