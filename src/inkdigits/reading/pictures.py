"""Whatever the user has → one upright page of grey. Decoded once, here, with Pillow; the limits live here too."""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from inkdigits.errors import MissingExtraError, NotAPictureError, PictureTooLargeError

Grey: TypeAlias = npt.NDArray[np.uint8]
Source: TypeAlias = "str | Path | bytes | BinaryIO | Image.Image | npt.NDArray[Any]"

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM", "TGA", "ICO", "JPEG2000", "MPO", "AVIF", "DIB")
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_DECODER_ERRORS = (
    OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, IndexError, KeyError, TypeError,
    AttributeError, OverflowError, RuntimeError, MemoryError,
)  # fmt: skip
_WHITE = 255


@dataclass(frozen=True, slots=True)
class Limits:
    """What is read at most: 64 MiB of file, 80 million pixels a page (A3 at 600 dpi), 200 pages, 300 seconds a document.

    Bytes, pixels and pages are checked before anything is decoded.
    """

    max_bytes: int = 64 * 1024 * 1024
    max_pixels: int = 80_000_000
    max_pages: int = 200
    max_seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class Page:
    """An upright page of grey; `scale` turns its pixels into those of the picture the user gave."""

    grey: Grey
    scale: float = 1.0


def open_grey(source: Source, limits: Limits | None = None) -> Grey:
    """The picture (its first page or frame) upright and grey, alpha laid on a ground that contrasts with the ink."""
    return open_page(source, limits).grey


def open_page(source: Source, limits: Limits | None = None, *, enough_px: int | None = None) -> Page:
    """Like `open_grey`; a JPEG much larger than `enough_px` is decoded at an eighth to a half of its size, which is faster."""
    limits = limits or Limits()
    if isinstance(source, np.ndarray):
        return Page(_grey_of_array(source, limits))
    if isinstance(source, Image.Image):
        check_pixels(source.size, "the picture", limits)
        return Page(decode(source, "the picture"))
    data, name = read_bytes(source, limits)
    return page_of_bytes(data, name, limits, enough_px)


def page_of_bytes(data: bytes, name: str, limits: Limits, enough_px: int | None = None) -> Page:
    """A picture file's content as a page."""
    with open_image(data, name, limits) as image:
        full = max(image.size)
        if enough_px and full > 2 * enough_px:
            image.draft("L" if image.mode == "L" else None, (enough_px, enough_px))
        grey = decode(image, name)
    return Page(grey, full / max(grey.shape))


def name_of(source: Source) -> str:
    """What to call a source in a message or a result."""
    if isinstance(source, str | Path):
        return str(source)
    return str(getattr(source, "name", "") or "the picture")


def read_bytes(source: Any, limits: Limits) -> tuple[bytes, str]:
    name = name_of(source)
    if isinstance(source, str | Path):
        data = _read_file(Path(source), limits)
    elif isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
    elif hasattr(source, "read"):
        data = source.read(limits.max_bytes + 1)
    else:
        kind = type(source).__name__
        raise NotAPictureError(f"cannot read a picture from {kind}: give a path, bytes, file, PIL image or array")
    if not data:
        raise NotAPictureError(f"{name} is empty (0 bytes): give a picture file")
    if len(data) > limits.max_bytes:
        raise PictureTooLargeError(
            f"{name} has more than {limits.max_bytes:,} bytes: give a smaller file or raise Limits(max_bytes=…)"
        )
    return data, name


