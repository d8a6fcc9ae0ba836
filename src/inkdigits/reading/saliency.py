"""Why a glyph is taken for its digit: how much the answer falls when a patch of it is covered."""

import numpy as np
import numpy.typing as npt

from inkdigits.reading.classifier import Classifier
from inkdigits.reading.input.pages import Grey

_PATCH_PX = 5  # covers a stroke of MNIST, which is two to four pixels wide
_STEP_PX = 2


def saliency(classifier: Classifier, glyph: Grey, digit: int) -> npt.NDArray[np.float32]:
    """For each pixel of a framed glyph, 0 to 1: how much covering it with paper takes
    from the digit's probability.
    """
    places = [(top, left) for top in _starts(glyph.shape[0]) for left in _starts(glyph.shape[1])]
    covered = np.repeat(glyph[None], len(places), axis=0)
    for picture, (top, left) in zip(covered, places, strict=True):
        picture[top : top + _PATCH_PX, left : left + _PATCH_PX] = 0
    whole = float(classifier.raw(glyph[None])[0, digit])
    drops = np.maximum(whole - classifier.raw(covered)[:, digit], 0)
    total, times = np.zeros(glyph.shape, np.float32), np.zeros(glyph.shape, np.float32)
    for drop, (top, left) in zip(drops, places, strict=True):
        total[top : top + _PATCH_PX, left : left + _PATCH_PX] += drop
        times[top : top + _PATCH_PX, left : left + _PATCH_PX] += 1
    mean = total / np.maximum(times, 1)
    return (mean / max(float(mean.max()), 1e-9)).astype(np.float32)


def _starts(side_px: int) -> list[int]:
    return sorted({*range(0, side_px - _PATCH_PX + 1, _STEP_PX), side_px - _PATCH_PX})
