"""A recipe's test accuracy after each epoch, and the fewest epochs to reach a target.

    python -m inkdigits.evaluation.benchmark.epochs RUN_FOLDER '{"recipe": "classic", …}'

trains in its own process, evaluates the test set after each epoch and saves the
accuracies in RUN_FOLDER.json. It resumes after a kill.
"""

import json
import shutil
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from inkdigits.data import Dataset, load
from inkdigits.errors import TrainingError
from inkdigits.evaluation.benchmark import kept
from inkdigits.evaluation.benchmark.runs import Listener, run_process
from inkdigits.training import by_name, checkpoints, recipes, run
from inkdigits.training.fit import Silent
from inkdigits.training.learner import as_input
from inkdigits.training.optimizers import averaged, compile_model
from inkdigits.training.settings import Settings


class Witness(Silent):
    """Tests each epoch's checkpoint in a separate network, without affecting training."""

    def __init__(self, settings: Settings, test: Dataset, file: Path) -> None:
        """Load the accuracies that an earlier start wrote."""
        self._settings = settings
        self._test = test
        self._file = file
        self._twin: Any = None
        self._seen: dict[str, float] = kept.load(file)

    def began(self, summary: str, run: Path, epochs: int) -> None:
        """Test the checkpoint that a resumed run starts from, if not yet tested."""
        self._run = run
        self._look()

    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        """Test after each epoch, and print the accuracy."""
        print(
            f"epoch {epoch}/{self._settings.epochs}  test accuracy {self._look():.4f}",
            flush=True,
        )

    def _look(self) -> float:
        if self._twin is None:
            self._twin = recipes.build(self._settings)
            compile_model(self._twin, self._settings, samples=1)
        epoch = str(checkpoints.load(self._run, self._twin).epoch)
        if epoch != "0" and epoch not in self._seen:
            images = as_input(self._test.images)
            labels = self._test.labels
            with averaged(self._twin):
                figures = self._twin.evaluate(
                    images, labels, batch_size=1024, verbose=0, return_dict=True
                )
            self._seen[epoch] = round(float(figures["accuracy"]), 6)
            kept.save(self._file, self._seen)
        return self._seen.get(epoch, 0.0)


def by_epoch(
    settings: Settings, folder: Path, listener: Listener, data_dir: Path | None
) -> list[float]:
    """Test accuracy after the first epoch, the second, …"""
    file = folder.with_suffix(".json")
    if len(kept.load(file)) < settings.epochs:
        words = [
            str(folder),
            json.dumps(settings.as_dict()),
            *([str(data_dir)] if data_dir else []),
        ]
        run_process(["inkdigits.evaluation.benchmark.epochs", *words], listener)
        shutil.rmtree(folder, ignore_errors=True)
    seen = kept.load(file)
    return [seen[str(epoch)] for epoch in range(1, settings.epochs + 1)]


def fewest(curves: Sequence[Sequence[float]], mark: float) -> int:
    """The first epoch at which the mean over the seeds is at least `mark`."""
    means = [statistics.mean(at) for at in zip(*curves, strict=True)]
    reached = [epoch for epoch, mean in enumerate(means, 1) if mean >= mark]
    if not reached:
        raise TrainingError(
            f"no epoch of {len(means)} reaches {mark:.1%}, the best mean is {max(means):.2%}: "
            "give more --epochs"
        )
    return reached[0]


def _main(folder: Path, settings: Settings, data_dir: Path | None) -> None:
    """Train in a folder, or resume the run that is there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    test_set = load(settings.data, split="test", data_dir=data_dir)
    accuracies_file = folder.with_suffix(".json")
    witness = Witness(settings, test_set, accuracies_file)
    was_begun = (folder / run.RUN_FILE).exists()
    if was_begun:
        by_name.resume(folder, listener=witness, data_dir=data_dir)
    else:
        by_name.train(settings, output=folder, listener=witness, data_dir=data_dir)


if __name__ == "__main__":
    _main(
        Path(sys.argv[1]),
        Settings.from_dict(json.loads(sys.argv[2])),
        Path(sys.argv[3]) if len(sys.argv) > 3 else None,
    )
