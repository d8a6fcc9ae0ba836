"""The directories of a TIFF are found in either byte order, and loops end."""

import io
import math
import struct

import numpy as np
import pytest
from PIL import Image

from inkdigits.reading.input.limits import Limits
from inkdigits.reading.input.tiff import TiffPages, is_tiff


def tiff(pages: int, **options: object) -> bytes:
    images = [
        Image.fromarray(np.full((40 + page, 50), 10 * page, np.uint8))
        for page in range(pages)
    ]
    out = io.BytesIO()
    images[0].save(out, "TIFF", save_all=True, append_images=images[1:], **options)
    return out.getvalue()


@pytest.mark.parametrize("big", [False, True])
def test_every_page_can_be_opened_in_any_order(big: bool) -> None:
    data = tiff(3, big_tiff=big)
    assert is_tiff(data)
    pages = TiffPages(data, "a.tif", Limits())
    assert len(pages) == 3
    for number in (3, 1, 2, 1):
        grey = pages.page(number, math.inf).grey
        assert grey.shape == (39 + number, 50)
        assert (grey == 10 * (number - 1)).all()


def test_other_files_are_none() -> None:
    assert not is_tiff(b"%PDF-1.4")
    assert not is_tiff(b"II")


def test_a_chain_that_turns_back_ends() -> None:
    """The second directory points to the first."""
    directory = struct.pack("<H", 0)
    chain = b"II*\0" + struct.pack("<L", 8)
    chain += directory + struct.pack("<L", 14) + directory + struct.pack("<L", 8)
    assert len(TiffPages(chain, "loop.tif", Limits())) == 2


def test_a_chain_that_leaves_the_file_ends() -> None:
    place = struct.pack(">HL", 0, 14), struct.pack(">HL", 0, 1_000_000)
    data = b"MM\0*" + struct.pack(">L", 8) + b"".join(place)
    assert len(TiffPages(data, "short.tif", Limits())) == 2
