"""Picture files spoiled by chance: the same seed gives the same file."""

import io
import random
from functools import cache

from PIL import Image

from inkdigits.synthesis.drawn import as_file, draw_digit, draw_numbers, transparent

_NUMBERS = (
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\0\0\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\0\1\0\0",
)


@cache
def bases() -> dict[str, bytes]:
    """A small file of each kind, drawn by the project."""
    page, digit = draw_numbers(["4071", "35-2"], size_px=28), draw_digit(7, size_px=60)
    colour = Image.merge("RGB", (page, page, page))
    return {
        "png": as_file(page, "PNG"), "png-alpha": as_file(transparent(digit), "PNG"),
        "png-palette": as_file(page.quantize(8), "PNG"), "tga": as_file(page, "TGA"),
        "jpeg": as_file(colour, "JPEG"), "jpeg-progressive": as_file(page, "JPEG", progressive=True),
        "jpeg-cmyk": as_file(colour.convert("CMYK"), "JPEG"), "gif": as_file(page, "GIF"), "bmp": as_file(page, "BMP"),
        "tiff": as_file(page, "TIFF"), "tiff-lzw": as_file(page, "TIFF", compression="tiff_lzw"),
        "tiff-fax": as_file(page.convert("1"), "TIFF", compression="group4"),
        "tiff-pages": as_file(page, "TIFF", save_all=True, append_images=[digit]), "pdf": as_file(page, "PDF"),
        "webp": as_file(page, "WEBP"), "webp-lossless": as_file(colour, "WEBP", lossless=True),
        "ppm": as_file(page, "PPM"), "ico": as_file(digit, "ICO"), "jpeg2000": as_file(page, "JPEG2000"),
        "png-sixteen": _sixteen_bits(page), "jpeg-turned": _turned(page),
    }  # fmt: skip


def _sixteen_bits(page: Image.Image) -> bytes:
    out = io.BytesIO()
    page.convert("I").point(lambda value: value * 257).convert("I;16").save(out, "PNG")
    return out.getvalue()


def _turned(page: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return as_file(page, "JPEG", exif=exif.tobytes())


def mutant(seed: int) -> tuple[str, bytes]:
    """What it was made from, and the file: one to four things are done to it."""
    rng = random.Random(seed)  # noqa: S311 - nothing here is secret
    name = rng.choice(sorted(bases()))
    data = bytearray(bases()[name])
    for _ in range(rng.randint(1, 4)):
        data = rng.choice(
            (_flip, _flip, _header, _header, _cut, _splice, _repeat, _number)
        )(data, rng)
    return name, bytes(data)


def _flip(data: bytearray, rng: random.Random) -> bytearray:
    """Single bits, anywhere."""
    for _ in range(rng.randint(1, 12)):
        if data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return data


def _header(data: bytearray, rng: random.Random) -> bytearray:
    """Bytes among the first, where sizes and kinds are said."""
    for _ in range(rng.randint(1, 4)):
        if data:
            data[rng.randrange(min(len(data), 64))] = rng.choice(
                (0, 1, 127, 128, 255, rng.randrange(256))
            )
    return data


def _cut(data: bytearray, rng: random.Random) -> bytearray:
    return data[: rng.randint(0, len(data))]


def _splice(data: bytearray, rng: random.Random) -> bytearray:
    """The start of this file, the rest of another."""
    other = bases()[rng.choice(sorted(bases()))]
    return data[: rng.randint(0, len(data))] + other[rng.randint(0, len(other)) :]


def _repeat(data: bytearray, rng: random.Random) -> bytearray:
    """A piece again and again."""
    start = rng.randint(0, len(data))
    piece = data[start : start + rng.randint(1, 64)]
    return data[:start] + piece * rng.randint(1, 50) + data[start:]


def _number(data: bytearray, rng: random.Random) -> bytearray:
    """Four bytes become an extreme number."""
    start = rng.randint(0, max(0, len(data) - 4))
    data[start : start + 4] = rng.choice(_NUMBERS)
    return data
