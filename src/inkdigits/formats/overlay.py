"""A Prediction or a Reading drawn on its picture.

It shows boxes, what was read, and whether it is accepted, by colour and in words.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from inkdigits.reading.input.pictures import open_grey
from inkdigits.reading.results import Box, Line, Mark, PageReading, Prediction
from inkdigits.reading.wording import percent

Colour = tuple[int, int, int]
Font = ImageFont.ImageFont | ImageFont.FreeTypeFont
# Red, green, blue.
SURE: Colour = (21, 128, 61)  # green
UNSURE: Colour = (180, 83, 9)  # orange
REFUSED: Colour = (130, 130, 140)  # grey
LEGEND = ((SURE, "accepted"), (UNSURE, "doubtful"), (REFUSED, "not part of a number"))
_SHORT_SIDE_PX = 240  # smaller pictures are enlarged, or captions would cover them
_CAPTION_SHARE = 0.16  # of the height of a picture with one digit
_LEGEND_SHARE = 0.035  # of the page's longer side
_LEGEND_LEAST_PX = 22  # the least height at which letters are legible


class OverlayNames:
    """Unique names for overlay files, even where pictures have the same name."""

    def __init__(self) -> None:
        """No name is taken at first."""
        self._taken: set[str] = set()

    def stem(self, picture: Path) -> str:
        """The picture's own name, with its folders before it if that name is taken."""
        # Pictures of several folders often have the same name.
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
    """The upright picture in colour, its digit boxed, with a caption below.

    Small pictures are drawn larger.
    """
    scale = max(1, round(_SHORT_SIDE_PX / min(picture.size)))
    page = _opaque(picture).resize(
        (picture.width * scale, picture.height * scale), Image.Resampling.NEAREST
    )
    colour = SURE if prediction.accepted else UNSURE
    caption_px = max(36, round(_CAPTION_SHARE * page.height))
    sheet = Image.new("RGB", (page.width, page.height + caption_px), colour)
    sheet.paste(page, (0, 0))
    draw = ImageDraw.Draw(sheet)
    _draw_box(draw, prediction, scale, colour)
    _write_caption(
        draw,
        caption(prediction),
        (0, page.height, page.width, page.height + caption_px),
    )
    return sheet


def _opaque(picture: Image.Image) -> Image.Image:
    """The picture in colour.

    Transparent parts are shown as they were read, on a background that contrasts with
    the ink.
    """
    clear = picture.mode in ("LA", "RGBA", "PA") or "transparency" in picture.info
    return (Image.fromarray(open_grey(picture)) if clear else picture).convert("RGB")


def caption(prediction: Prediction) -> str:
    """`7  99.8 %`, or `not sure: 7? 41 %`."""
    sure = percent(prediction.confidence)
    if prediction.reason == "no digit":
        return "probably not a digit"
    return (
        f"{prediction.digit}   {sure}"
        if prediction.accepted
        else f"not sure: {prediction.digit}?   {sure}"
    )


def _draw_box(
    draw: ImageDraw.ImageDraw, prediction: Prediction, scale: int, colour: Colour
) -> None:
    """The frame around the digit, on the enlarged picture."""
    if prediction.box is None:
        return
    box = prediction.box
    corners = (
        box.left * scale,
        box.top * scale,
        box.right * scale - 1,
        box.bottom * scale - 1,
    )
    draw.rectangle(corners, outline=colour, width=max(2, scale))


def _write_caption(
    draw: ImageDraw.ImageDraw, text: str, room: tuple[int, int, int, int]
) -> None:
    """The caption in the middle of its room, smaller where it is too long."""
    left, top, right, bottom = room
    size = (bottom - top) * 0.6
    font = ImageFont.load_default(size)
    width = draw.textlength(text, font=font)
    # A little of the room's width stays free at either end.
    if width > 0.92 * (right - left):
        font = ImageFont.load_default(size * 0.92 * (right - left) / width)
    middle = ((left + right) / 2, (top + bottom) / 2)
    draw.text(middle, text, font=font, fill="white", anchor="mm")


