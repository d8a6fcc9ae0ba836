"""Pages of documents as pictures that every browser can show.

PDF, TIFF, HEIC and JPEG 2000 files are rendered here.
"""

import io
from contextlib import closing
from dataclasses import dataclass

from PIL import Image

from inkdigits.errors import InkdigitsError
from inkdigits.reading.input.documents import each_page
from inkdigits.reading.input.limits import Limits

MEDIA_TYPE = "image/jpeg"


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is shown."""

    # Pixels of its longer side: enough to check a digit on a large screen.
    longest_px: int = 1600
    # JPEG's quality: a page of paper has about 150 kB.
    quality: int = 80
    # Dots per inch for PDF pages: an A4 page then has 1,750 pixels.
    dpi: int = 150


def page_picture(
    data: bytes, number: int, limits: Limits, look: Look = Look()
) -> bytes:
    """The page with this number as a grey JPEG, in the orientation of the file."""
    pages = each_page(data, limits, str(number), look.dpi)
    with closing(pages) as opened:
        page = next(opened).page
        if isinstance(page, InkdigitsError):
            raise page
        picture = Image.fromarray(page.grey)
        # Only ever made smaller.
        longest = look.longest_px
        picture.thumbnail((longest, longest))
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=look.quality)
    return out.getvalue()
