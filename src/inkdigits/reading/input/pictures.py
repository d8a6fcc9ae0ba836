"""A picture → one upright grey page. Decoded once, here, with Pillow."""

import io
import math
import re
import struct
import time
import warnings
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager

from PIL import Image

from inkdigits.errors import NotAPictureError, PictureTooLargeError
from inkdigits.reading.input import heic, jpeg2000
from inkdigits.reading.input.arrays import as_array, grey_of_one
from inkdigits.reading.input.decoding_memory import check_memory, decoding_bytes
from inkdigits.reading.input.grey import grey_of_image, upright
from inkdigits.reading.input.limits import Limits, check_size
from inkdigits.reading.input.memory_budget import Share, budget
from inkdigits.reading.input.pages import Grey, Page
from inkdigits.reading.input.sources import Source, read_bytes

# Pillow opens MPO as JPEG; to name it here would end the search for what comes after.
FORMATS = (
    "PNG",
    "JPEG",
    "BMP",
    "GIF",
    "TIFF",
    "WEBP",
    "PPM",
    "TGA",
    "ICO",
    "JPEG2000",
    "AVIF",
    "DIB",
)
# What decoders raise over broken files.
_DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    zlib.error,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    RuntimeError,
    MemoryError,
)
# By the standards of EXIF and TIFF.
_ORIENTATION_TAG = 0x0112
# By the standard of TIFF.
_TILE_WIDTH_TAG, _TILE_LENGTH_TAG = 322, 323
# Scans of a JPEG: cameras and tools write up to ten, and each costs a pass over all its pixels.
_MOST_SCANS = 100
# Pixels of an icon: the usual ones have up to 256×256.
_MOST_ICON_PX = 4_000_000
_PNG_MARK = b"\x89PNG\r\n\x1a\n"
_ICON_MARK = b"\0\0\1\0"
_SCAN_MARK = b"\xff\xda"


def open_grey(source: Source, limits: Limits | None = None) -> Grey:
    """The picture (its first page or frame), upright and grey."""
    page = open_page(source, limits)
    page.release()  # from here on the caller counts it
    return page.grey


def open_page(
    source: Source,
    limits: Limits | None = None,
    *,
    enough_px: int | None = None,
) -> Page:
    """Like `open_grey`, with the scale; the page holds its share of memory until it is released.

    A JPEG whose longer side is more than twice `enough_px` is decoded at an eighth to a half of its
    size, which is faster.
    """
    limits = limits or Limits()
    array = as_array(source)
    if array is not None:
        return Page(grey_of_one(array, limits))
    if isinstance(source, Image.Image):
        check_size(source.size, "the picture", limits)
        return Page(decode(source, "the picture"))
    data, name = read_bytes(source, limits)
    return page_of_bytes(
        data, name, limits, enough_px, time.monotonic() + limits.max_seconds
    )


def page_of_bytes(
    data: bytes,
    name: str,
    limits: Limits,
    enough_px: int | None = None,
    deadline: float = math.inf,
) -> Page:
    """A picture file's content as a page; until the deadline it waits for memory."""
    if heic.is_heic(data):
        return _heic_page(data, name, limits, deadline)
    return page_of_file(io.BytesIO(data), name, limits, enough_px, deadline)


def page_of_file(
    file: io.BytesIO,
    name: str,
    limits: Limits,
    enough_px: int | None = None,
    deadline: float = math.inf,
) -> Page:
    """A picture file, held in memory, as a page."""
    image = _open_image(file, name, limits)
    full_px = max(image.size)
    needed = decoding_bytes(image.width * image.height, image.format or "")
    if enough_px and full_px > 2 * enough_px:
        image.draft("L" if image.mode == "L" else None, (enough_px, enough_px))
        if "progressive" not in image.info:  # whose coefficients are kept in full
            needed = decoding_bytes(image.width * image.height, image.format or "")
    check_memory(needed, name, limits)
    is_apart = (
        image.format == "JPEG2000" and image.width * image.height > jpeg2000.INLINE_PX
    )
    if is_apart:
        needed += jpeg2000.PROCESS_BYTES
    with _decoding(image.size, needed, deadline) as share:
        with closing(image):
            data = file.getvalue()
            apart = jpeg2000.decode_apart(data, name, deadline) if is_apart else None
            grey = decode(image, name) if apart is None else apart
        del image
        return _page(grey, full_px / max(grey.shape), share)


def _heic_page(data: bytes, name: str, limits: Limits, deadline: float) -> Page:
    """A HEIC file as a page. Its size is checked before it is decoded."""
    with _unknown_is_said(name, limits):
        image = heic.open_image(data)
    check_size(image.size, name, limits)
    needed = decoding_bytes(image.size[0] * image.size[1], "HEIC")
    check_memory(needed, name, limits)
    with _decoding(image.size, needed, deadline) as share:
        with _broken_is_said(name):
            grey = heic.decode(image)
        del image
        return _page(grey, 1.0, share)


