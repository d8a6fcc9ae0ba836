"""Limits on the memory and time of one picture or document, checked in advance."""

from dataclasses import dataclass

from inkdigits.errors import NotAPictureError, PictureTooLargeError

MIB = 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits for one picture or document. Exceeding one raises a PictureError."""

    # Bytes of a file; a stream is not read beyond this.
    max_bytes: int = 64 * MIB
    # Pixels of a page before it is decoded: A3 at 600 dpi has 70 million.
    max_pixels: int = 80_000_000
    # Pixels of the longer side: OpenCV's warp functions use 16-bit coordinates.
    max_side: int = 32_767
    # The longer side divided by the shorter: a line of forty digits has 40, a strip of film 25.
    max_aspect: int = 200
    # Bytes of memory for decoding a page, estimated from its pixels and its format.
    max_decoding_memory: int = 2048 * MIB
    # Pages to be read from a document.
    max_pages: int = 200
    # Seconds for a whole document, including reading; checked before each page.
    max_seconds: float = 300.0
    # Seconds to open a PDF or to render one of its pages: a dense map takes about five.
    max_page_seconds: float = 20.0
    # Bytes of memory for a process that renders PDF pages: a page of 80 million pixels with a
    # colour photo of that size takes 600 MiB.
    max_pdf_memory: int = 768 * MIB
    # Seconds to download a picture from a web address, including redirects.
    max_download_seconds: float = 30.0
    # Whether web addresses on this machine or in private networks are allowed. An address from a
    # stranger could otherwise reach what only this machine can reach.
    allow_private_addresses: bool = False


def check_size(size: tuple[int, int], name: str, limits: Limits) -> None:
    """Refuse a page of (width, height) that is empty, too large or too narrow."""
    width, height = size
    longer = max(size)
    shorter = min(size)
    if shorter <= 0:
        reason = f"{name} has no pixels ({width}×{height})"
        raise NotAPictureError(f"{reason}: give a picture that is not empty")
    if width * height > limits.max_pixels:
        raise PictureTooLargeError(
            f"{name} has {width}×{height} = {width * height:,} pixels, "
            f"the limit is {limits.max_pixels:,}: scale it down or raise Limits(max_pixels=…)"
        )
    if longer > limits.max_side:
        raise PictureTooLargeError(
            f"{name} has {width}×{height} pixels, the limit for a side is {limits.max_side:,}: "
            "cut it into parts or raise Limits(max_side=…)"
        )
    if longer > limits.max_aspect * shorter:
        raise NotAPictureError(
            f"{name} has {width}×{height} pixels, more than {limits.max_aspect} times as long "
            "as wide: give a picture with room for a digit"
        )
