"""A page at several scales, and the marks that the network finds at each.

The network is trained on writing from 12 to 46 pixels high. It runs on the page at its own scale
and at repeatedly halved scales, and on small pictures also enlarged. A digit of any height is
therefore seen at a height that the network knows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.marks.edges import with_rim
from inkdigits.reading.marks.found import PEAKS, Found, peaks_of

Grey = npt.NDArray[np.uint8]
Run = Callable[[Grey], npt.NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class PyramidSettings:
    """The scales at which a page is read."""

    # Pixels at the largest scale: an A4 page at 160 dpi, where small writing is 12 px high
    most_px: int = 2_600_000
    # A scale at which the shorter side has fewer pixels shows nothing more
    least_side_px: int = 24
    # Pictures with a shorter side below this are shown enlarged too
    enlarge_below_px: int = 64
    rim_px: int = 12  # paper put around, so that marks at the edge are seen whole
    # Blank paper is skipped: a page's margins, most of a photo with one number
    large_px: int = 400_000  # smaller pictures are read in full: they cost little
    block_px: int = 16  # squares of this side are even or not
    # Grey levels in a square, below which nothing written can be read
    least_contrast: int = 4
    # Kept around what is not even: what the network sees beside a mark
    margin_px: int = 48


PYRAMID = PyramidSettings()


def levels_of(
    shape: tuple[int, int], settings: PyramidSettings = PYRAMID
) -> list[float]:
    """The scales at which a page of this height and width is shown, the largest first."""
    height, width = shape
    scale = min(1.0, float(np.sqrt(settings.most_px / (height * width))))
    scales = [2.0] if min(height, width) < settings.enlarge_below_px else []
    while True:
        scales.append(scale)
        scale /= 2
        if min(height, width) * scale < settings.least_side_px:
            return scales


def shown_at(grey: Grey, scales: list[float]) -> Iterator[Grey]:
    """The page at each of these scales, the smaller ones computed from one another.

    Computing each from the full page takes longer than running the network on it.
    """
    shown = grey
    for scale in scales:
        shown = _sized(grey if scale >= 1 else shown, _size_of(grey, scale))
        yield shown


def find_at(
    shown: Grey,
    scale: float,
    run: Run,
    shade: int | None,
    settings: PyramidSettings = PYRAMID,
) -> Found:
    """The marks found on the page as `shown` at one scale; boxes in the page's own pixels."""
    left, top, right, bottom = written_part(shown, settings)
    rim = settings.rim_px
    found = peaks_of(run(with_rim(shown[top:bottom, left:right], rim, shade)), PEAKS)
    corner = np.array([left, top, left, top], np.float32) - rim
    return Found(
        (found.boxes + corner) / np.float32(scale), found.centre, found.classes
    )


def written_part(
    grey: Grey, settings: PyramidSettings = PYRAMID
) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the part of a large picture that is not blank.

    For a small picture, this is all of it.
    """
    height, width = grey.shape
    if grey.size < settings.large_px:
        return 0, 0, width, height
    side, margin = settings.block_px, settings.margin_px
    whole = cv2.copyMakeBorder(
        grey, 0, -height % side, 0, -width % side, cv2.BORDER_REPLICATE
    )
    # Rows first: neighbours in memory are compared many at a time.
    rows = whole.reshape(whole.shape[0] // side, side, whole.shape[1])
    brightest = _of_blocks(rows.max(axis=1), side).max(axis=2)
    darkest = _of_blocks(rows.min(axis=1), side).min(axis=2)
    uneven = brightest - darkest >= settings.least_contrast
    left, top, wide, high = (
        side * found for found in cv2.boundingRect(uneven.astype(np.uint8))
    )
    return (
        max(0, left - margin),
        max(0, top - margin),
        min(width, left + wide + margin),
        min(height, top + high + margin),
    )


def _of_blocks(rows: Grey, side: int) -> Grey:
    """Rows of pixels as rows of blocks, (rows, blocks, side)."""
    return rows.reshape(len(rows), -1, side)


def resized(grey: Grey, scale: float) -> Grey:
    return grey if scale == 1.0 else _sized(grey, _size_of(grey, scale))


def _size_of(grey: Grey, scale: float) -> tuple[int, int]:
    """Width and height at this scale."""
    height, width = grey.shape
    return max(1, round(width * scale)), max(1, round(height * scale))


def _sized(grey: Grey, size: tuple[int, int]) -> Grey:
    if size == grey.shape[::-1]:
        return grey
    method = cv2.INTER_AREA if size[0] < grey.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, size, interpolation=method), np.uint8)
