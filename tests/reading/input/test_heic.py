"""HEIC pictures are known by their brand, and say what to install."""

import io
import sys

import numpy as np
import pytest

from inkdigits.errors import MissingExtraError
from inkdigits.reading.input import heic
from inkdigits.synthesis.drawn import draw_digit


def encoded(grey: np.ndarray) -> bytes:
    pillow_heif = pytest.importorskip("pillow_heif")
    from PIL import Image

    file = pillow_heif.from_pillow(Image.fromarray(grey).convert("RGB"))
    out = io.BytesIO()
    file.save(out, quality=95)
    return out.getvalue()


def test_the_brand_decides() -> None:
    head = b"\0\0\0\x18ftyp"
    assert heic.is_heic(head + b"heic" + b"\0" * 8)
    assert heic.is_heic(head + b"mif1")
    assert not heic.is_heic(head + b"avif" + b"\0" * 8)
    assert not heic.is_heic(b"\x89PNG\r\n\x1a\n")
    assert not heic.is_heic(b"")


def test_a_picture_comes_back_in_grey() -> None:
    grey = np.asarray(draw_digit(6, size_px=96).convert("L"))
    data = encoded(grey)
    assert heic.is_heic(data)
    decoded = heic.decode(heic.open_image(data))
    assert decoded.shape == grey.shape
    assert np.abs(decoded.astype(int) - grey).mean() < 3


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(MissingExtraError, match="heic"):
        heic.open_image(b"")
