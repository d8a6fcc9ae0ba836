"""The recipe `distilled`: an ensemble's knowledge in one net: what it says of digits bent anew each epoch is learned.

Measured: not yet; by

    inkdigits benchmark distilled
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from inkdigits.machine import cores
from inkdigits.reading.classifier import Classifier, resolve_model
from inkdigits.training import best, ensemble, towers
from inkdigits.training.fit import Listener
from inkdigits.training.learner import Images, Labels
from inkdigits.training.samples import Targets
from inkdigits.training.settings import Settings

SETTINGS = replace(
    best.SETTINGS, recipe="distilled", filters=(32, 64, 128), members=3, dropout=0.2, label_smoothing=0.0, weight_decay=0.01,
)  # fmt: skip
TAKES = ensemble.TAKES | {"teacher"}
_BATCH = 250


def build(settings: Settings) -> Any:
    return towers.single(settings.shape, settings.filters, settings.dropout, settings.seed, settings.recipe)


def train(settings: Settings, folder: Path, data_dir: str | Path | None, listener: Listener) -> dict[str, Any]:
    """Learn from the teacher's run or file; without one, an ensemble is trained first, in this run's folder. Gives run.json."""
    from inkdigits.training import run

    teacher = settings.teacher
    if teacher is None:
        asked = {name: getattr(settings, name) for name in ensemble.TAKES - {"filters"}}
        changed = {name: value for name, value in asked.items() if value != getattr(SETTINGS, name)}
        taught = replace(ensemble.SETTINGS, **changed)
        part = ensemble.Part(listener, folder)
        teacher = str(run.finished(taught, folder / "teacher", data_dir, part, beside=folder.parent))
    listener.said(f"learning from {teacher}")
    data = run.parts(settings, data_dir)
    model, progress = run.learn(folder, settings, data, listener, targets=shares_of(*_nets_of(teacher)))
    return run.finish(folder, settings, model, progress.history, progress.fit_seconds, data)


def _nets_of(teacher: str) -> list[Path]:
    """An ensemble's members, which then look once; it looks several times itself, which takes as many times as long."""
    return sorted(Path(teacher).glob(f"{ensemble.MEMBERS}/*/model.onnx")) or [resolve_model(teacher)]


def shares_of(*paths: Path) -> Targets:
    """What model files say of pictures, on the average: ten shares each."""
    classifiers = [Classifier(path, cores()) for path in paths]

    def said(images: Images) -> Labels:
        batches = [images[first : first + _BATCH] for first in range(0, len(images), _BATCH)]
        shares = [np.concatenate([classifier.raw(batch)[:, :10] for batch in batches]) for classifier in classifiers]
        total: Labels = np.sum(shares, axis=0)
        return total / total.sum(axis=1, keepdims=True)

    return said
