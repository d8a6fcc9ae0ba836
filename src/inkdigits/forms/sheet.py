"""A page of a form drawn from its template.

It has combs, boxes, labels, corner marks and a place for its QR code. Printing and
registration both use this module, so that they agree.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from inkdigits.errors import SettingError
from inkdigits.forms.template import Field, FormTemplate, PageTemplate, Rect, Table
from inkdigits.reading.input.pages import Grey

# Templates count in millimetres, pictures in dots per inch.
MM_PER_INCH = 25.4


@dataclass(frozen=True, slots=True)
class SheetStyle:
    """How a sheet looks; lengths in millimetres."""

    mark_side: float = 5.0  # of the black square in each corner
    mark_middle: float = 9.5  # from the page's edges: printers leave 5 mm white
    qr_side: float = 20.0  # with its white rim
    qr_from_right: float = 16.0  # from the page's edge, beside the corner mark
    qr_top: float = 6.0
    # Of combs and boxes; thin, so that there is little to remove later.
    line: float = 0.25
    label: float = 3.4  # height of letters
    title: float = 5.5
    gap: float = 1.5  # between a label and its box


STYLE = SheetStyle()


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose sheet it is, for the QR code and next to the title."""

    id: str = ""
    text: str = ""


def digest(form: FormTemplate) -> str:
    """A hash of all that is printed, to recognise sheets of an older template."""
    printed = []
    for field in form.fields.values():
        # What is not printed, such as a range, may change.
        facts = (field.name, field.kind, field.box, field.digits, field.choices)
        printed.append(facts)
    content = repr((form.name, printed)).encode()
    # Eight characters, because the code must stay small.
    return hashlib.sha256(content).hexdigest()[:8]


def qr_text(form: FormTemplate, page: int, identity: Identity) -> str:
    """What the code of a sheet says: form, page, and whose it is."""
    form_digest = digest(form)
    return f"inkdigits:{form_digest}:{page}:{identity.id}"


def qr_box(page: PageTemplate, style: SheetStyle = STYLE) -> Rect:
    """Where a sheet's code stands: at the top, toward the right."""
    width, _ = page.size
    right = width - style.qr_from_right
    left = right - style.qr_side
    bottom = style.qr_top + style.qr_side
    return Rect(left, style.qr_top, right, bottom)


def corner_marks(
    page: PageTemplate, style: SheetStyle = STYLE
) -> list[tuple[float, float]]:
    """The middles of the four marks, clockwise from the top left."""
    width, height = page.size
    near = style.mark_middle
    return [
        (near, near),
        (width - near, near),
        (width - near, height - near),
        (near, height - near),
    ]


def check_room(page: PageTemplate, style: SheetStyle = STYLE) -> None:
    """SettingError where a field lies on a corner mark or the QR code."""
    half = style.mark_side / 2 + 1
    taken = [
        Rect(x - half, y - half, x + half, y + half)
        for x, y in corner_marks(page, style)
    ]
    for field in page.fields:
        for place in [*taken, qr_box(page, style)]:
            if _overlap(field.box, place):
                raise SettingError(
                    f"the field {field.name} lies on a corner mark or the QR code of page "
                    f"{page.number}: "
                    f"keep {place.left:g}, {place.top:g}, {place.right:g}, {place.bottom:g} mm free"
                )


def _overlap(one: Rect, other: Rect) -> bool:
    return (
        one.left < other.right
        and other.left < one.right
        and one.top < other.bottom
        and other.top < one.bottom
    )


def draw_sheet(
    form: FormTemplate,
    page: PageTemplate,
    dpi: float,
    identity: Identity | None = None,
    font: Path | None = None,
    style: SheetStyle = STYLE,
) -> Grey:
    """The page as it is printed.

    Without an identity, the place of the QR code is left white.
    """
    scale = dpi / MM_PER_INCH
    size = (round(page.size[0] * scale), round(page.size[1] * scale))
    image = Image.new("L", size, 255)
    pen = _Pen(ImageDraw.Draw(image), scale, font, style)
    for x, y in corner_marks(page, style):
        pen.square(x, y)
    title = form.title or form.name
    shown = f"{title}   {identity.text}" if identity and identity.text else title
    pen.text(shown, (20, 13), style.title, "ls")
    for table in page.tables:
        pen.table(table, page)
    for field in page.fields:
        pen.field(field)
    if identity is not None:
        _paste_qr(
            image, qr_text(form, page.number, identity), qr_box(page, style), scale
        )
    return np.asarray(image)


