"""Draw the example pictures: `make examples` writes them.

examples/pictures/ has one kind of trouble each, examples/form.jpg a filled form as a phone sees it.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from inkdigits.synthesis import drawn
from inkdigits.synthesis.drawn import draw_digit, draw_numbers, draw_sign

HERE = Path(__file__).parent
PICTURES = HERE / "pictures"
FORM = HERE / "form.jpg"
NUMBERS = ["4071358", "12-25-96", "87"]
DRAWN: dict[str, Callable[[], Image.Image]] = {
    "0-boxed.png": lambda: drawn.in_box(draw_digit(0, seed=3)),
    "1-thin.png": lambda: draw_digit(1, size_px=600, stroke_px=2, seed=1),
    "2-light-on-dark.png": lambda: draw_digit(2, ink=235, paper=25, seed=2),
    "3-shadow.jpg": lambda: drawn.with_grain(
        drawn.with_shadow(draw_digit(3, size_px=400, seed=5)), sigma=3
    ),
    "4-squared.png": lambda: drawn.with_rules(draw_digit(4, seed=4), squared=True),
    "5-corner.png": lambda: draw_digit(
        5, size_px=320, height=0.28, at=(0.25, 0.3), seed=6
    ),
    "6-transparent.png": lambda: drawn.transparent(draw_digit(6, seed=7)),
    "7-faint.png": lambda: drawn.with_grain(
        draw_digit(7, ink=205, paper=236, seed=8), sigma=2
    ),
    "8-vignette.jpg": lambda: drawn.with_grain(
        drawn.with_vignette(draw_digit(8, size_px=400, seed=9)), sigma=5
    ),
    "9-specks.png": lambda: drawn.with_specks(draw_digit(9, seed=10), count=40),
    "no-digit-M.png": lambda: draw_sign("M", seed=11),
}


def draw_form() -> Image.Image:
    """A student's number, a date and a score, each in its box; darker toward the corners, with a camera's noise."""
    size_px = 64
    page = draw_numbers(NUMBERS, size_px=size_px, paper=238, ink=40, seed=2)
    form = Image.fromarray(np.pad(np.asarray(page), size_px // 2, constant_values=238))
    pen = ImageDraw.Draw(form)
    line_px = round(1.8 * size_px)  # from one line of `draw_numbers` to the next
    for row in range(len(NUMBERS)):
        top = size_px // 2 + row * line_px + 24
        pen.rectangle(
            (24, top, form.width - 24, top + line_px - 14), outline=150, width=2
        )
    return drawn.with_grain(drawn.with_vignette(form, depth=0.25), sigma=3)


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    for name, draw in DRAWN.items():
        draw().save(PICTURES / name)
        print(PICTURES / name)
    draw_form().save(FORM, quality=85)
    print(FORM)


if __name__ == "__main__":
    main()
