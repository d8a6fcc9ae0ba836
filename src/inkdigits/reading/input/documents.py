"""A picture or document → its pages, one at a time: PDF, multi-page TIFF, or a single picture."""

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from PIL import Image

from inkdigits.errors import (
    BusyError,
    InkdigitsError,
    NotAPictureError,
    PictureTooLargeError,
    SettingError,
)
from inkdigits.reading.input.arrays import as_array
from inkdigits.reading.input.limits import Limits
from inkdigits.reading.input.page_numbers import PageNumbers
from inkdigits.reading.input.pages import Page
from inkdigits.reading.input.pdf import PdfPages, is_pdf
from inkdigits.reading.input.pictures import open_page, page_of_bytes
from inkdigits.reading.input.sources import Source, name_of, read_bytes
from inkdigits.reading.input.tiff import TiffPages, is_tiff

# Pixels of the longer side that reading can use; larger JPEGs are decoded smaller.
_ENOUGH_PX = 2000
# At lower dpi, digits are a few pixels high; at higher dpi, pages exceed the limits.
_LOWEST_DPI, _HIGHEST_DPI = 20, 1200
# Consecutive pages that may fail before the rest of a document is skipped: a few hundred bytes may
# claim twenty thousand pages.
_MOST_FAILED_IN_A_ROW = 10


@dataclass(frozen=True, slots=True)
class NumberedPage:
    """A page of a document of `count` pages, or the error that says why it cannot be read."""

    number: int
    count: int
    page: Page | InkdigitsError


class _Document(Protocol):
    """What gives pages by number, from 1 on."""

    def __len__(self) -> int: ...
    def page(self, number: int, deadline: float) -> Page:
        """A page by its number, from 1 on."""
        ...

    def close(self) -> None: ...


def open_pages(
    source: Source,
    limits: Limits,
    pages: str | None = None,
    dpi: int = 200,
    password: str | None = None,
) -> Generator[tuple[int, Page], None, None]:
    """Each page with its number from 1 on; `pages` takes some of them, as in "1,3-5"."""
    with closing(each_page(source, limits, pages, dpi, password)) as outcomes:
        for numbered in outcomes:
            if isinstance(numbered.page, InkdigitsError):
                raise numbered.page
            numbered.page.release()  # from here on the caller counts it
            yield numbered.number, numbered.page


def each_page(
    source: Source,
    limits: Limits,
    pages: str | None = None,
    dpi: int = 200,
    password: str | None = None,
) -> Generator[NumberedPage, None, None]:
    """Like `open_pages`, but a page that cannot be read yields its error.

    A page holds its share of memory until the next one is asked for, unless it is released before.
    """
    if not _LOWEST_DPI <= dpi <= _HIGHEST_DPI:
        raise SettingError(
            f"dpi is {dpi}: give dots per inch from {_LOWEST_DPI} to {_HIGHEST_DPI}"
        )
    wanted = PageNumbers.parse(pages)
    deadline = time.monotonic() + limits.max_seconds
    name = name_of(source)
    failed_in_a_row = 0
    waited_s = 0.0  # for what others used
    with closing(_open(source, limits, dpi, password, deadline)) as document:
        count = len(document)
        for number in wanted.of(count, name, limits):
            if failed_in_a_row == _MOST_FAILED_IN_A_ROW:
                yield NumberedPage(number, count, _given_up(number, name))
                return
            _check_time(deadline, waited_s, number, name, limits)
            page = _page(document, number, deadline)
            failed_in_a_row = (
                failed_in_a_row + 1 if isinstance(page, InkdigitsError) else 0
            )
            try:
                yield NumberedPage(number, count, page)
            finally:
                if isinstance(page, Page):
                    page.release()
                    waited_s += page.waited_s
                del page  # its pixels go before the next page's come


def _page(document: _Document, number: int, deadline: float) -> Page | InkdigitsError:
    try:
        return document.page(number, deadline)
    except InkdigitsError as error:
        return error


def _given_up(number: int, name: str) -> InkdigitsError:
    reason = f"the {_MOST_FAILED_IN_A_ROW} pages before it could not be drawn"
    return NotAPictureError(f"{name} is not read from page {number:,} on: {reason}")


def _check_time(
    deadline: float, waited_s: float, number: int, name: str, limits: Limits
) -> None:
    """Refuse a document that takes too long. Waiting for others does not count as its own time."""
    late_s = time.monotonic() - deadline
    if late_s >= waited_s:
        reason = f"{name} took more than {limits.max_seconds:g} s, at page {number}"
        raise PictureTooLargeError(
            f"{reason}: name pages or raise Limits(max_seconds=…)"
        )
    if late_s >= 0:  # without the others it would have been in time
        raise BusyError(
            f"{name} could not be read in time, because others were being read: try again later"
        )


def _open(
    source: Source,
    limits: Limits,
    dpi: int,
    password: str | None,
    deadline: float,
) -> _Document:
    """The pages of a source, whatever kind it is."""
    if isinstance(source, Image.Image) or as_array(source) is not None:
        return _SinglePage(open_page(source, limits, enough_px=_ENOUGH_PX))
    data, name = read_bytes(source, limits)
    if is_pdf(data):
        return PdfPages(data, name, limits, dpi, password)
    if is_tiff(data):
        return TiffPages(data, name, limits)
    return _SinglePage(page_of_bytes(data, name, limits, _ENOUGH_PX, deadline))


class _SinglePage:
    """A picture as a document of one page."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def __len__(self) -> int:
        return 1

    def page(self, number: int, deadline: float) -> Page:
        return self._page

    def close(self) -> None:
        """Nothing is held."""
