"""The recipe `distilled`: an ensemble's knowledge in one network.

The network is trained on the ensemble's probabilities for digits that are deformed
differently in each epoch.

Measured: 99.682% ± 0.033% of MNIST's test set, 5 seeds; 14 epochs over half the data, 284,074
parameters, 12.6 min of training, 12.8 min from import to saved model; Intel(R) Xeon(R) Processor, 1
core, Python 3.11.7; keras 3.15.1 on tensorflow-cpu 2.21.0; by

    inkdigits benchmark distilled
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from inkdigits.machine import cores
from inkdigits.reading.classifier import Classifier, resolve_model
from inkdigits.training import run
from inkdigits.training.fit import Listener
from inkdigits.training.learner import Images, Labels
from inkdigits.training.recipe import Recipe
from inkdigits.training.recipes import best, convnets, ensemble
from inkdigits.training.samples import Targets
from inkdigits.training.settings import Settings

# Chosen on held-out pictures: benchmarks/bench_choices.py.
SETTINGS = replace(
    best.SETTINGS,
    recipe="distilled",
    filters=(32, 64, 128),
    members=3,
    dropout=0.2,
    label_smoothing=0.0,
    weight_decay=0.01,
)
TAKES = ensemble.TAKES | {"teacher"}
_BATCH = 250  # pictures in one batch of the teacher


def build(settings: Settings) -> Any:
    return convnets.single(
        settings.shape,
        settings.filters,
        settings.dropout,
        settings.seed,
        settings.recipe,
    )


def train(
    settings: Settings, folder: Path, data_dir: str | Path | None, listener: Listener
) -> dict[str, Any]:
    """Learn from the teacher's run or file, and return run.json.

    Without a teacher, an ensemble is trained first, in this run's folder.
    """
    teacher = settings.teacher
    if teacher is None:
        asked = {name: getattr(settings, name) for name in ensemble.TAKES - {"filters"}}
        changed = {
            name: value
            for name, value in asked.items()
            if value != getattr(SETTINGS, name)
        }
        taught = replace(ensemble.SETTINGS, **changed)
        quiet = ensemble.Part(listener, folder)
        teacher = str(
            run.finished(
                ensemble.RECIPE,
                taught,
                folder / "teacher",
                data_dir,
                quiet,
                beside=folder.parent,
            )
        )
    listener.said(f"learning from {teacher}")
    data = run.parts(settings, data_dir)
    model, progress = run.learn(
        RECIPE,
        folder,
        settings,
        data,
        listener,
        targets=shares_of(resolve_model(teacher)),
    )
    return run.finish(
        RECIPE, folder, settings, model, progress.history, progress.fit_seconds, data
    )


def shares_of(path: Path) -> Targets:
    """A function that gives a model file's ten probabilities for each picture."""
    classifier = Classifier(path, cores())

    def said(images: Images) -> Labels:
        """The ten probabilities that the teacher gives each picture."""
        parts = []
        for first in range(0, len(images), _BATCH):
            batch = images[first : first + _BATCH]
            # Without the eleventh class, "not a digit": here all are digits.
            parts.append(classifier.raw(batch)[:, :10])
        shares = np.concatenate(parts)
        return shares / shares.sum(axis=1, keepdims=True)

    return said


RECIPE = Recipe(
    "distilled", "an ensemble's knowledge in one net", SETTINGS, build, train, TAKES
)
