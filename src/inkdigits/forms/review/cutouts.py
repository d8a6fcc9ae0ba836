"""Pictures of fields for people to look at: upright, with a little of what is around them."""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.errors import InkdigitsError
from inkdigits.forms.pages import SeenPage
from inkdigits.forms.records import Source
from inkdigits.forms.review.pile import Key, Pile
from inkdigits.forms.template import PageTemplate, Rect
from inkdigits.reading.input.pages import Page

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CutOutSettings:
    """How fields are cut out; lengths in millimetres of the form."""

    margin: float = 4.0  # around a field: enough to see whose ink reaches into it
    around: float = 32.0  # above and below it where its surroundings are asked for
    px_per_mm: float = 10.0  # 254 dots an inch: what scans have, a little enlarged
    wide_px_per_mm: float = 6.0
    # Of the JPEG: strokes without fringes, at a tenth of a PNG's size
    quality: int = 88
    # Decoded pages that are kept: neighbours in the queue are mostly of one page
    pages: int = 4
    pictures: int = 400  # cut-outs that are kept, of about 20 KB


CUT_OUTS = CutOutSettings()
# Blue, green, red (OpenCV's order) of the frame around the field.
_BLUE = (200, 80, 30)


class CutOuts:
    """Cut-outs of a pile's fields; those that come next are made ahead, on a thread."""

    def __init__(self, pile: Pile, settings: CutOutSettings = CUT_OUTS) -> None:
        self._pile = pile
        self._settings = settings
        self._pages: OrderedDict[Source, Page] = OrderedDict()
        self._loading = threading.Lock()
        self._made: OrderedDict[tuple[Key, bool], bytes] = OrderedDict()
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="cut-outs")

    def picture(self, key: Key, wide: bool = False) -> bytes:
        """A JPEG of the field, or of the page's part around it.

        PictureError where the scan cannot be had any more.
        """
        made = self._made.get((key, wide))
        if made is None:
            made = self._cut(key, wide)
            self._made[key, wide] = made
            while len(self._made) > self._settings.pictures:
                self._made.popitem(last=False)
        return made

    def prepare(self, keys: Iterable[Key]) -> "Future[None]":
        """Make these ahead."""
        # A list: what is given may change before the thread comes to it.
        listed = list(keys)
        return self._ahead.submit(self._prepare, listed)

    def page(self, key: Key) -> tuple[Page, SeenPage, PageTemplate]:
        """The picture a field stands on, what was seen on it, and the page of the form."""
        sheets = self._pile.sheets(key)
        form = sheets.form
        number = form.fields[key.field].page
        template = form.pages[number - 1]
        source, seen = sheets.pages[number]
        page = self._opened(source)
        return page, seen, template

    def stop(self) -> None:
        self._ahead.shutdown(wait=True, cancel_futures=True)

    def _prepare(self, keys: list[Key]) -> None:
        for key in keys:
            # Who asks for it is told why it cannot be had.
            with suppress(InkdigitsError):
                self.picture(key)

    def _opened(self, source: Source) -> Page:
        with self._loading:
            page = self._pages.pop(source, None) or self._pile.open_page(source)
            self._pages[source] = page
            while len(self._pages) > self._settings.pages:
                self._pages.popitem(last=False)
            return page

    def _cut(self, key: Key, wide: bool) -> bytes:
        page, seen, template = self.page(key)
        field = self._pile.field(key)
        settings = self._settings
        if not seen.corners:  # read by a version that did not keep them
            return _jpeg(_by_box(page, seen.fields[key.field].box), settings)
        matrix = to_page(seen, page, template)
        if not wide:
            return _jpeg(
                _part(
                    page,
                    matrix,
                    _grown(field.box, settings.margin, template),
                    settings.px_per_mm,
                ),
                settings,
            )
        width, height = template.size
        box = field.box
        around = Rect(
            0,
            max(0.0, box.top - settings.around),
            width,
            min(height, box.bottom + settings.around),
        )
        picture = _part(page, matrix, around, settings.wide_px_per_mm)
        return _jpeg(
            _marked(picture, field.box, around, settings.wide_px_per_mm), settings
        )


def to_page(seen: SeenPage, page: Page, template: PageTemplate) -> Matrix:
    """From the form's millimetres to the page's pixels."""
    width, height = template.size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    in_picture = np.array(seen.corners, np.float32).reshape(4, 2)
    # The page may be opened smaller than the picture is.
    on_page = in_picture / np.float32(page.scale)
    matrix = cv2.getPerspectiveTransform(corners, on_page)
    return np.asarray(matrix, np.float64)


def _grown(box: Rect, margin: float, template: PageTemplate) -> Rect:
    """A box with a rim, as far as the page goes."""
    width, height = template.size
    left = max(0.0, box.left - margin)
    top = max(0.0, box.top - margin)
    right = min(width, box.right + margin)
    bottom = min(height, box.bottom + margin)
    return Rect(left, top, right, bottom)


def _part(
    page: Page, matrix: Matrix, rect: Rect, px_per_mm: float
) -> npt.NDArray[np.uint8]:
    """A part of the form, upright."""
    size = (
        max(1, round(rect.width * px_per_mm)),
        max(1, round(rect.height * px_per_mm)),
    )
    from_px = np.array(
        [[1 / px_per_mm, 0, rect.left], [0, 1 / px_per_mm, rect.top], [0, 0, 1]]
    )
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    warped = cv2.warpPerspective(
        page.grey,
        matrix @ from_px,
        size,
        flags=flags,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(warped, np.uint8)


def _marked(
    part: npt.NDArray[np.uint8],
    box: Rect,
    around: Rect,
    px_per_mm: float,
) -> npt.NDArray[np.uint8]:
    """The part with a frame around the field."""
    drawn = cv2.cvtColor(part, cv2.COLOR_GRAY2BGR)
    sides = [
        (box.left - 1 - around.left, box.top - 1 - around.top),
        (box.right + 1 - around.left, box.bottom + 1 - around.top),
    ]
    first, second = ((round(x * px_per_mm), round(y * px_per_mm)) for x, y in sides)
    cv2.rectangle(drawn, first, second, _BLUE, 3)
    return np.asarray(drawn, np.uint8)


def _by_box(page: Page, box: tuple[int, int, int, int]) -> npt.NDArray[np.uint8]:
    """What a box in pixels of the picture holds, with a rim around it."""
    left, top, right, bottom = (round(side / page.scale) for side in box)
    rim = max(8, (bottom - top) // 3)
    first_row = max(0, top - rim)
    first_column = max(0, left - rim)
    last_row = bottom + rim
    last_column = right + rim
    return page.grey[first_row:last_row, first_column:last_column]


def _jpeg(picture: npt.NDArray[Any], settings: CutOutSettings) -> bytes:
    """The picture as a file; nothing where it cannot be one."""
    options = [cv2.IMWRITE_JPEG_QUALITY, settings.quality]
    done, content = cv2.imencode(".jpg", picture, options)
    # OpenCV says that it failed, and does not raise.
    if not done:
        return b""
    return content.tobytes()
