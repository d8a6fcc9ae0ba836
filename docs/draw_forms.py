"""Draws the pictures of docs/forms.md: `python docs/draw_forms.py`. The form is the one in the page itself."""

import re
from pathlib import Path

import numpy as np
from PIL import Image

from inkdigits.forms.registration.blank import PX_PER_MM
from inkdigits.forms.sheet import Identity, draw_sheet
from inkdigits.forms.template import FormTemplate, Rect
from inkdigits.reading.input.pages import Grey
from inkdigits.synthesis.forms import photo, tick, write_comb
from inkdigits.synthesis.hands import Pen, drawn_hands

HERE = Path(__file__).parent
SHOWN_PX = 520
TEXTS = {
    "day": "17062026",
    "points_1": "18",
    "points_2": " 7",
    "points_3": "11",
    "total": " 36",
}


def template() -> FormTemplate:
    """The template in the page."""
    found = re.search(
        r"```json\n(.*?)```", (HERE / "forms.md").read_text(encoding="utf-8"), re.DOTALL
    )
    if found is None:
        raise SystemExit("docs/forms.md has no template")
    return FormTemplate.from_json(found[1], "the template in docs/forms.md")


def sheet(identity: Identity, texts: dict[str, str], seed: int) -> Grey:
    """A printed sheet, filled in by the project's own drawn digits."""
    form = template()
    made = draw_sheet(form, form.pages[0], 200, identity).copy()
    rng = np.random.default_rng(seed)
    hand = drawn_hands().kinds["mnist"][0]
    for name, text in texts.items():
        write_comb(
            made,
            hand,
            text,
            [pixels(cell) for cell in form.fields[name].cells],
            rng,
            Pen(3.0),
        )
    tick(made, pixels(form.fields["repeat"].choices[0].box), rng)
    return made


def pixels(rect: Rect) -> tuple[float, float, float, float]:
    return (
        rect.left * PX_PER_MM,
        rect.top * PX_PER_MM,
        rect.right * PX_PER_MM,
        rect.bottom * PX_PER_MM,
    )


def main() -> None:
    identity = Identity("271828", "271828  Ann Lee")
    form = template()
    blank = draw_sheet(form, form.pages[0], 200, identity)
    taken = photo(
        sheet(identity, {"student": "271828", **TEXTS}, 1), np.random.default_rng(3)
    ).grey
    for name, grey in (("forms-sheet", blank), ("forms-photo", taken)):
        shown = Image.fromarray(grey)
        height = round(SHOWN_PX * shown.height / shown.width)
        shown.resize((SHOWN_PX, height), Image.Resampling.LANCZOS).quantize(32).save(
            HERE / f"{name}.png", optimize=True
        )


if __name__ == "__main__":
    main()
