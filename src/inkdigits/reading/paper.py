"""Page → contrast: how far each pixel differs from its background.

The polarity is determined here too.
"""

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.input.pages import Grey
from inkdigits.reading.percentiles import percentile
from inkdigits.reading.shaded import over_closed_ground
from inkdigits.reading.tight import over_tight_ground

Contrast = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Pieces = tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]
# Shares are from 0 to 1, shades from 0 to 255.
_FLAT_SHARE = 0.5  # of the page has one shade: a drawing or a clean scan
_FLAT_RIM_SHARE = 0.85  # of the rim has that shade too: what it frames is on one ground
_FLAT_SPREAD = 4  # shades to either side count as the same one
_TIGHT_PX = 48  # pictures up to this size may be filled by their digit
_TIGHT_CONTRAST = 64  # between their darkest and lightest shade, at least
_TIGHT_SHARE = 0.2  # of them is paper, at least
_FLAT_NOISE = 0.004  # of a flat ground, as a share of full contrast: one shade of 255
_NOISE_SIGMAS = 5.0  # a contrast this far above the noise is no noise
_FAINTEST_CONTRAST = 0.06  # below it, nothing is told from the paper, however clean
_OFF_PAPER_SHARE = 0.4  # what is darker than this share of the paper may lie beside it
_SMALL_AREA_PX = (
    128 * 128
)  # up to here, OpenCV's figures of pieces cost more than numpy's


def contrast_of(grey: Grey) -> tuple[Contrast, float]:
    """The contrast of each pixel to its paper (0 to 1), and the paper's noise.

    Contrast is positive in the direction of the ink.
    """
    flat = _over_flat(grey)
    return flat if flat is not None else _toward_ink(*_over_uneven_ground(grey))


def contrasts_of(grey: Grey) -> Iterator[tuple[Contrast, float]]:
    """All plausible separations of ink and paper, the likeliest first.

    There is one if the background is flat, otherwise there are up to three.

    A closing follows shadows, but only finds dark ink. Two-tone binarization is for pictures that
    are filled by their writing. A median finds dark and light ink, but not near the edge of a
    shadow. The method is chosen by what is read with each.
    """
    flat = _over_flat(grey)
    if flat is not None:
        yield flat
        return
    yield over_closed_ground(grey)
    tight = over_tight_ground(grey)
    if tight is not None:
        yield _toward_ink(*tight)
    yield _toward_ink(*_over_uneven_ground(grey))


def _over_flat(grey: Grey) -> tuple[Contrast, float] | None:
    """The contrast to a single background shade.

    None if no shade covers most of the page.
    """
    counts = cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel().astype(np.int64)
    flat = _flat_ground(grey, counts)
    return (
        None if flat is None else (_over_flat_ground(grey, flat, counts), _FLAT_NOISE)
    )


def _toward_ink(signed: Contrast, noise: float) -> tuple[Contrast, float]:
    """The contrast of the side that is ink, from 0 to 1."""
    dark = np.maximum(-signed, 0)
    light = np.maximum(signed, 0)
    ink = dark if _ink_is_dark(dark, light) else light
    contrast = np.minimum(ink / 255.0, 1.0).astype(np.float32)
    return contrast, noise


def _over_flat_ground(
    grey: Grey, flat: float, counts: npt.NDArray[np.int64]
) -> Contrast:
    """Each of the 256 shades has its contrast, so a table says it."""
    shades = np.arange(256, dtype=np.float32)
    signed = shades - np.float32(flat)
    dark = np.maximum(-signed, 0)
    light = np.maximum(signed, 0)
    # Ink is dark or light, whichever differs more from the ground in all.
    dark_weight = (counts * dark**2).sum()
    light_weight = (counts * light**2).sum()
    ink = dark if dark_weight >= light_weight else light
    furthest = np.float32(max(flat, 255 - flat))
    table = np.minimum(ink / furthest, 1.0)
    contrast = cv2.LUT(grey, table.astype(np.float32))
    return np.asarray(contrast, np.float32)


def _flat_ground(grey: Grey, counts: npt.NDArray[np.int64]) -> float | None:
    """The one shade most of the page has, as drawings and clean scans do."""
    spread = np.ones(2 * _FLAT_SPREAD + 1, np.int64)
    near = np.convolve(counts, spread, mode="same")
    middle = int(near.argmax())
    # Of the shades around that one, the most frequent is the ground.
    start = max(0, middle - _FLAT_SPREAD)
    end = middle + _FLAT_SPREAD + 1
    shade = start + int(counts[start:end].argmax())
    is_most = near[middle] >= _FLAT_SHARE * grey.size
    if is_most and _rim_share(grey, shade) > _FLAT_RIM_SHARE:
        return float(shade)
    return _tight_ground(grey, near)


def _tight_ground(grey: Grey, near: npt.NDArray[np.int64]) -> float | None:
    """The background shade of a small picture that its digit fills.

    It is the darkest or the lightest shade, whichever is more frequent at the border.
    """
    low = int(grey.min())
    high = int(grey.max())
    if max(grey.shape) > _TIGHT_PX or high - low < _TIGHT_CONTRAST:
        return None
    rim_is_dark = _rim(grey) < (low + high) / 2
    shade = low if rim_is_dark.mean() >= 0.5 else high
    return float(shade) if near[shade] >= _TIGHT_SHARE * grey.size else None