def _read_file(path: Path, limits: Limits) -> bytes:
    if path.is_dir():
        raise NotAPictureError(f"{path} is a folder, not a picture: name the files in it, as in {path}/*.png")
    try:
        size = path.stat().st_size
        if size > limits.max_bytes:
            raise PictureTooLargeError(
                f"{path} has {size:,} bytes, the limit is {limits.max_bytes:,}: give a smaller file or raise Limits(max_bytes=…)"
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise NotAPictureError(f"{path} does not exist: check the name") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise NotAPictureError(f"{path} cannot be read ({reason}): check the name and the rights") from None


def open_image(data: bytes, name: str, limits: Limits) -> Image.Image:
    try:
        image = _open_heic(data) if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS else _open_known(data)
    except Image.DecompressionBombError:
        raise PictureTooLargeError(f"{name} has far more than {limits.max_pixels:,} pixels: scale it down") from None
    except _DECODER_ERRORS:
        raise NotAPictureError(
            f"{name} is not a picture that can be read: give a PNG, JPEG, TIFF, BMP, GIF or WebP file"
        ) from None
    check_pixels(image.size, name, limits)
    return image


def _open_known(data: bytes) -> Image.Image:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Image.open(io.BytesIO(data), formats=FORMATS)


def _open_heic(data: bytes) -> Image.Image:
    try:
        import pillow_heif
    except ImportError:
        raise MissingExtraError("reading HEIC pictures", "heic") from None
    image: Image.Image = pillow_heif.open_heif(io.BytesIO(data)).to_pillow()
    return image


def check_pixels(size: tuple[int, int], name: str, limits: Limits) -> None:
    width, height = size
    if width * height > limits.max_pixels:
        raise PictureTooLargeError(
            f"{name} has {width}×{height} = {width * height:,} pixels, the limit is {limits.max_pixels:,}: "
            "scale it down or raise Limits(max_pixels=…)"
        )
    if width * height == 0:
        raise NotAPictureError(f"{name} has no pixels ({width}×{height}): give a picture with some")


def decode(image: Image.Image, name: str) -> Grey:
    with broken_is_said(name):
        return _to_grey(_upright(image))


@contextmanager
def broken_is_said(name: str) -> Iterator[None]:
    """Whatever a decoder raises over a broken file is a NotAPictureError."""
    try:
        yield
    except _DECODER_ERRORS as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise NotAPictureError(f"{name} is a broken picture ({reason}): get the whole file again") from None


def _upright(image: Image.Image) -> Image.Image:
    image.load()
    if image.format == "PNG" and not image.info:
        return image
    return ImageOps.exif_transpose(image) if image.getexif() else image


def _to_grey(image: Image.Image) -> Grey:
    if image.mode.startswith("I") or image.mode == "F":
        return _eight_bits(np.asarray(image))
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        return _on_contrasting_ground(np.asarray(image.convert("RGBA")))
    if image.mode not in ("L", "RGB"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    return np.array(image if image.mode == "L" else image.convert("L"))


def _on_contrasting_ground(rgba: Grey) -> Grey:
    """Alpha laid on white or black: whichever the visible part, if it is only strokes, stands out from."""
    grey = np.array(Image.fromarray(np.ascontiguousarray(rgba[..., :3])).convert("L")).astype(np.float32)
    alpha = rgba[..., 3].astype(np.float32) / _WHITE
    visible = float(alpha.mean())
    if visible == 0:
        return np.full(grey.shape, _WHITE, np.uint8)
    shade = float((grey * alpha).sum() / alpha.sum())
    light = shade >= 128
    ground = _WHITE if light == (visible > 0.5) else 0
    return np.round(grey * alpha + ground * (1 - alpha)).astype(np.uint8)


def _eight_bits(values: npt.NDArray[Any]) -> Grey:
    """16-bit, integer and float pixels → 8 bits, by the narrowest usual range that holds them."""
    numbers = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    numbers -= min(0.0, float(numbers.min()))
    largest = float(numbers.max())
    whole = not np.issubdtype(values.dtype, np.floating)
    ranges = (255, 1023, 4095, 65535) if whole else (1, 255, 65535)
    top = next((bound for bound in ranges if largest <= bound), largest)
    return np.round(numbers * (255 / top)).astype(np.uint8)


def _grey_of_array(array: npt.NDArray[Any], limits: Limits) -> Grey:
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 2, 3, 4)):
        raise NotAPictureError(f"an array of shape {array.shape} is no picture: give (H, W) or (H, W, 1 to 4)")
    if array.dtype == object or not (np.issubdtype(array.dtype, np.number) or array.dtype == np.bool_):
        raise NotAPictureError(f"an array of {array.dtype} is no picture: give numbers, such as uint8")
    check_pixels((array.shape[1], array.shape[0]), "the array", limits)
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * _WHITE
    bytes_ = array if array.dtype == np.uint8 else _eight_bits(array)
    if bytes_.ndim == 2 or bytes_.shape[2] == 1:
        return np.ascontiguousarray(bytes_.reshape(bytes_.shape[:2]))
    modes = {2: "LA", 3: "RGB", 4: "RGBA"}
    return _to_grey(Image.fromarray(np.ascontiguousarray(bytes_), modes[bytes_.shape[2]]))
