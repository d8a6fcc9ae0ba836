"""Framing as MNIST frames."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inkdigits.reading.glyphs import INNER_PX, SIZE_PX, frame, ink_box, is_framed
from inkdigits.synthesis.drawn import draw_digit


def ink_of(digit: int, **options: object) -> npt.NDArray[np.uint8]:
    return 255 - np.asarray(draw_digit(digit, ink=0, paper=255, **options))  # type: ignore[arg-type]


@given(st.integers(0, 9), st.integers(40, 160), st.floats(0.3, 0.9), st.integers(-8, 8))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_frame_is_centred_by_mass_and_twenty_long(
    digit: int, size: int, height: float, shift: int
) -> None:
    glyph = frame(
        np.roll(ink_of(digit, size_px=size, height=height * 0.8), shift, axis=1)
    )
    assert glyph.shape == (SIZE_PX, SIZE_PX)
    assert glyph.dtype == np.uint8
    _, _, width, tall = cv2.boundingRect(glyph)
    assert INNER_PX - 1 <= max(width, tall) <= INNER_PX + 2
    moments = cv2.moments(glyph)
    assert abs(moments["m10"] / moments["m00"] - SIZE_PX / 2) <= 1.1
    assert abs(moments["m01"] / moments["m00"] - SIZE_PX / 2) <= 1.1


def test_framing_twice_is_framing_once() -> None:
    for digit in range(10):
        once = frame(ink_of(digit))
        assert np.abs(frame(once).astype(int) - once).mean() < 4


def test_blank_ink_gives_a_blank_glyph() -> None:
    assert not frame(np.zeros((50, 40), np.uint8)).any()
    assert ink_box(np.zeros((5, 5), np.uint8)) is None


def test_a_hair_line_does_not_vanish() -> None:
    for digit in range(10):
        assert frame(ink_of(digit, size_px=500, stroke_px=1)).max() > 200


def test_mnist_is_framed_already(mnist_dir: Path) -> None:
    from inkdigits.data import load

    images = load("mnist", split="test", data_dir=mnist_dir).first(1000).images
    assert all(is_framed(image) for image in images)
    assert all(np.array_equal(frame(image), image) for image in images)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (28, 28), (3, 2000)])
def test_any_shape_of_ink_is_framed(shape: tuple[int, int]) -> None:
    assert frame(np.full(shape, 255, np.uint8)).shape == (SIZE_PX, SIZE_PX)
