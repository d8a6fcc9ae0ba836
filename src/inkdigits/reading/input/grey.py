"""Pixels of any kind → 8 bits of grey, a strip of rows at a time so that memory stays small."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from inkdigits.reading.input.pages import Grey
from inkdigits.reading.input.value_range import range_of

# The rows from first to last (excluded), and what they hold.
Strip: TypeAlias = "tuple[slice, Image.Image]"
Strips: TypeAlias = "Callable[[], Iterator[Strip]]"
NumberStrip: TypeAlias = "tuple[slice, npt.NDArray[Any]]"

WHITE = 255  # the highest value of eight bits
# Pixels of a strip: large enough that the work for each one does not count.
_STRIP_PX = 1_000_000

_ALPHA_MODES = ("RGBA", "LA", "PA", "La", "RGBa")
# Pillow's names, by the number of channels.
_ARRAY_MODES = {2: "LA", 3: "RGB", 4: "RGBA"}

# EXIF orientation → what sets such a picture upright.
_UPRIGHT: dict[int, Callable[[Grey], Any]] = {
    2: lambda grey: cv2.flip(grey, 1),
    3: lambda grey: cv2.rotate(grey, cv2.ROTATE_180),
    4: lambda grey: cv2.flip(grey, 0),
    5: cv2.transpose,
    6: lambda grey: cv2.rotate(grey, cv2.ROTATE_90_CLOCKWISE),
    7: lambda grey: cv2.flip(cv2.transpose(grey), -1),
    8: lambda grey: cv2.rotate(grey, cv2.ROTATE_90_COUNTERCLOCKWISE),
}


def grey_of_image(image: Image.Image) -> Grey:
    """A decoded picture in grey; alpha is laid on a ground that contrasts with the ink."""

    def strips() -> Iterator[Strip]:
        """The picture strip by strip, so that no whole copy of it is made."""
        for rows in _rows(image.size):
            is_whole = rows.stop - rows.start == image.height
            if is_whole:
                yield rows, image
            else:
                yield rows, image.crop((0, rows.start, image.width, rows.stop))

    # Small grey pictures need no strips: nothing of them is copied twice.
    if image.mode == "L" and not image.info and image.width * image.height <= _STRIP_PX:
        return np.array(image)
    if image.mode.startswith("I") or image.mode == "F":

        def number_strips() -> Iterator[NumberStrip]:
            """The strips as arrays."""
            for rows, strip in strips():
                yield rows, np.asarray(strip)

        return _eight_bits(number_strips, image.size)
    has_alpha = image.mode in _ALPHA_MODES or "transparency" in image.info
    return _grey_of_strips(strips, image.size, has_alpha=has_alpha)


def grey_of_array(array: npt.NDArray[Any], mode: str | None = None) -> Grey:
    """An array (H, W) or (H, W, 1 to 4) in grey; `mode` is Pillow's name for its channels."""
    size = (array.shape[1], array.shape[0])
    if mode is None:
        array = eight_bits_of_array(array)
    if array.ndim == 2 or array.shape[2] == 1:
        return np.ascontiguousarray(array.reshape(array.shape[:2]))
    channels = mode or _ARRAY_MODES[array.shape[2]]

    def strips() -> Iterator[Strip]:
        for rows in _rows(size):
            pixels = np.ascontiguousarray(array[rows])
            shape = (size[0], len(pixels))
            yield rows, Image.frombuffer(channels, shape, pixels, "raw", channels, 0, 1)

    return _grey_of_strips(strips, size, has_alpha=channels in _ALPHA_MODES)


def upright(grey: Grey, orientation: int) -> Grey:
    """The page, rotated and mirrored by its EXIF orientation."""
    turn = _UPRIGHT.get(orientation)
    # 1 is upright already; cameras also write numbers that mean nothing.
    if turn is None:
        return grey
    turned = turn(grey)
    return np.asarray(turned, np.uint8)


