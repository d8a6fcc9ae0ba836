"""A Prediction or a Reading on its picture: boxes, digits and how sure, by colour and by word."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from inkdigits.formats.text import percent
from inkdigits.reading.input.pictures import open_grey
from inkdigits.reading.results import Box, Digit, PageReading, Prediction

SURE = (21, 128, 61)
UNSURE = (180, 83, 9)
REFUSED = (130, 130, 140)
_SHORT_SIDE_PX = 240
_CAPTION_SHARE = 0.16


class OverlayNames:
    """Names of the files that overlays are written to: each other, though pictures have one name."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def stem(self, picture: Path) -> str:
        """The picture's own name; after another of the same name, its folders are put before it."""
        stem = next(stem for stem in _stems(picture) if stem not in self._taken)
        self._taken.add(stem)
        return stem


def _stems(picture: Path) -> Iterator[str]:
    stem = picture.name
    yield stem
    for folder in picture.absolute().parents:
        if folder.name:
            stem = f"{folder.name}_{stem}"
            yield stem
    for number in count(2):
        yield f"{stem} ({number})"


def mark(picture: Image.Image, prediction: Prediction) -> Image.Image:
    """The upright picture in colour, its digit boxed, with a caption below; small pictures are drawn larger."""
    scale = max(1, round(_SHORT_SIDE_PX / min(picture.size)))
    page = _opaque(picture).resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)
    colour = SURE if prediction.accepted else UNSURE
    caption_px = max(36, round(_CAPTION_SHARE * page.height))
    sheet = Image.new("RGB", (page.width, page.height + caption_px), colour)
    sheet.paste(page, (0, 0))
    draw = ImageDraw.Draw(sheet)
    _draw_box(draw, prediction, scale, colour)
    _write_caption(draw, caption(prediction), (0, page.height, page.width, page.height + caption_px))
    return sheet


def _opaque(picture: Image.Image) -> Image.Image:
    """In colour; what is transparent is shown as it was read, on a ground that contrasts with the ink."""
    clear = picture.mode in ("LA", "RGBA", "PA") or "transparency" in picture.info
    return (Image.fromarray(open_grey(picture)) if clear else picture).convert("RGB")


def caption(prediction: Prediction) -> str:
    """`7  99.8 %`, or `not sure: 7? 41 %`."""
    sure = percent(prediction.confidence)
    if prediction.reason == "no digit":
        return "looks like no digit"
    return f"{prediction.digit}   {sure}" if prediction.accepted else f"not sure: {prediction.digit}?   {sure}"


def _draw_box(draw: ImageDraw.ImageDraw, prediction: Prediction, scale: int, colour: tuple[int, int, int]) -> None:
    if prediction.box is None:
        return
    box = prediction.box
    corners = (box.left * scale, box.top * scale, box.right * scale - 1, box.bottom * scale - 1)
    draw.rectangle(corners, outline=colour, width=max(2, scale))


def _write_caption(draw: ImageDraw.ImageDraw, text: str, room: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = room
    font = ImageFont.load_default((bottom - top) * 0.6)
    width = draw.textlength(text, font=font)
    if width > 0.92 * (right - left):
        font = ImageFont.load_default((bottom - top) * 0.6 * 0.92 * (right - left) / width)
    draw.text(((left + right) / 2, (top + bottom) / 2), text, font=font, fill="white", anchor="mm")


def mark_page(picture: Image.Image, page: PageReading) -> Image.Image:
    """The page with each digit boxed and written above it: green where sure, amber where not, grey where it is no digit.

    `picture` may be smaller than the page the boxes are measured on; small ones are drawn larger.
    """
    grow = max(1, round(_SHORT_SIDE_PX / min(picture.size)))
    sheet = _opaque(picture).resize((picture.width * grow, picture.height * grow), Image.Resampling.LANCZOS)
    scale = sheet.width / page.width
    draw = ImageDraw.Draw(sheet, "RGBA")
    for line in page.lines:
        size_px = max(11.0, min(0.3 * scale * _height(line.box), 0.08 * sheet.height))
        font = ImageFont.load_default(size_px)
        for digit in line.digits:
            _mark_digit(draw, digit, scale, font)
    return sheet


def _mark_digit(
    draw: ImageDraw.ImageDraw, digit: Digit, scale: float, font: ImageFont.ImageFont | ImageFont.FreeTypeFont
) -> None:
    colour = REFUSED if digit.digit is None else SURE if digit.accepted else UNSURE
    box = digit.box
    left, top, right, bottom = (side * scale for side in (box.left, box.top, box.right, box.bottom))
    draw.rectangle((left - 1, top - 1, right, bottom), outline=colour, width=max(1, round(scale * _height(box) / 40)))
    if digit.digit is None:
        return
    text = str(digit.digit)
    _, _, wide, tall = draw.textbbox((0, 0), text, font=font)
    y = max(0.0, top - tall - 4)
    draw.rectangle((left - 1, y, left + wide + 5, y + tall + 3), fill=(*colour, 230))
    draw.text((left + 2, y), text, font=font, fill="white")


def _height(box: Box) -> int:
    return box.bottom - box.top
