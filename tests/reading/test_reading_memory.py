"""Memory for reading grows with the page, and is never above its bound."""

import numpy as np

from inkdigits.reading.input.limits import MIB, Limits
from inkdigits.reading.reading_memory import most_reading_bytes, reading_bytes


def test_an_a4_page_takes_what_the_docs_say() -> None:
    assert 255 * MIB < reading_bytes((3508, 2480)) < 285 * MIB


def test_no_page_within_the_limits_takes_more_than_the_bound() -> None:
    limits = Limits(max_pixels=20_000_000)
    most = most_reading_bytes(limits)
    # Long thin strips are the worst: they are enlarged.
    for short in range(1, 300):
        assert reading_bytes((short, short * limits.max_aspect)) <= most
    rng = np.random.default_rng(1)
    for _ in range(300):
        pixels = np.exp(rng.uniform(0, np.log(limits.max_pixels)))
        aspect = np.exp(rng.uniform(-1, 1) * np.log(limits.max_aspect))
        height = max(1, int((pixels * aspect) ** 0.5))
        width = max(1, int(pixels / height))
        longer, shorter = max(height, width), min(height, width)
        if longer <= limits.max_aspect * shorter:
            assert reading_bytes((height, width)) <= most
            assert reading_bytes((height, width)) >= height * width


def test_both_orientations_take_the_same() -> None:
    assert reading_bytes((300, 900)) == reading_bytes((900, 300))
