"""Pixels of any kind in grey: upright, and the same strip by strip as at once."""

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from inkdigits.reading.input.pictures import open_grey


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_each_orientation_is_set_upright_as_pillow_does(
    kind: str, orientation: int
) -> None:
    picture = Image.linear_gradient("L").resize((90, 60)).rotate(30)
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    picture.save(
        file, kind, exif=exif, **({"lossless": True} if kind == "WEBP" else {})
    )
    with Image.open(file) as again:
        expected = np.asarray(ImageOps.exif_transpose(again).convert("L"))
    assert np.array_equal(open_grey(file.getvalue()), expected)


@pytest.mark.parametrize(
    "mode", ["L", "RGB", "RGBA", "LA", "P", "CMYK", "I;16", "I", "F", "1"]
)
def test_strips_give_what_the_whole_gives(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    deep = mode in ("I;16", "I", "F")
    values = rng.integers(0, 60_000 if deep else 256, (70, 50) if deep else (70, 50, 4))
    picture = Image.fromarray(values.astype(np.uint16 if deep else np.uint8))
    picture = (
        picture
        if picture.mode == mode
        else picture.convert("I" if deep else "RGB" if mode == "P" else "RGBA").convert(
            mode
        )
    )
    whole = open_grey(picture)
    monkeypatch.setattr("inkdigits.reading.input.grey._STRIP_PX", 150)
    assert np.array_equal(open_grey(picture), whole)
    assert np.array_equal(
        open_grey(values.astype(np.float32)), open_grey(values.astype(np.float64))
    )
