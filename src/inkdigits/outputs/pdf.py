"""Readings as a searchable PDF: greyscale pages with invisible text."""

import io
from pathlib import Path
from typing import Any

from PIL import Image

from inkdigits.errors import MissingExtraError
from inkdigits.formats.drawing import upright_page
from inkdigits.reading.input.pages import Page
from inkdigits.reading.results import Line, PageReading, Reading

_POINTS_AN_INCH = 72  # by the PDF standard
_DPI = 200  # of a picture, when nothing else is known
_JPEG_QUALITY = 85
_FONT = "helvetica"
_ENCODING = "windows-1252"  # which has the sign of the euro


class PdfWriter:
    """A document that pages are added to."""

    def __init__(self, path: Path, password: str | None = None) -> None:
        try:
            from fpdf import FPDF
            from fpdf.enums import TextMode
        except ImportError:
            raise MissingExtraError("a searchable .pdf file", "forms") from None
        self._path = path
        self._password = password
        self._pdf: Any = FPDF(unit="pt")
        self._pdf.core_fonts_encoding = _ENCODING
        self._pdf.set_margin(0)
        self._pdf.set_auto_page_break(False)
        self._unseen = TextMode.INVISIBLE

    def add(self, name: str, found: Reading) -> None:
        dpi = found.picture.dpi if found.picture else _DPI
        for page in found.pages:
            opened = upright_page(found, page, password=self._password)
            self._add_page(page, opened, _POINTS_AN_INCH / dpi)

    def _add_page(self, page: PageReading, opened: Page, points_a_pixel: float) -> None:
        """The picture, with its numbers as text that can be searched."""
        width = page.width * points_a_pixel
        height = page.height * points_a_pixel
        picture = _as_jpeg(opened)
        self._pdf.add_page(format=(width, height))
        self._pdf.image(picture, x=0, y=0, w=width, h=height)
        # Unseen, because the picture shows the numbers already.
        with self._pdf.local_context(text_mode=self._unseen):
            for line in page.lines:
                self._write(line, points_a_pixel)

    def _write(self, line: Line, points_a_pixel: float) -> None:
        """The text as wide and as high as the number stands on the page."""
        box = line.box
        height = max(1.0, (box.bottom - box.top) * points_a_pixel)
        width = max(1.0, (box.right - box.left) * points_a_pixel)
        self._pdf.set_font(_FONT, size=height)
        self._pdf.set_stretching(100)
        self._pdf.set_stretching(100 * width / self._pdf.get_string_width(line.text))
        self._pdf.text(
            box.left * points_a_pixel, box.bottom * points_a_pixel, line.text
        )

    def close(self) -> None:
        """Write the document."""
        self._pdf.output(str(self._path))


def _as_jpeg(page: Page) -> io.BytesIO:
    """The page's picture, small enough for a document of many."""
    out = io.BytesIO()
    picture = Image.fromarray(page.grey)
    picture.save(out, "JPEG", quality=_JPEG_QUALITY)
    return out
