"""Practice goes where it is needed: pictures that the net is sure of, and right, come less often.

Half of the pictures make an epoch. Which, is drawn with odds of how wrong the net was of each when it last looked at all of them,
bent anew; for a net of the recipe `best` that is worth as much as an epoch of all (docs/training-speed.md).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.data import Dataset
from inkdigits.training.augment import STRENGTHS, augmented
from inkdigits.training.learner import as_input
from inkdigits.training.settings import Settings

Wrongness = npt.NDArray[np.float32]  # of each picture one less the share its label got
_EVERY = 4  # epochs from one look to the next
_BATCH = 512
_LOOK = 1  # keeps the draws of a look apart from an epoch's


class Focus:
    """What the net made of each picture, and the draws from that; with no focus in the settings, all pictures each time."""

    def __init__(self, training: Dataset, settings: Settings, wrongness: Wrongness | None = None) -> None:
        self.wrongness = wrongness
        self._training, self._settings = training, settings

    def draw(self, rng: np.random.Generator) -> npt.NDArray[np.int64]:
        """The pictures of an epoch, in its order."""
        count = len(self._training)
        if self.wrongness is None:
            return rng.permutation(count)[: per_epoch(self._settings, count)]
        odds = self.wrongness.astype(np.float64) + (1 - self._settings.focus)
        return rng.choice(count, per_epoch(self._settings, count), replace=False, p=odds / odds.sum())

    def looks_after(self, epoch: int) -> bool:
        return bool(self._settings.focus) and epoch % _EVERY == 1 and epoch < self._settings.epochs

    def look(self, model: Any, epoch: int) -> None:
        """See how wrong the net is of each picture; half of what was seen before is kept."""
        images, labels = self._training.images, self._training.labels
        if self._settings.augment != "none":
            images = augmented(
                images, STRENGTHS[self._settings.augment], np.random.default_rng([self._settings.seed, epoch, _LOOK])
            )
        shares = model.predict(as_input(images), batch_size=_BATCH, verbose=0)
        seen = 1 - shares[np.arange(len(labels)), labels]
        self.wrongness = seen if self.wrongness is None else (self.wrongness + seen) / 2


def per_epoch(settings: Settings, count: int) -> int:
    """How many of so many pictures make an epoch."""
    return -(-count // 2) if settings.focus else count
