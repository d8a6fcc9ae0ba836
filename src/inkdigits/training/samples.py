"""The samples of each epoch, shuffled and augmented by seed and epoch alone.

They are made while the network trains on the previous epoch.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from inkdigits.data import Dataset
from inkdigits.synthesis.augment import drawn_anew
from inkdigits.training.focus import Focus
from inkdigits.training.learner import Images, Labels
from inkdigits.training.settings import Settings

Targets = Callable[
    [Images], Labels
]  # a teacher's answers for pictures, instead of their labels


def epochs(
    training: Dataset,
    settings: Settings,
    focus: Focus,
    first: int = 1,
    targets: Targets | None = None,
) -> Iterator[tuple[int, Images, Labels]]:
    """Each epoch's number, images and labels, from the first to the settings' last."""
    with ThreadPoolExecutor(1) as pool:

        def begin(epoch: int) -> "Future[tuple[Images, Labels]]":
            """Draw an epoch's pictures on another thread."""
            return pool.submit(draw, training, settings, epoch, focus, targets)

        coming: Future[tuple[Images, Labels]] | None = None
        for epoch in range(first, settings.epochs + 1):
            images, labels = (coming or begin(epoch)).result()
            # A look may change which pictures are drawn next, so it must come first.
            may_begin = epoch < settings.epochs and not focus.looks_after(epoch)
            coming = begin(epoch + 1) if may_begin else None
            yield epoch, images, labels


def draw(
    training: Dataset,
    settings: Settings,
    epoch: int,
    focus: Focus,
    targets: Targets | None = None,
) -> tuple[Images, Labels]:
    """An epoch's pictures, augmented, with their labels or targets."""
    # By epoch, so that a resumed training draws what it would have drawn.
    rng = np.random.default_rng([settings.seed, epoch])
    order = focus.draw(rng)
    images = drawn_anew(training.images[order], settings.augment, rng)
    if targets is None:
        return images, training.labels[order]
    return images, targets(images)
