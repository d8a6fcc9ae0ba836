"""The memory for reading a page, in addition to the page: estimated from its size."""

from inkdigits.reading.input.limits import Limits
from inkdigits.reading.marks.found import MULTIPLE
from inkdigits.reading.marks.pyramid import PYRAMID, levels_of

# Bytes for each pixel that the marks network is shown, rounded up from what it took
# (tests/attack/test_memory.py holds it to that): its layers, their inputs and outputs.
_BYTES_PER_PX = 100


def reading_bytes(shape: tuple[int, int]) -> int:
    """The memory for a page of this height and width.

    It covers the marks network at its largest size, and a rotated copy.
    """
    height, width = shape
    scale = levels_of(shape)[0]
    rim = 2 * PYRAMID.rim_px + MULTIPLE
    shown_px = (height * scale + rim) * (width * scale + rim)
    return round(shown_px) * _BYTES_PER_PX + height * width


def most_reading_bytes(limits: Limits) -> int:
    """What `reading_bytes` is at most for a page within the limits.

    Thin strips are the worst: they are enlarged, and their rims are long.
    """
    thin = 2 * PYRAMID.enlarge_below_px + 2 * PYRAMID.rim_px + MULTIPLE
    enlarged_px = thin * (2 * PYRAMID.enlarge_below_px * limits.max_aspect + thin)
    rim = 2 * PYRAMID.rim_px + MULTIPLE
    longest = round((PYRAMID.most_px * limits.max_aspect) ** 0.5)
    shown_px = PYRAMID.most_px + 2 * rim * longest + rim**2
    return max(enlarged_px, shown_px) * _BYTES_PER_PX + limits.max_pixels