def _rim_share(grey: Grey, shade: int) -> float:
    """The share of the rim that has about this shade."""
    off = np.abs(_rim(grey).astype(np.int16) - shade)
    return float((off <= _FLAT_SPREAD).mean())


def _rim(picture: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The pixels along all four edges."""
    top_and_bottom = [picture[0], picture[-1]]
    sides = [picture[:, 0], picture[:, -1]]
    return np.concatenate(top_and_bottom + sides)


def _over_uneven_ground(grey: Grey) -> tuple[Contrast, float]:
    """The page relative to its own paper.

    A wide median follows shadows and ignores strokes.
    """
    paper = _paper(grey).astype(np.float32)
    smooth = cv2.GaussianBlur(grey, (0, 0), 0.8).astype(np.float32)
    signed = (smooth - paper) * (200.0 / np.maximum(paper, 60.0))
    off = _off_paper(paper)
    if off is not None:
        signed[off] = 0
    on = signed if off is None else signed[~off]
    spread = float(np.median(np.abs(on - np.median(on)))) * 1.4826
    return signed.astype(np.float32), spread / 255.0


def _off_paper(paper: Contrast) -> Mask | None:
    """Areas outside of the sheet, such as a scanner's lid or a dark table.

    They are far darker than the paper, and touch the border.
    """
    brightest = percentile(paper, 90)
    dark = paper < _OFF_PAPER_SHARE * brightest
    # Where most is dark, the dark is the paper.
    if not dark.any() or dark.mean() > 0.6:
        return None
    # An odd side, so that the kernel has a middle.
    reach = max(3, round(0.02 * max(paper.shape))) | 1
    kernel = np.ones((reach, reach), np.uint8)
    wide = cv2.dilate(dark.astype(np.uint8), kernel)
    _, labels = cv2.connectedComponents(wide, connectivity=4)
    at_rim = np.unique(_rim(labels))
    off: Mask = np.isin(labels, at_rim[at_rim > 0])
    return off if off.any() and not off.all() else None


def _paper(grey: Grey) -> Grey:
    """The paper's shade at each pixel: a wide median on a small copy."""
    height, width = grey.shape
    # The ground has no detail: a small copy gives the same median in a fraction of the time.
    scale = min(1.0, 160 / max(height, width))
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    # An odd number, as a median's window needs.
    reach = max(3, int(0.32 * max(small.shape)) | 1)
    edged = cv2.copyMakeBorder(small, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    # OpenCV takes no larger window than 127.
    median = cv2.medianBlur(edged, min(reach, 127))
    paper = median[reach:-reach, reach:-reach]
    full_size = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(full_size, np.uint8)


def _ink_is_dark(dark: Contrast, light: Contrast) -> bool:
    """Ink is the side that stands out more: fewer pixels, further from the paper."""
    return float((dark**2).sum()) >= float((light**2).sum())


def noise_floor(noise: float) -> float:
    """The contrast below which nothing is told from the paper."""
    return max(_FAINTEST_CONTRAST, _NOISE_SIGMAS * noise)


def strong_level(contrast: Contrast, noise: float) -> float | None:
    """The contrast above which a pixel is surely ink.

    None if nothing stands out from the noise.
    """
    floor = noise_floor(noise)
    standing = contrast[contrast > floor]
    if standing.size < 6:
        return None
    return max(floor, 0.55 * percentile(standing, 95))


def pieces_of(mask: Mask) -> Pieces:
    """Label connected pieces, and give the box and size of each.

    The label is 0 for pixels outside of all pieces. Each piece has left, top, width,
    height and the number of pixels.

    OpenCV's own figures cost more than the labels do, where a small picture has few pieces.
    """
    ink = mask.astype(np.uint8)
    if ink.size > _SMALL_AREA_PX:
        _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
        return np.asarray(labels, np.int32), np.asarray(stats, np.int32)
    count, found = cv2.connectedComponents(ink, connectivity=8)
    numbers = np.asarray(found, np.int32)
    boxes = [
        (0, 0, 0, 0),
        *(
            cv2.boundingRect((numbers == number).view(np.uint8))
            for number in range(1, count)
        ),
    ]
    sizes = np.bincount(numbers.ravel(), minlength=count)
    return numbers, np.column_stack([np.array(boxes, np.int32), sizes.astype(np.int32)])


def hysteresis(above_weak: Contrast, strong: Mask) -> Mask:
    """All weak ink (above zero) that is connected to strong ink."""
    weak = (above_weak > 0).astype(np.uint8)
    left, top, width, height = cv2.boundingRect(weak)
    box = np.s_[top : top + height, left : left + width]
    mask = np.zeros(weak.shape, bool)
    if width:
        count, labels = cv2.connectedComponents(weak[box], connectivity=8)
        is_strong = np.zeros(count, bool)
        is_strong[labels[strong[box]]] = True
        is_strong[0] = False
        mask[box] = is_strong[labels]
    return mask
