"""The process that decodes JPEG 2000: a line and pixels, or a line that says what is broken."""

import io
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from inkdigits.reading.input import jpeg2000_worker
from inkdigits.synthesis.drawn import draw_digit


def answer(monkeypatch: pytest.MonkeyPatch, content: bytes) -> bytes:
    out = io.BytesIO()
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=out))
    jpeg2000_worker.main("a.jp2")
    return out.getvalue()


def test_a_page_is_a_line_and_its_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    image = draw_digit(8, size_px=64).convert("L")
    file = io.BytesIO()
    image.save(file, "JPEG2000")
    line, _, pixels = answer(monkeypatch, file.getvalue()).partition(b"\n")
    assert line == b"page 64 64"
    grey = np.frombuffer(pixels, np.uint8).reshape(64, 64)
    assert np.array_equal(grey, np.asarray(image))  # JPEG 2000 is lossless by default


def test_a_broken_picture_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    draw_digit(8, size_px=64).convert("L").save(file, "JPEG2000")
    said = answer(monkeypatch, file.getvalue()[:200])
    assert said.startswith(b"broken a.jp2 ")
    assert said.count(b"\n") == 1
