"""Results on their pictures: drawn, saved, and cut into parts."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from PIL import Image

from inkdigits.errors import NotAPictureError, SettingError
from inkdigits.formats.overlay import mark, mark_page
from inkdigits.reading.input.documents import open_pages
from inkdigits.reading.input.limits import Limits
from inkdigits.reading.input.pages import Page
from inkdigits.reading.input.pictures import open_page
from inkdigits.reading.results import (
    Box,
    Digit,
    Line,
    Mark,
    PageReading,
    Prediction,
    Reading,
)

Part: TypeAlias = Digit | Line | Mark | Box

# Formats that hold several pages in one file.
_WHOLE_DOCUMENTS = (".pdf", ".tif", ".tiff")
# Pixels by which a page may be another size than when it was read: JPEGs may be decoded at a
# fraction.
_ROUNDING_PX = 16


def draw(
    result: Prediction | Reading,
    picture: Any = None,
    *,
    page: int | None = None,
    password: str | None = None,
) -> Image.Image:
    """The picture with what was read on it in boxes.

    Of a document the first page, or the one named.

    `picture` is needed where the result does not know its picture: it was read from a stream, or a
    large array, image or bytes object that is gone. `password` is for encrypted PDF files.
    """
    if isinstance(result, Prediction):
        return mark(Image.fromarray(_page_of_prediction(result, picture).grey), result)
    chosen = _chosen_page(result, page)
    return mark_page(
        Image.fromarray(_open_page_of(result, chosen, picture, password).grey), chosen
    )


def draw_pages(
    reading: Reading, picture: Any = None, password: str | None = None
) -> Iterator[tuple[int, Image.Image]]:
    """Each page with its number, drawn as it is asked for."""
    for page in reading.pages:
        yield page.number, draw(reading, picture, page=page.number, password=password)


def save(
    result: Prediction | Reading,
    path: str | Path,
    picture: Any = None,
    password: str | None = None,
) -> list[Path]:
    """Write the drawn picture.

    Of several pages each is a file of its own, `out-1.png`, but in TIFF and PDF.
    """
    path = Path(path)
    if isinstance(result, Prediction) or len(result.pages) == 1:
        return [_write(path, [draw(result, picture, password=password)])]
    drawn = draw_pages(result, picture, password)
    if path.suffix.lower() in _WHOLE_DOCUMENTS:
        return [_write(path, [image for _, image in drawn])]
    return [
        _write(path.with_stem(f"{path.stem}-{number}"), [image])
        for number, image in drawn
    ]


def _write(path: Path, pages: list[Image.Image]) -> Path:
    """Save the pages in one file; Pillow's errors become ours."""
    several: dict[str, Any] = (
        {"save_all": True, "append_images": pages[1:]} if len(pages) > 1 else {}
    )
    try:
        pages[0].save(path, **several)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingError(
            f"{path} cannot be written ({reason}): name a file such as out.png"
        ) from None
    return path


def crop(
    result: Prediction | Reading,
    part: Part | None = None,
    picture: Any = None,
    *,
    page: int | None = None,
    password: str | None = None,
) -> Image.Image:
    """What a digit, line, mark or box looks like: its part of the upright grey page."""
    if isinstance(result, Prediction):
        box = part or result.box
        if box is None:
            raise SettingError(
                "the prediction has no box, because no digit was found: there is nothing to crop"
            )
        return _cut(_page_of_prediction(result, picture), _box_of(box))
    if part is None:
        raise SettingError(
            "crop needs a part of the reading: give a line, a digit, a mark or a box"
        )
    chosen = _page_with(result, part) if page is None else _chosen_page(result, page)
    return _cut(upright_page(result, chosen, picture, password), _box_of(part))


def upright_page(
    reading: Reading,
    page: PageReading,
    picture: Any = None,
    password: str | None = None,
) -> Page:
    """The grey picture of a page of the reading, turned as it was read."""
    opened = _open_page_of(reading, page, picture, password)
    quarters = round(page.turned_deg / 90)
    return Page(np.ascontiguousarray(np.rot90(opened.grey, quarters)), opened.scale)


def _box_of(part: Part) -> Box:
    """The box of a line or mark, or the box itself."""
    return part if isinstance(part, Box) else part.box


def _cut(page: Page, box: Box) -> Image.Image:
    """The part of the page in the box, which is in pixels of the user's picture."""
    inside = box.scaled(1 / page.scale)
    height, width = page.grey.shape
    left = max(0, inside.left)
    top = max(0, inside.top)
    # At least a pixel, however much smaller than the picture the page was decoded.
    right = max(left + 1, min(width, inside.right))
    bottom = max(top + 1, min(height, inside.bottom))
    return Image.fromarray(page.grey).crop((left, top, right, bottom))


def _chosen_page(reading: Reading, number: int | None) -> PageReading:
    """The page of this number, or the first."""
    if not reading.pages:
        raise SettingError("the reading has no pages: there is nothing to draw")
    for page in reading.pages:
        if number in (None, page.number):
            return page
    numbers = ", ".join(str(page.number) for page in reading.pages)
    raise SettingError(f"page {number} was not read: choose {numbers}")


def _page_with(reading: Reading, part: Part) -> PageReading:
    """The page that a part is of: the very object, or else one that is equal to it."""
    if len(reading.pages) == 1:
        return reading.pages[0]
    for page in reading.pages:
        if any(part is known for known in _parts(page)):
            return page
    # A result that was saved and loaded has equal parts, but other objects.
    equal = []
    for page in reading.pages:
        if part in list(_parts(page)):
            equal.append(page)
    if len(equal) != 1:
        raise SettingError("the reading has several pages: choose one with page=")
    return equal[0]


def _parts(page: PageReading) -> Iterator[Part]:
    for line in page.lines:
        yield line
        yield from line.digits
        yield from line.marks


def _page_of_prediction(prediction: Prediction, picture: Any) -> Page:
    """The page that the prediction was made on, opened again."""
    source = _source(prediction, picture)
    limits = _limits(prediction)
    return open_page(source, limits)


def _open_page_of(
    reading: Reading, page: PageReading, picture: Any, password: str | None
) -> Page:
    """The page opened again; refused where it is not the one that was read."""
    dpi = reading.picture.dpi if reading.picture else 200
    source = _source(reading, picture)
    limits = _limits(reading)
    number = str(page.number)
    pages = open_pages(source, limits, number, dpi, password)
    # Closed after the one page: a document keeps its file open until then.
    with closing(pages) as opened:
        _, again = next(opened)
    _check_size(again, page)
    return again


def _source(result: Prediction | Reading, picture: Any) -> Any:
    source = (
        picture
        if picture is not None or result.picture is None
        else result.picture.source()
    )
    if source is None:
        raise NotAPictureError(
            "the picture of this result is no longer available: "
            "pass it, as in draw(result, picture)"
        )
    return source


def _limits(result: Prediction | Reading) -> Limits:
    """The limits under which the picture was read."""
    if result.picture:
        return result.picture.limits
    return Limits()


def _check_size(opened: Page, page: PageReading) -> None:
    """The boxes are of a page of this size: another picture would get them in wrong places."""
    height, width = (round(side * opened.scale) for side in opened.grey.shape)
    if round(page.turned_deg / 90) % 2:
        height, width = width, height
    if max(abs(width - page.width), abs(height - page.height)) > _ROUNDING_PX:
        raise NotAPictureError(
            f"the picture has {width}×{height} pixels, "
            f"the page that was read has {page.width}×{page.height}: "
            "give the original picture"
        )
