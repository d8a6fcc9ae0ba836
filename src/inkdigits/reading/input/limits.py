"""What one picture or document may cost, checked before it is spent."""

from dataclasses import dataclass

from inkdigits.errors import NotAPictureError, PictureTooLargeError

MIB = 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """What is read at most. A picture or document beyond a limit is refused with a PictureError."""

    # Bytes of a file; no more than these are taken from a stream.
    max_bytes: int = 64 * MIB
    # Pixels of a page before it is decoded: A3 at 600 dpi has 70 million.
    max_pixels: int = 80_000_000
    # Pixels of the longer side: OpenCV's warps count pixels in 16 bits.
    max_side: int = 32_767
    # The longer side over the shorter: a line of forty digits has 40, a strip of film 25.
    max_aspect: int = 200
    # Bytes of memory to decode a page, as estimated from its pixels and its format.
    max_decoding_memory: int = 2048 * MIB
    # Pages of a document that are asked for.
    max_pages: int = 200
    # Seconds for a whole document, reading included; looked at before each page.
    max_seconds: float = 300.0
    # Seconds to open a PDF or to draw one of its pages: a dense map takes about five.
    max_page_seconds: float = 20.0
    # Bytes of memory that a process which draws PDF pages may hold: a page of 80 million pixels and
    # a colour photo as large take 600 MiB.
    max_pdf_memory: int = 768 * MIB
    # Seconds for a picture to come from a web address, redirects included.
    max_download_seconds: float = 30.0
    # Whether web addresses may lead to this machine or to private networks. Where they come from
    # somebody else, they would reach what only this machine can.
    allow_private_addresses: bool = False


def check_size(size: tuple[int, int], name: str, limits: Limits) -> None:
    """Refuse a page of (width, height) with too many pixels, none, or the shape of a thread."""
    width, height = size
    longer = max(size)
    shorter = min(size)
    if shorter <= 0:
        reason = f"{name} has no pixels ({width}×{height})"
        raise NotAPictureError(f"{reason}: give a picture with some")
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
