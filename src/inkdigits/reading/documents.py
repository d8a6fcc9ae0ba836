"""A picture or document → its pages, one at a time: PDF, multi-page TIFF, or a single picture. The limits hold for each."""

import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from inkdigits.errors import MissingExtraError, NotAPictureError, PictureTooLargeError, SettingError
from inkdigits.reading import pictures
from inkdigits.reading.pictures import Limits, Page, Source

_ENOUGH_PX = 2000
_POINTS_AN_INCH = 72
_PDF_MARK = b"%PDF-"
_LOWEST_DPI, _HIGHEST_DPI = 20, 1200


def open_pages(
    source: Source, limits: Limits, pages: str | None = None, dpi: int = 200, password: str | None = None
) -> Iterator[tuple[int, Page]]:
    """Each page with its number from 1 on; `pages` takes some of them, as in "1,3-5"."""
    if not _LOWEST_DPI <= dpi <= _HIGHEST_DPI:
        raise SettingError(f"dpi is {dpi}: give dots an inch from {_LOWEST_DPI} to {_HIGHEST_DPI}")
    wanted = page_range(pages)
    if isinstance(source, np.ndarray | Image.Image):
        found = _single(source, limits)
    else:
        data, name = pictures.read_bytes(source, limits)
        found = _opened(data, name, limits, wanted, dpi, password)
    yield from _in_time(found, pictures.name_of(source), limits)


def page_range(text: str | None) -> list[range] | None:
    """ "1,3-5,9-" as ranges of page numbers; None for all."""
    if text is None:
        return None
    ranges = []
    for part in text.split(","):
        low, dash, high = part.strip().partition("-")
        if not low.isdigit() or int(low) < 1 or (high and not high.isdigit()) or (high and int(high) < int(low)):
            raise SettingError(f"pages is {text!r}: give numbers and ranges from 1 on, such as 1,3-5 or 2-")
        ranges.append(range(int(low), (int(high) if high else 10**9) + 1) if dash else range(int(low), int(low) + 1))
    return ranges


def _in_time(found: Iterator[tuple[int, Page]], name: str, limits: Limits) -> Iterator[tuple[int, Page]]:
    start = time.monotonic()
    for number, page in found:
        yield number, page
        if time.monotonic() - start > limits.max_seconds:
            raise PictureTooLargeError(
                f"{name} took more than {limits.max_seconds:g} s, at page {number}: name pages or raise Limits(max_seconds=…)"
            )


def _single(source: Source, limits: Limits) -> Iterator[tuple[int, Page]]:
    yield 1, pictures.open_page(source, limits, enough_px=_ENOUGH_PX)


def _opened(
    data: bytes, name: str, limits: Limits, wanted: list[range] | None, dpi: int, password: str | None
) -> Iterator[tuple[int, Page]]:
    if _PDF_MARK in data[:1024]:
        return _pdf_pages(data, name, limits, wanted, dpi, password)
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return _tiff_pages(data, name, limits, wanted)
    return _one(data, name, limits)


def _one(data: bytes, name: str, limits: Limits) -> Iterator[tuple[int, Page]]:
    yield 1, pictures.page_of_bytes(data, name, limits, _ENOUGH_PX)


def _chosen(count: int, name: str, limits: Limits, wanted: list[range] | None) -> list[int]:
    """The numbers of the pages that are there and wanted; more than the limit is refused before any is read."""
    numbers = [n for n in range(1, count + 1) if wanted is None or any(n in part for part in wanted)]
    if not numbers:
        raise SettingError(f"{name} has {count:,} pages, and none of those asked for: name pages from 1 to {count:,}")
    if len(numbers) > limits.max_pages:
        raise PictureTooLargeError(
            f"{name} has {len(numbers):,} pages, the limit is {limits.max_pages:,}: name some (1-{limits.max_pages}) "
            "or raise Limits(max_pages=…)"
        )
    return numbers


def _tiff_pages(data: bytes, name: str, limits: Limits, wanted: list[range] | None) -> Iterator[tuple[int, Page]]:
    with pictures.open_image(data, name, limits) as image:
        with pictures.broken_is_said(name):
            count = getattr(image, "n_frames", 1)
        for number in _chosen(count, name, limits, wanted):
            with pictures.broken_is_said(name):
                image.seek(number - 1)
            pictures.check_pixels(image.size, f"page {number} of {name}", limits)
            yield number, Page(pictures.decode(image, name))


def _pdf_pages(
    data: bytes, name: str, limits: Limits, wanted: list[range] | None, dpi: int, password: str | None
) -> Iterator[tuple[int, Page]]:
    document = _open_pdf(data, name, password)
    try:
        for number in _chosen(len(document), name, limits, wanted):
            yield number, Page(_render(document, number, name, limits, dpi))
    finally:
        document.close()


def count_pages(data: bytes, password: str | None = None) -> int:
    """How many pages a PDF has; a picture file counts as one."""
    if _PDF_MARK not in data[:1024]:
        return 1
    document = _open_pdf(data, "the document", password)
    try:
        return len(document)
    finally:
        document.close()


def _open_pdf(data: bytes, name: str, password: str | None) -> Any:
    try:
        import pypdfium2
    except ImportError:
        raise MissingExtraError("reading PDF files", "pdf") from None
    try:
        return pypdfium2.PdfDocument(io.BytesIO(data), password=password)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            way = "the password given is wrong" if password else "give its password"
            raise NotAPictureError(f"{name} is encrypted: {way} (--password, or read(password=…))") from None
        raise NotAPictureError(f"{name} is a broken PDF: get the whole file again") from None


def _render(document: Any, number: int, name: str, limits: Limits, dpi: int) -> pictures.Grey:
    import pypdfium2

    try:
        page = document[number - 1]
        width, height = (side * dpi / _POINTS_AN_INCH for side in page.get_size())
        pictures.check_pixels((round(width), round(height)), f"page {number} of {name} at {dpi} dpi", limits)
        bitmap = page.render(scale=dpi / _POINTS_AN_INCH, grayscale=True)
        grey = np.array(bitmap.to_numpy())
    except pypdfium2.PdfiumError as error:
        raise NotAPictureError(f"page {number} of {name} cannot be drawn ({error}): get the whole file again") from None
    return np.ascontiguousarray(grey.reshape(grey.shape[:2]))


def is_document(path: Path) -> bool:
    """Whether a file's name is that of a picture or document we read."""
    return path.suffix.lower() in _SUFFIXES


_PICTURES = ("png", "jpg", "jpeg", "jpe", "bmp", "gif", "webp", "ppm", "pgm", "pbm", "tga", "ico", "jp2", "mpo", "avif", "dib")
_SUFFIXES = frozenset(f".{name}" for name in (*_PICTURES, "tif", "tiff", "pdf", "heic", "heif"))
