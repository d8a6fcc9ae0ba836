"""An epoch's samples, drawn afresh from seed and epoch; made while the net learns from the one before."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from inkdigits.reading.glyphs import SIZE_PX, frame
from inkdigits.training.bundled.degrade import degraded
from inkdigits.training.bundled.negatives import drawn_negative
from inkdigits.training.bundled.sources import REFUSED, Source

Samples = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]
NEGATIVE_SHARE = 0.08
_CLEAN_SHARE = 0.2


def epochs(sources: list[Source], seed: int, first: int, last: int) -> Iterator[Samples]:
    """The samples of each epoch in turn; the next epoch's are drawn in a thread meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(draw_epoch, sources, seed, first)
        for epoch in range(first, last + 1):
            ready = coming.result()
            if epoch < last:
                coming = pool.submit(draw_epoch, sources, seed, epoch + 1)
            yield ready


def draw_epoch(sources: list[Source], seed: int, epoch: int, *, spoil: bool = True) -> Samples:
    """Each source as often as its share says, and drawn negatives, shuffled."""
    rng = np.random.default_rng([seed, epoch])
    picks = [(source, index) for source in sources for index in _indices(source, rng)]
    digits = [pick for pick in picks if pick[0].labels[pick[1]] != REFUSED]
    order = rng.permutation(len(picks))
    negatives = round(NEGATIVE_SHARE * len(picks))
    images = np.empty((len(picks) + negatives, SIZE_PX, SIZE_PX), np.uint8)
    labels = np.full(len(images), REFUSED, np.int64)
    for place, pick in enumerate(order.tolist()):
        source, index = picks[pick]
        images[place] = _one(source.draw(index, rng), rng, digits, spoil)
        labels[place] = source.labels[index]
    for place in range(len(picks), len(images)):
        images[place] = frame(drawn_negative(rng, _any(digits, rng), _any(digits, rng)))
    mixed = rng.permutation(len(images))
    return images[mixed], labels[mixed]


def _one(
    canvas: npt.NDArray[np.uint8], rng: np.random.Generator, digits: list[tuple[Source, int]], spoil: bool
) -> npt.NDArray[np.uint8]:
    if not spoil or rng.random() < _CLEAN_SHARE:
        return frame(canvas)
    return degraded(canvas, rng, _any(digits, rng) if rng.random() < 0.1 else None)


def _any(digits: list[tuple[Source, int]], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    source, index = digits[int(rng.integers(len(digits)))]
    return source.draw(index, rng)


def _indices(source: Source, rng: np.random.Generator) -> list[int]:
    count = round(source.share * len(source.labels))
    whole = np.concatenate([rng.permutation(len(source.labels)) for _ in range(-(-count // len(source.labels)))])
    return whole[:count].tolist()
