"""HEIC pictures, as phones take them, by libheif (extra "heic")."""

import io
from typing import Any

import numpy as np

from inkdigits.errors import MissingExtraError
from inkdigits.reading.input.grey import grey_of_array
from inkdigits.reading.input.pages import Grey

_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def is_heic(data: bytes) -> bool:
    """Whether the bytes begin like an HEIC or AVIF file."""
    # Such a file begins with a box that says which kind of file it is.
    box_type = data[4:8]
    brand = data[8:12]
    return box_type == b"ftyp" and brand in _BRANDS


def open_image(data: bytes) -> Any:
    """The head of the main picture: `size` is known before anything is decoded."""
    try:
        import pillow_heif
    except ImportError:
        raise MissingExtraError("reading HEIC pictures", "heic") from None
    pictures = pillow_heif.open_heif(io.BytesIO(data))
    return pictures[pictures.primary_index]


def decode(image: Any) -> Grey:
    """The picture in grey, upright: libheif has already rotated it.

    Its decoded rows are read in place; Pillow would copy them twice.
    """
    image.load()
    width, height = image.size
    mode, _, _ = image.mode.partition(";")
    channels = len(mode)
    rows = np.frombuffer(image.data, np.uint8).reshape(height, -1)
    # Rows may be padded to a multiple of some bytes.
    used = rows[:, : width * channels]
    pixels = used.reshape(height, width, channels)
    return grey_of_array(pixels, image.mode)