def mark_page(picture: Image.Image, page: PageReading) -> Image.Image:
    """The upright page with its marks boxed and labelled, and a legend below.

    Marks of accepted lines are green, those of doubtful lines amber, and those outside
    any number grey. `picture` may be smaller than the page on which the boxes are
    measured; small pictures are drawn larger.
    """
    grow = max(1, round(_SHORT_SIDE_PX / min(picture.size)))
    upright = _opaque(picture).rotate(page.turned_deg, expand=True)
    drawn = upright.resize(
        (upright.width * grow, upright.height * grow), Image.Resampling.LANCZOS
    )
    scale = drawn.width / page.width
    draw = ImageDraw.Draw(drawn, "RGBA")
    for line in page.lines:
        _mark_line(draw, line, scale, drawn.height)
    return _with_legend(drawn)


def _mark_line(
    draw: ImageDraw.ImageDraw, line: Line, scale: float, page_height: int
) -> None:
    """The boxes of a line's marks, each with its text above it."""
    size_px = max(11.0, min(0.3 * scale * _height(line.box), 0.08 * page_height))
    font = ImageFont.load_default(size_px)
    width = max(1, round(scale * _height(line.box) / 40))
    of_number = SURE if line.accepted else UNSURE
    for mark in line.marks:
        colour = of_number if mark.text else REFUSED
        left, top = _draw_mark_box(draw, mark, scale, colour, width)
        if mark.text:
            _write_above(draw, mark.text, (left, top), colour, font)


def _draw_mark_box(
    draw: ImageDraw.ImageDraw, mark: Mark, scale: float, colour: Colour, width: int
) -> tuple[float, float]:
    """Draw a mark's box, and return its top left corner as drawn."""
    box = mark.box
    left, top, right, bottom = (
        side * scale for side in (box.left, box.top, box.right, box.bottom)
    )
    draw.rectangle((left - 1, top - 1, right, bottom), outline=colour, width=width)
    return left, top


def _write_above(
    draw: ImageDraw.ImageDraw,
    text: str,
    corner: tuple[float, float],
    colour: Colour,
    font: Font,
) -> None:
    """The text on a coloured background, above a corner or at the page's edge."""
    left, top = corner
    _, _, wide, tall = draw.textbbox((0, 0), text, font=font)
    y = max(0.0, top - tall - 4)
    draw.rectangle((left - 1, y, left + wide + 5, y + tall + 3), fill=(*colour, 230))
    draw.text((left + 2, y), text, font=font, fill="white")


def _with_legend(drawn: Image.Image) -> Image.Image:
    """The picture, and below it what each colour means."""
    strip_px = max(_LEGEND_LEAST_PX, round(_LEGEND_SHARE * max(drawn.size)))
    sheet = Image.new("RGB", (drawn.width, drawn.height + strip_px), "white")
    sheet.paste(drawn, (0, 0))
    draw = ImageDraw.Draw(sheet)
    font = _legend_font(draw, 0.6 * strip_px, drawn.width)
    # Everything is measured in the letters' size: a narrow page has small ones.
    em = float(draw.textlength("m", font=font))
    left = em
    middle = drawn.height + strip_px / 2
    for colour, meaning in LEGEND:
        draw.rectangle((left, middle - em / 2, left + em, middle + em / 2), fill=colour)
        draw.text(
            (left + 1.5 * em, middle), meaning, font=font, fill="black", anchor="lm"
        )
        left += 3 * em + draw.textlength(meaning, font=font)
    return sheet


def _legend_font(draw: ImageDraw.ImageDraw, size_px: float, room: int) -> Font:
    """Letters of this size, or smaller ones where the legend would not fit."""
    font = ImageFont.load_default(size_px)
    em = draw.textlength("m", font=font)
    width = em
    for _, meaning in LEGEND:
        # Each meaning has its colour before it, and a gap.
        width += 3 * em + draw.textlength(meaning, font=font)
    if width <= room:
        return font
    # Small letters are a little wider for their size than large ones.
    fitting_px = 0.95 * size_px * room / width
    return ImageFont.load_default(fitting_px)


def _height(box: Box) -> int:
    """How tall a box is, in pixels."""
    return box.bottom - box.top
