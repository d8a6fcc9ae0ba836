"""Large JPEG 2000 pictures are decoded by a process of their own, with the same result."""

import io
import time

import numpy as np
import pytest
from PIL import Image

from inkdigits.errors import BusyError, NotAPictureError
from inkdigits.reading.input import jpeg2000
from inkdigits.reading.input.limits import Limits
from inkdigits.reading.input.pictures import open_grey, page_of_bytes
from inkdigits.synthesis import drawn


@pytest.fixture
def picture(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A picture that counts as large."""
    monkeypatch.setattr(jpeg2000, "INLINE_PX", 0)
    file = io.BytesIO()
    drawn.draw_digit(7, size_px=90).convert("RGBA").save(file, "JPEG2000")
    return file.getvalue()


def test_both_ways_give_the_same(
    picture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart = open_grey(picture)
    monkeypatch.setattr(jpeg2000, "decode_apart", None)
    monkeypatch.setattr(jpeg2000, "INLINE_PX", 1_000_000)
    assert np.array_equal(apart, open_grey(picture))
    assert apart.flags.writeable


def test_a_broken_picture_is_one_line_with_its_name(picture: bytes) -> None:
    with pytest.raises(
        NotAPictureError,
        match=r"^page.jp2 is a broken picture \(.*\): download the whole file again$",
    ):
        page_of_bytes(picture[: len(picture) // 2], "page.jp2", Limits())


def test_a_deadline_ends_the_process(picture: bytes) -> None:
    with pytest.raises(BusyError, match=r"page.jp2 was not decoded in time"):
        page_of_bytes(picture, "page.jp2", Limits(), deadline=time.monotonic() + 0.01)


def test_a_large_picture_is_decoded_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = np.zeros((1200, 1000), np.uint8)
    monkeypatch.setattr(jpeg2000, "decode_apart", lambda *_: decoded)
    file = io.BytesIO()
    Image.new("L", (1000, 1200), "white").save(file, "JPEG2000")
    assert open_grey(file.getvalue()) is decoded
