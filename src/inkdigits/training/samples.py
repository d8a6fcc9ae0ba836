"""What each epoch is learned from, shuffled and augmented by seed and epoch alone; made while the net learns from the last."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from inkdigits.data import Dataset
from inkdigits.training.augment import STRENGTHS, augmented
from inkdigits.training.learner import Images, Labels
from inkdigits.training.settings import Settings

Targets = Callable[[Images], Labels]  # what a teacher says of pictures, instead of their labels


def epochs(
    training: Dataset, settings: Settings, first: int = 1, targets: Targets | None = None
) -> Iterator[tuple[int, Images, Labels]]:
    """Each epoch's number, images and labels, from the first to the settings' last."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(draw, training, settings, first, targets)
        for epoch in range(first, settings.epochs + 1):
            ready = coming.result()
            if epoch < settings.epochs:
                coming = pool.submit(draw, training, settings, epoch + 1, targets)
            yield epoch, *ready


def draw(training: Dataset, settings: Settings, epoch: int, targets: Targets | None = None) -> tuple[Images, Labels]:
    rng = np.random.default_rng([settings.seed, epoch])
    order = rng.permutation(len(training))
    images = training.images[order]
    if settings.augment != "none":
        images = augmented(images, STRENGTHS[settings.augment], rng)
    return images, training.labels[order] if targets is None else targets(images)
