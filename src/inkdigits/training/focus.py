"""Hard-example sampling: train less often on pictures that are classified well.

An epoch has half of the pictures. They are drawn by how wrong the net was about each
when it last looked at all of them, augmented anew. For a net of the recipe `best` that
is worth as much as an epoch over all of them (docs/training-speed.md).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.data import Dataset
from inkdigits.synthesis.augment import drawn_anew
from inkdigits.training.checkpoints import Progress
from inkdigits.training.learner import as_input
from inkdigits.training.settings import Settings

_EVERY = 4  # epochs from one look to the next
_BATCH = 512
_LOOK = 1  # keeps a look's random numbers apart from an epoch's


class Focus:
    """Draws the pictures of each epoch by how wrong the net was about them.

    What it saw is part of the progress. Without `focus` in the settings, an epoch has
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
        """Measure how wrong the net is about each picture, averaged with before."""
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