def _paste_qr(image: Image.Image, text: str, box: Rect, scale: float) -> None:
    """Put a QR code into the middle of a box."""
    encoder = cv2.QRCodeEncoder.create()
    code = np.asarray(encoder.encode(text))
    side = round(box.width * scale)
    # Modules of whole pixels print with sharp edges; the remainder is the white rim.
    module_px = max(1, side // code.shape[0])
    module = np.ones((module_px, module_px), np.uint8)
    large = np.kron(code, module).astype(np.uint8)
    height, width = large.shape
    rim_x = (side - width) // 2
    rim_y = (side - height) // 2
    left = round(box.left * scale) + rim_x
    top = round(box.top * scale) + rim_y
    image.paste(Image.fromarray(large), (left, top))


@dataclass(frozen=True)
class _Pen:
    """Draws in millimetres."""

    draw: ImageDraw.ImageDraw
    scale: float
    font: Path | None
    style: SheetStyle

    def square(self, x: float, y: float) -> None:
        half = self.style.mark_side / 2
        self.draw.rectangle(
            self._px(Rect(x - half, y - half, x + half, y + half)), fill=0
        )

    def box(self, rect: Rect) -> None:
        """Draw a box's frame, never thinner than a pixel."""
        line_px = round(self.style.line * self.scale)
        width = max(1, line_px)
        sides = self._px(rect)
        self.draw.rectangle(sides, outline=0, width=width)

    def text(
        self, text: str, at: tuple[float, float], height: float, anchor: str
    ) -> None:
        size = height * self.scale
        if self.font is None:
            letters: ImageFont.FreeTypeFont | ImageFont.ImageFont = (
                ImageFont.load_default(size)
            )
        else:
            try:
                letters = ImageFont.truetype(str(self.font), round(size))
            except OSError:
                raise SettingError(
                    f"{self.font} is not a usable font: give a .ttf or .otf file"
                ) from None
        self.draw.text(
            (at[0] * self.scale, at[1] * self.scale),
            text,
            font=letters,
            fill=0,
            anchor=anchor,
        )

    def table(self, table: Table, page: PageTemplate) -> None:
        first = [
            field for field in page.fields if field.name.startswith(f"{table.name}.1.")
        ]
        above = table.box.top - self.style.gap
        for field, name in zip(first, table.columns, strict=True):
            self.text(
                field.label or name, (field.box.left, above), self.style.label, "ls"
            )

    def field(self, field: Field) -> None:
        box, style = field.box, self.style
        if field.kind == "choice":
            for choice in field.choices:
                self.box(choice.box)
                middle = (choice.box.top + choice.box.bottom) / 2
                self.text(
                    choice.value,
                    (choice.box.right + style.gap, middle),
                    style.label,
                    "lm",
                )
            if field.label:
                self.text(
                    field.label, (box.left, box.top - style.gap), style.label, "ls"
                )
            return
        for cell in field.cells or [box]:
            self.box(cell)
        # A table's cells have the names of their columns above the table.
        is_cell = "." in field.name
        if field.label and field.kind == "image":
            self.text(field.label, (box.left, box.top - style.gap), style.label, "ls")
        elif field.label and not is_cell:
            self.text(
                field.label,
                (box.left - style.gap, (box.top + box.bottom) / 2),
                style.label,
                "rm",
            )
        if field.unit and not is_cell:
            self.text(
                field.unit,
                (box.right + style.gap, (box.top + box.bottom) / 2),
                style.label,
                "lm",
            )
        if field.kind == "number" and field.decimals and field.comb:
            point = field.cells[field.digits - field.decimals].left
            self.text(
                field.decimal or ".", (point, box.bottom + 1.2), style.title, "ms"
            )

    def _px(self, rect: Rect) -> tuple[int, int, int, int]:
        left, top, right, bottom = (
            round(side * self.scale)
            for side in (rect.left, rect.top, rect.right, rect.bottom)
        )
        return left, top, right, bottom
