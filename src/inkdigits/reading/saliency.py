"""Occlusion maps: how much the answer drops when a patch is covered."""

import numpy as np
import numpy.typing as npt

from inkdigits.reading.classifier import Classifier
from inkdigits.reading.input.pages import Grey

# The side of a patch: it covers a stroke of MNIST, which is two to four pixels wide.
_PATCH_PX = 5
# Patches overlap, so that a pixel's value does not depend on where the patches begin.
_STEP_PX = 2


def saliency(
    classifier: Classifier, glyph: Grey, digit: int
) -> npt.NDArray[np.float32]:
    """How much covering each pixel lowers the digit's probability, from 0 to 1."""
    height, width = glyph.shape
    patches = [_patch(top, left) for top in _starts(height) for left in _starts(width)]
    covered = np.repeat(glyph[None], len(patches), axis=0)
    for picture, patch in zip(covered, patches, strict=True):
        picture[patch] = 0
    # All covered glyphs go through the network at once.
    whole = float(classifier.raw(glyph[None])[0, digit])
    left_over = classifier.raw(covered)[:, digit]
    drops = np.maximum(whole - left_over, 0)
    total = np.zeros(glyph.shape, np.float32)
    times = np.zeros(glyph.shape, np.float32)
    for drop, patch in zip(drops, patches, strict=True):
        total[patch] += drop
        times[patch] += 1
    mean = total / np.maximum(times, 1)
    # The least divisor keeps a glyph whose answer never falls at nothing.
    largest = max(float(mean.max()), 1e-9)
    return (mean / largest).astype(np.float32)


def _patch(top: int, left: int) -> tuple[slice, slice]:
    """The rows and columns of a patch."""
    rows = slice(top, top + _PATCH_PX)
    columns = slice(left, left + _PATCH_PX)
    return rows, columns


def _starts(side_px: int) -> list[int]:
    """Where patches begin along a side; the last one ends at the edge."""
    last = side_px - _PATCH_PX
    # A set, because the last one may be among the others already.
    starts = {*range(0, last + 1, _STEP_PX), last}
    return sorted(starts)
