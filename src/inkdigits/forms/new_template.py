"""A blank form in a file → a template file, with pictures of its pages next to it."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from inkdigits.errors import InkdigitsError, SettingError
from inkdigits.files import write_whole
from inkdigits.forms.proposal import at_working_size, propose, straightened
from inkdigits.forms.registration.blank import PX_PER_MM, WORK_DPI
from inkdigits.forms.registration.paper import even_paper
from inkdigits.forms.template import FormTemplate
from inkdigits.reading.input.documents import each_page
from inkdigits.reading.input.limits import Limits
from inkdigits.reading.input.pages import Grey

_SUFFIX = ".form.json"
# Red, green, blue of the frames around proposed fields: the page's own green, #15803d.
_GREEN = (21, 128, 61)


@dataclass(frozen=True)
class Made:
    """A template that was written, and how many fields of each type it has."""

    form: FormTemplate
    counts: dict[str, int]
    files: tuple[Path, ...]


def write_template(blank: str, output: Path, name: str | None = None) -> Made:
    """Find the fields of a blank form and write a template for it.

    An existing file is never overwritten: it may have been edited.
    """
    if not output.name.lower().endswith(".json"):
        raise SettingError(
            f"{output} cannot be written: a template is a .json file, such as exam{_SUFFIX}"
        )
    if output.exists():
        raise SettingError(
            f"{output} exists already: name another --output, or delete it"
        )
    pages = _pages(blank)
    stem = output.name.removesuffix(".json").removesuffix(".form")
    numbers = range(1, len(pages) + 1)
    pictures = [output.with_name(f"{stem}-{number}.png") for number in numbers]
    named_pages = [
        (page, path.name) for page, path in zip(pages, pictures, strict=True)
    ]
    form_name = name or re.sub(r"\s+", " ", stem) or "form"
    content = propose(form_name, named_pages)
    text = _readable(content)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        for page, path in zip(pages, pictures, strict=True):
            Image.fromarray(page).save(path)
        write_whole(output, text)
    except OSError as error:
        raise SettingError(
            f"{output} cannot be written ({error.strerror or error}): name another --output"
        ) from None
    counts: dict[str, int] = {}
    for proposed in content["pages"]:
        for field in proposed["fields"]:
            kind = field["type"]
            counts[kind] = counts.get(kind, 0) + 1
    # Loaded like any user's template, because a proposal must be valid too.
    template = FormTemplate.from_json(text, str(output), output.parent)
    return Made(template, counts, (output, *pictures))


def _pages(blank: str) -> list[Grey]:
    is_pdf = Path(blank).suffix.lower() == ".pdf"
    upright = []
    for numbered in each_page(blank, Limits(), dpi=WORK_DPI):
        if isinstance(numbered.page, InkdigitsError):
            raise numbered.page
        even = even_paper(numbered.page.grey)
        upright.append(
            at_working_size(straightened(even), WORK_DPI if is_pdf else None)
        )
    return upright


def _readable(content: dict[str, Any]) -> str:
    """The template with one field per line, so that it is short and easy to diff."""
    pages = []
    for page in content["pages"]:
        fields = ",\n".join(
            f"        {json.dumps(field, ensure_ascii=False)}"
            for field in page["fields"]
        )
        head = (
            f'"size": {json.dumps(page["size"])}, "blank": '
            f"{json.dumps(page['blank'], ensure_ascii=False)}"
        )
        pages.append(
            f'    {{\n      {head},\n      "fields": [\n{fields}\n      ]\n    }}'
        )
    name = json.dumps(content["name"], ensure_ascii=False)
    version = content["inkdigits_form"]
    joined = ",\n".join(pages)
    return (
        f'{{\n  "inkdigits_form": {version},\n  "name": {name},\n  "pages": '
        f'[\n{joined}\n  ],\n  "rules": []\n}}\n'
    )


def preview(form: FormTemplate, page: int = 1) -> Image.Image:
    """A page of the form with its fields boxed and named."""
    from inkdigits.forms.registration.blank import Blank

    template = form.pages[page - 1]
    drawn = Image.fromarray(Blank.of(form, template).grey).convert("RGB")
    draw = ImageDraw.Draw(drawn)
    letters = ImageFont.load_default(22)
    for field in template.fields:
        for box in [choice.box for choice in field.choices] or [field.box]:
            sides = tuple(
                side * PX_PER_MM for side in (box.left, box.top, box.right, box.bottom)
            )
            draw.rectangle(sides, outline=_GREEN, width=3)
        draw.text(
            (field.box.left * PX_PER_MM, field.box.top * PX_PER_MM - 4),
            field.name,
            font=letters,
            fill=_GREEN,
            anchor="ls",
        )
    return drawn