def _rows(size: tuple[int, int]) -> Iterator[slice]:
    """The strips of a picture, from top to bottom."""
    width, height = size
    step = max(1, _STRIP_PX // max(1, width))
    for top in range(0, height, step):
        yield slice(top, min(height, top + step))


def _grey_of_strips(strips: Strips, size: tuple[int, int], *, has_alpha: bool) -> Grey:
    """The picture in grey, strip by strip, so that no copy of all of it is made."""
    grey = np.empty((size[1], size[0]), np.uint8)
    if has_alpha:
        return _on_contrasting_ground(strips, grey)
    for rows, strip in strips():
        grey[rows] = np.asarray(_light_of(strip))
    return grey


def _light_of(strip: Image.Image) -> Image.Image:
    """The strip's light (ITU-R 601), as Pillow has it."""
    if strip.mode == "L":
        return strip
    # From other modes, Pillow's light is only right by way of RGB.
    if strip.mode not in ("RGB", "1"):
        strip = strip.convert("RGB")
    return strip.convert("L")


def _on_contrasting_ground(strips: Strips, grey: Grey) -> Grey:
    """Alpha laid on white or black, whichever the visible part stands out from.

    Where most is visible it is a picture, and the ground is as light as it; else it is strokes,
    and the ground is the opposite.
    """
    opaque, weighted = 0, 0.0
    see_through = False
    for rows, strip in strips():
        light, alpha = _light_and_alpha(strip)
        grey[rows] = light
        see_through = see_through or int(alpha.min()) < WHITE
        opaque += int(alpha.sum(dtype=np.int64))
        weighted += float((light.astype(np.float32) * alpha).sum(dtype=np.float64))
    if not see_through:
        return grey
    if opaque == 0:
        grey[:] = WHITE
        return grey
    light_ink = weighted / opaque >= 128
    mostly_visible = opaque / (WHITE * grey.size) > 0.5
    blend = _blend_table(WHITE if light_ink == mostly_visible else 0)
    for rows, strip in strips():
        _, alpha = _light_and_alpha(strip)
        grey[rows] = blend[grey[rows].astype(np.uint16) * np.uint16(256) + alpha]
    return grey


def _light_and_alpha(strip: Image.Image) -> tuple[Grey, Grey]:
    """The strip's light, and how much of what lies behind shows through."""
    rgba = strip if strip.mode == "RGBA" else strip.convert("RGBA")
    light = np.asarray(rgba.convert("L"))
    alpha = np.asarray(rgba.getchannel("A"))
    return light, alpha


def _blend_table(ground: int) -> Grey:
    """For each grey and alpha (row 256 * grey + alpha), the grey that is seen."""
    levels = np.arange(256, dtype=np.float32)
    light = np.repeat(levels, 256)
    alpha = np.tile(levels, 256) / np.float32(WHITE)
    of_ground = np.float32(ground) * (1 - alpha)
    blended = np.round(light * alpha + of_ground)
    return blended.astype(np.uint8)


def eight_bits_of_array(array: npt.NDArray[Any]) -> Grey:
    """An array of any shape and type in 8 bits, with one value range for all of it."""
    if (
        array.dtype == np.uint8 and array.max(initial=0) > 1
    ):  # else it may be a mask of 0 and 1
        return array
    height, *others = array.shape
    across = int(np.prod(others))
    flat = array.reshape(height, across)
    size = (across, height)
    eight = _eight_bits(lambda: ((rows, flat[rows]) for rows in _rows(size)), size)
    return eight.reshape(array.shape)


def _eight_bits(
    strips: Callable[[], Iterator[NumberStrip]], size: tuple[int, int]
) -> Grey:
    """Masks, 16-bit, integer and float pixels in 8 bits, by the likeliest range that holds them."""
    lowest = np.inf
    largest = -np.inf
    whole = True
    for _, values in strips():
        whole = not np.issubdtype(values.dtype, np.floating)
        numbers = values if whole else _finite(values)
        lowest = min(lowest, float(numbers.min()))
        largest = max(largest, float(numbers.max()))
    value_range = range_of(lowest, largest, whole=whole)
    scale = 255 / (value_range.white - value_range.black)
    grey = np.empty((size[1], size[0]), np.uint8)
    # 16-bit pictures are common enough to have a table: ten times as fast.
    has_table = whole and value_range.black == 0 and largest < 65536
    table = np.round(np.arange(largest + 1 if has_table else 0) * scale).astype(
        np.uint8
    )
    for rows, values in strips():
        if has_table and np.issubdtype(values.dtype, np.unsignedinteger):
            grey[rows] = table[values]
        else:
            shades = (_finite(values) - value_range.black) * scale
            grey[rows] = np.round(np.clip(shades, 0, WHITE))
    return grey


def _finite(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """The values, with 0 for what is no number."""
    exact = values.astype(np.float64)
    return np.nan_to_num(exact, nan=0.0, posinf=0.0, neginf=0.0)
