"""The stream of patches, composed in separate processes and used more than once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from inkdigits.synthesis.hands import load_hands
from inkdigits.synthesis.patches import SIZE_PX, Patch, compose
from inkdigits.training.marks.mosaics import Mosaics
from inkdigits.training.marks.targets import DEPTH, targets_of
from inkdigits.training.workers import Workers

Composed = tuple[npt.NDArray[np.uint8], npt.NDArray[np.float16]]
Batch = tuple[npt.NDArray[np.float32], npt.NDArray[np.float16]]


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """How patches are fed to the training."""

    batch: int = 16
    buffered: int = 5000  # patches; 140 kB each
    most_fresh: int = 10  # of a batch, as far as the composers keep up
    composers: int = 1
    real_share: float = 0.4  # mosaics of real numbers, once their boxes are found
    seed: int = 0


def batches(data_dir: Path, labelled: Path, settings: FeedSettings) -> Iterator[Batch]:
    """Endless batches.

    `labelled` is where boxes of real numbers are written; it may appear or change at any time.
    """
    fresh: Workers[Composed] = Workers(
        _composed,
        (data_dir, labelled, settings),
        count=settings.composers,
        most=128,
        seed=settings.seed,
    )
    rng = np.random.default_rng([settings.seed, 77])
    shape = (SIZE_PX // 4, SIZE_PX // 4, DEPTH)
    greys = np.zeros((settings.buffered, SIZE_PX, SIZE_PX), np.uint8)
    maps = np.zeros((settings.buffered, *shape), np.float16)
    filled, place = 0, 0
    while True:
        new: list[int] = []
        while len(new) < settings.most_fresh or filled < 4 * settings.batch:
            must_wait = filled < 4 * settings.batch
            sample = fresh.take(10.0 if must_wait else 0.0)
            if sample is None:
                if must_wait:
                    continue
                break
            greys[place], maps[place] = sample
            new.append(place)
            place = (place + 1) % settings.buffered
            filled = min(filled + 1, settings.buffered)
        new = new[-settings.most_fresh :]
        chosen = np.concatenate(
            [new, rng.integers(0, filled, settings.batch - len(new))]
        ).astype(int)
        yield _varied(rng, greys[chosen]), maps[chosen]


def _varied(
    rng: np.random.Generator, greys: npt.NDArray[np.uint8]
) -> npt.NDArray[np.float32]:
    """A patch that is used again gets another brightness and contrast."""
    shape = (len(greys), 1, 1)
    gain = rng.uniform(0.85, 1.12, shape).astype(np.float32)
    shift = rng.normal(0, 8, shape).astype(np.float32)
    return np.clip((greys - 128) * gain + 128 + shift, 0, 255)[..., None]


def _composed(
    rng: np.random.Generator, data_dir: Path, labelled: Path, settings: FeedSettings
) -> Iterator[Composed]:
    hands, mosaics = load_hands(data_dir, "train"), Mosaics(data_dir, labelled)
    while True:
        real = mosaics.ready() and rng.random() < settings.real_share
        patch: Patch = mosaics.compose(rng) if real else compose(rng, hands)
        yield patch.grey, targets_of(patch.marks, patch.regions, patch.grey.shape)