@contextmanager
def _decoding(size: tuple[int, int], needed: int, deadline: float) -> Iterator[Share]:
    """The share of memory that a picture may be decoded in, given back where that fails."""
    share = budget.for_picture(size, needed, deadline)
    try:
        yield share
    except BaseException:
        share.release()
        raise


def _page(grey: Grey, scale: float, share: Share) -> Page:
    """The page; of its memory, only the grey pixels are still needed."""
    grey_bytes = grey.size
    share.shrink(grey_bytes)
    return Page(grey, scale, share)


def _open_image(file: io.BytesIO, name: str, limits: Limits) -> Image.Image:
    """A picture's head: all its sizes are known, and allowed, before any pixel is decoded."""
    data = file.getvalue()
    # Pillow decodes icons as it opens them.
    if data.startswith(_ICON_MARK):
        _check_icon(data, name)
    with _unknown_is_said(name, limits), warnings.catch_warnings():
        # Pillow warns of what is refused below.
        warnings.simplefilter("ignore")
        image = Image.open(file, formats=FORMATS)
    check_size(image.size, name, limits)
    kind = image.format
    if kind == "TIFF":
        _check_tile(image, name, limits)
    elif kind in ("JPEG", "MPO"):
        _check_scans(data, name)
    return image


@contextmanager
def _unknown_is_said(name: str, limits: Limits) -> Iterator[None]:
    """Turn any error of a decoder that cannot open a file into a PictureError."""
    try:
        yield
    except Image.DecompressionBombError:
        reason = f"{name} has far more than {limits.max_pixels:,} pixels"
        raise PictureTooLargeError(f"{reason}: scale it down") from None
    except _DECODER_ERRORS:
        way = "give a PNG, JPEG, TIFF, BMP, GIF or WebP file"
        raise NotAPictureError(
            f"{name} is not a picture that can be read: {way}"
        ) from None


def _check_icon(data: bytes, name: str) -> None:
    """Refuse icons that are unusually large."""
    for width, height in _icon_sizes(data):
        if width * height > _MOST_ICON_PX:
            reason = f"{name} is an icon of {width}×{height} pixels"
            most = f"the limit for icons is {_MOST_ICON_PX:,}"
            raise PictureTooLargeError(f"{reason}, {most}: save it as a PNG")


def _icon_sizes(data: bytes) -> Iterator[tuple[int, int]]:
    """The sizes in an icon's pictures themselves; its own table only knows sides up to 256."""
    count = int.from_bytes(data[4:6], "little")
    for place in range(6, min(6 + 16 * count, len(data) - 15), 16):
        (start,) = struct.unpack_from("<I", data, place + 12)
        head = data[start : start + 24]
        if len(head) < 24:
            continue
        if head.startswith(_PNG_MARK):
            yield struct.unpack_from(">II", head, 16)
            continue
        has_short_head = head[0] == 12
        width, height = struct.unpack_from("<HH" if has_short_head else "<ii", head, 4)
        yield abs(width), abs(height) // 2  # the mask is stacked on the colours


def _check_tile(image: Image.Image, name: str, limits: Limits) -> None:
    """Refuse large TIFF tiles: a tile is decoded as a whole, however small the picture is."""
    tags = getattr(image, "tag_v2", {})
    width = tags.get(_TILE_WIDTH_TAG)
    length = tags.get(_TILE_LENGTH_TAG)
    if isinstance(width, int) and isinstance(length, int):
        check_size((width, length), f"a tile of {name}", limits)


def _check_scans(data: bytes, name: str) -> None:
    """Refuse a JPEG with many scans, which may take minutes despite its small size."""
    if data.count(_SCAN_MARK) <= _MOST_SCANS:
        return
    scans = 0
    place = 2
    marker = re.compile(
        rb"\xff[\x01-\xcf\xd8-\xfe]"
    )  # neither stuffed bytes nor restarts
    while (match := marker.search(data, place)) is not None:
        kind = data[match.start() + 1]
        place = match.end()
        if kind == 0xD9:  # the end: what follows is not decoded
            return
        if kind != 0xD8:
            place += int.from_bytes(data[place : place + 2], "big")
        scans += kind == 0xDA
        if scans > _MOST_SCANS:
            reason = f"{name} is a JPEG of more than {_MOST_SCANS} scans"
            raise NotAPictureError(f"{reason}: save it again as a usual one")


def decode(image: Image.Image, name: str) -> Grey:
    """An open picture's pixels, upright and grey."""
    with _broken_is_said(name):
        image.load()
        orientation = 1
        # A PNG that says nothing else has no EXIF either.
        is_plain = image.format == "PNG" and not image.info
        if not is_plain:
            orientation = image.getexif().get(_ORIENTATION_TAG, 1)
        grey = grey_of_image(image)
        return upright(grey, orientation)


@contextmanager
def _broken_is_said(name: str) -> Iterator[None]:
    """Turn any error of a decoder on a broken file into a NotAPictureError."""
    try:
        yield
    except _DECODER_ERRORS as error:
        # Some of these errors come without a text.
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        message = (
            f"{name} is a broken picture ({reason}): download the whole file again"
        )
        raise NotAPictureError(message) from None
