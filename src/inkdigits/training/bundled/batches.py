"""The samples of each epoch, drawn from seed and epoch.

They are made while the network trains on the previous epoch.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from inkdigits.reading.glyphs import SIZE_PX, frame
from inkdigits.synthesis.degrade import degraded
from inkdigits.synthesis.negatives import drawn_negative
from inkdigits.synthesis.nudge import nudged
from inkdigits.training.bundled.sources import REFUSED, Source

Samples = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]
NEGATIVE_SHARE = 0.07  # drawn non-digits, in addition to those of the open data sets
_AS_IS, _NUDGED = (
    0.12,
    0.4,
)  # the rest is degraded; towards the end more is only nudged
_LAST_PART, _LAST_NUDGED = 0.8, 0.62


def epochs(
    sources: list[Source], seed: int, first: int, last: int
) -> Iterator[Samples]:
    """The samples of each epoch in turn; a thread draws the next epoch's meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(
            draw_epoch, sources, seed, first, nudged_share=_nudged_share(first, last)
        )
        for epoch in range(first, last + 1):
            ready = coming.result()
            if epoch < last:
                coming = pool.submit(
                    draw_epoch,
                    sources,
                    seed,
                    epoch + 1,
                    nudged_share=_nudged_share(epoch + 1, last),
                )
            yield ready


def _nudged_share(epoch: int, last: int) -> float:
    """The share of pictures only nudged, not degraded; it is larger towards the end."""
    is_early = epoch <= _LAST_PART * last
    return _NUDGED if is_early else _LAST_NUDGED


def draw_epoch(
    sources: list[Source],
    seed: int,
    epoch: int,
    *,
    spoil: bool = True,
    nudged_share: float = _NUDGED,
) -> Samples:
    """Each source as often as its share says, and drawn non-digits, shuffled."""
    rng = np.random.default_rng([seed, epoch])
    picks = [(source, index) for source in sources for index in _indices(source, rng)]
    digits = [pick for pick in picks if pick[0].labels[pick[1]] != REFUSED]
    # In a random order, so that no source gets the same random numbers each time.
    order = rng.permutation(len(picks))
    negatives = round(NEGATIVE_SHARE * len(picks))
    images = np.empty((len(picks) + negatives, SIZE_PX, SIZE_PX), np.uint8)
    labels = np.full(len(images), REFUSED, np.int64)
    for place, pick in enumerate(order.tolist()):
        source, index = picks[pick]
        images[place] = _one(
            source, index, rng, digits, nudged_share if spoil else None
        )
        labels[place] = source.labels[index]
    for place in range(len(picks), len(images)):
        images[place] = frame(drawn_negative(rng, _any(digits, rng), _any(digits, rng)))
    # Negatives were added at the end.
    mixed = rng.permutation(len(images))
    return images[mixed], labels[mixed]


def _one(
    source: Source,
    index: int,
    rng: np.random.Generator,
    digits: list[tuple[Source, int]],
    nudged_share: float | None,
) -> npt.NDArray[np.uint8]:
    """A sample as it is, nudged or degraded; as it is if `nudged_share` is None."""
    way = rng.random()
    if nudged_share is None or way < _AS_IS:
        return source.glyph(index, rng)
    if way < _AS_IS + nudged_share:
        return nudged(source.glyph(index, rng), rng)
    return degraded(
        source.draw(index, rng),
        rng,
        _any(digits, rng)[0] if rng.random() < 0.15 else None,
    )


def _any(
    digits: list[tuple[Source, int]], rng: np.random.Generator
) -> tuple[npt.NDArray[np.uint8], int]:
    """Any of the digits, drawn, with its label."""
    chosen = int(rng.integers(len(digits)))
    source, index = digits[chosen]
    canvas = source.draw(index, rng)
    label = int(source.labels[index])
    return canvas, label


def _indices(source: Source, rng: np.random.Generator) -> list[int]:
    """Which samples of a source an epoch has, as many as its share says."""
    size = len(source.labels)
    count = round(source.share * size)
    rounds = -(-count // size)
    # Each is drawn once before any is drawn again.
    orders = [rng.permutation(size) for _ in range(rounds)]
    indices = np.concatenate(orders)
    return indices[:count].tolist()
