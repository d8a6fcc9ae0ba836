"""Decoding memory is estimated from the size, and refused before it is spent."""

import pytest
from PIL import Image

from inkdigits.errors import PictureTooLargeError
from inkdigits.reading.input.decoding_memory import (
    _BYTES_PER_PX,
    check_memory,
    decoding_bytes,
    give_memory_back,
)
from inkdigits.reading.input.limits import MIB, Limits


def test_known_kinds_are_pillows_names() -> None:
    Image.init()
    assert set(_BYTES_PER_PX) - {"HEIC"} <= set(Image.OPEN) | set(Image.SAVE)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "JPEG2000", "unknown"])
def test_an_estimate_is_proportional_to_the_pixels(kind: str) -> None:
    one = decoding_bytes(1, kind)
    assert one >= 6
    assert decoding_bytes(12_345, kind) == 12_345 * one


def test_the_limit_itself_is_allowed_and_a_byte_more_is_not() -> None:
    limits = Limits(max_decoding_memory=3 * MIB)
    check_memory(3 * MIB, "a.png", limits)
    with pytest.raises(
        PictureTooLargeError, match=r"^a\.png takes 3 MiB .* limit is 3"
    ):
        check_memory(3 * MIB + 1, "a.png", limits)


def test_memory_can_be_given_back_on_any_system() -> None:
    give_memory_back()
