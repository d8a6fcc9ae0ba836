"""Hard-example sampling: train less often on pictures that are classified well.

An epoch has half of the pictures. They are sampled by how wrong the network was about
each of them when this was last measured, with new augmentation. For the recipe `best`,
such an epoch is worth as much as one over all pictures (docs/training-speed.md).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.data import Dataset
from inkdigits.synthesis.augment import drawn_anew
from inkdigits.training.checkpoints import Progress
from inkdigits.training.learner import as_input
from inkdigits.training.settings import Settings

_EVERY = 4  # epochs from one measurement to the next
_BATCH = 512
_LOOK = 1  # keeps the random numbers of a measurement apart from those of an epoch


class Focus:
    """Samples the pictures of each epoch by how wrong the network was about them.

    The measurements are part of the progress. Without `focus` in the settings, an epoch has
    all pictures.
    """

    def __init__(
        self, training: Dataset, settings: Settings, progress: Progress
    ) -> None:
        """What was seen before an interruption is in the progress."""
        self._training = training
        self._settings = settings
        self._progress = progress

    def draw(self, rng: np.random.Generator) -> npt.NDArray[np.int64]:
        """The pictures of an epoch, in its order."""
        count = len(self._training)
        wrongness = self._progress.wrongness
        if wrongness is None:
            return rng.permutation(count)[: per_epoch(self._settings, count)]
        odds = wrongness.astype(np.float64) + (1 - self._settings.focus)
        return rng.choice(
            count, per_epoch(self._settings, count), replace=False, p=odds / odds.sum()
        )

    def looks_after(self, epoch: int) -> bool:
        return (
            bool(self._settings.focus)
            and epoch % _EVERY == 1
            and epoch < self._settings.epochs
        )

    def look(self, model: Any, epoch: int) -> None:
        """Measure how wrong the network is about each picture, averaged with earlier values."""
        labels = self._training.labels
        before = self._progress.wrongness
        # Other random numbers than those of the training pictures.
        rng = np.random.default_rng([self._settings.seed, epoch, _LOOK])
        images = drawn_anew(self._training.images, self._settings.augment, rng)
        shares = model.predict(as_input(images), batch_size=_BATCH, verbose=0)
        share_of_label = shares[np.arange(len(labels)), labels]
        wrongness = 1 - share_of_label
        if before is not None:
            wrongness = (before + wrongness) / 2
        self._progress.wrongness = wrongness


def per_epoch(settings: Settings, count: int) -> int:
    """How many of `count` pictures an epoch has."""
    if not settings.focus:
        return count
    # Half of them, rounded up.
    return -(-count // 2)
