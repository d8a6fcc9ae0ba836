"""Forms for the tests: templates, sheets, and what is written on them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from inkdigits.forms.registration.blank import PX_PER_MM, Blank
from inkdigits.forms.template import Field, FormTemplate, Rect
from inkdigits.synthesis.forms import Box, blank_form, write_comb, write_line
from inkdigits.synthesis.hands import Pen, drawn_hands

Grey = npt.NDArray[np.uint8]
HAND = drawn_hands().kinds["mnist"][0]
PEN = Pen(3.0)


def template(
    fields: list[dict[str, Any]], rules: list[str] | None = None, **more: Any
) -> FormTemplate:
    content = {
        "inkdigits_form": 1,
        "name": "made",
        "pages": [{"fields": fields}],
        "rules": rules or [],
        **more,
    }
    return FormTemplate.from_json(json.dumps(content))


def comb(
    name: str, digits: int, left: float, top: float, **more: Any
) -> dict[str, Any]:
    """A comb of boxes 8 mm wide and 9 mm high."""
    box = [left, top, left + 8 * digits, top + 9]
    return {
        "name": name,
        "type": "digits",
        "digits": digits,
        "label": name,
        "box": box,
        **more,
    }


def pixels(rect: Rect) -> Box:
    """A rectangle in pixels of a sheet at the working size."""
    left, top, right, bottom = (
        side * PX_PER_MM for side in (rect.left, rect.top, rect.right, rect.bottom)
    )
    return left, top, right, bottom


def fill(sheet: Grey, field: Field, text: str, seed: int = 0) -> None:
    """Write a text into a field, one sign in each box of a comb."""
    rng = np.random.default_rng(seed)
    if field.cells:
        write_comb(sheet, HAND, text, [pixels(cell) for cell in field.cells], rng, PEN)
    else:
        write_line(sheet, HAND, text, pixels(field.box), rng, PEN)


def sheet_of(
    form: FormTemplate, texts: dict[str, str], seed: int = 0, page: int = 1
) -> Grey:
    """A page of the form with these texts in its fields."""
    sheet = Blank.of(form, form.pages[page - 1]).grey.copy()
    for place, (name, text) in enumerate(texts.items()):
        fill(sheet, form.fields[name], text, seed + place)
    return sheet


def saved(grey: Grey, path: Any) -> Any:
    Image.fromarray(grey).save(path)
    return path


def printed(folder: Path, seed: int, moved_px: int = 0) -> tuple[FormTemplate, Grey]:
    """An office's form without corner marks, its blank in a file."""
    form = blank_form(np.random.default_rng(seed), moved_px)
    path = folder / f"{seed}-{moved_px}.png"
    saved(form.grey, path)
    text = form.template(f"office {seed}", path.name)
    return FormTemplate.from_json(text, folder=folder), form.grey


def filled(form: FormTemplate, sheet: Grey, rng: np.random.Generator) -> Grey:
    sheet = sheet.copy()
    for field in form.fields.values():
        text = "".join(rng.choice(list("0123456789"), len(field.cells)))
        write_comb(sheet, HAND, text, [pixels(cell) for cell in field.cells], rng, PEN)
    return sheet
