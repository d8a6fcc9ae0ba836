"""The recipe `ensemble`: networks like `best` in several shapes, in one file.

Each is trained alone, and their probabilities are averaged.

Measured: 99.724% ± 0.025% of MNIST's test set, 5 seeds; 3 × 14 epochs over half the data, 1,886,190
parameters, 29.1 min of training; Intel(R) Xeon(R) Processor, 1 core, Python 3.11.7; keras 3.15.1 on
tensorflow-cpu 2.21.0; by

    inkdigits benchmark ensemble
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from inkdigits.training import run
from inkdigits.training.backend import load_keras_module
from inkdigits.training.fit import Listener, Silent
from inkdigits.training.recipe import Recipe
from inkdigits.training.recipes import best, convnets
from inkdigits.training.settings import Settings

# Chosen on held-out pictures: benchmarks/bench_choices.py.
SETTINGS = replace(best.SETTINGS, recipe="ensemble", shape="", members=3)
TAKES = frozenset(
    {
        "data",
        "filters",
        "epochs",
        "batch_size",
        "seed",
        "validation",
        "limit",
        "learning_rate",
        "members",
        "augment",
    }
)
MEMBERS = "members"
_SEEDS_APART = 1000  # ensembles with neighbouring seeds share no member's seed


def build(settings: Settings) -> Any:
    """One model of all members, which averages their probabilities."""
    keras = load_keras_module()
    image = keras.Input((28, 28, 1), name="image")
    said = []
    for number, member in enumerate(members(settings)):
        flow = image
        for layer in convnets.tower(
            member.shape,
            member.filters,
            member.dropout,
            member.seed,
            last=f"member_{number}",
        ):
            flow = layer(flow)
        said.append(flow)
    total = keras.layers.Add()(said) if len(said) > 1 else said[0]
    return keras.Model(
        image,
        keras.layers.Rescaling(1 / len(said), name="probabilities")(total),
        name="ensemble",
    )


def members(settings: Settings) -> list[Settings]:
    """The settings of each member: the shapes in turn, each with its own seed."""
    shapes = list(convnets.SHAPES)
    return [
        replace(
            settings,
            recipe="best",
            shape=shapes[number % len(shapes)],
            seed=settings.seed + _SEEDS_APART * number,
            members=0,
        )
        for number in range(max(1, settings.members))
    ]


def together(settings: Settings, trained: list[Any]) -> Any:
    """The ensemble with the trained members' weights."""
    model = build(settings)
    for number, member in enumerate(trained):
        targets = _layers_of(model, number)
        for target, source in zip(targets, member.layers, strict=True):
            target.set_weights(source.get_weights())
    return model


def _layers_of(model: Any, number: int) -> list[Any]:
    """A member's layers in the ensemble, found backwards from its output."""
    layer = model.get_layer(f"member_{number}")
    backwards = []
    while type(layer).__name__ != "InputLayer":
        backwards.append(layer)
        layer = layer._inbound_nodes[0].input_tensors[0]._keras_history.operation
    return backwards[::-1]


def train(
    settings: Settings, folder: Path, data_dir: str | Path | None, listener: Listener
) -> dict[str, Any]:
    """Train the members, combine them in one model, and return run.json.

    Each member is an ordinary run in its own folder, which resumes where it stopped.
    """
    runs = []
    for number, member in enumerate(members(settings)):
        place = folder / MEMBERS / f"{number + 1}-{member.shape}"
        listener.said(
            f"member {number + 1} of {settings.members}: {convnets.shape(member.shape).about}"
        )
        runs.append(
            run.finished(
                best.RECIPE,
                member,
                place,
                data_dir,
                Part(listener, folder),
                beside=folder.parent,
            )
        )
    keras = load_keras_module()
    model = together(
        settings,
        [keras.models.load_model(one / "model.keras", compile=False) for one in runs],
    )
    history = [
        {**run.read_run(one)["results"]["last"], "epoch": number + 1}
        for number, one in enumerate(runs)
    ]
    seconds = sum(float(run.read_run(one)["seconds"]["fit"]) for one in runs)
    data = run.parts(settings, data_dir)
    return run.finish(RECIPE, folder, settings, model, history, seconds, data)


class Part(Silent):
    """Passes on what a member's run reports, as a part of the whole run."""

    def __init__(self, listener: Listener, folder: Path) -> None:
        """Report to `listener`, as a run in `folder`."""
        self._listener = listener
        self._folder = folder

    def began(self, summary: str, run: Path, epochs: int) -> None:
        """The whole run's folder is named, not the member's."""
        folder = self._folder
        self._listener.began(summary, folder, epochs)

    def stepped(
        self, epoch: int, step: int, steps: int, logs: dict[str, float]
    ) -> None:
        """Passed on unchanged."""
        self._listener.stepped(epoch, step, steps, logs)

    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        """Passed on unchanged."""
        self._listener.finished_epoch(epoch, row)

    def said(self, line: str) -> None:
        """Passed on unchanged."""
        self._listener.said(line)


RECIPE = Recipe(
    "ensemble",
    "nets of several shapes, their shares averaged",
    SETTINGS,
    build,
    train,
    TAKES,
)
