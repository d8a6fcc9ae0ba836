"""What the batch benchmark reads: small pictures with one number, and A4 pages full of numbers, drawn by the project."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from inkdigits.synthesis.drawn import draw_numbers

_SIDE_PX, _DIGIT_PX = 100, 26
_A4_PX = (2480, 3508)
_POOL, _LINES, _DIGITS = 60, 25, 20


def small_pictures(folder: Path, count: int, seed: int = 0) -> Path:
    """PNG files of 100×100 with one number of one to three digits; each picture is another."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    for index in range(count):
        drawn = draw_numbers(
            [_number(rng, int(rng.integers(1, 4)))], size_px=_DIGIT_PX, seed=index
        )
        picture = Image.new("L", (_SIDE_PX, _SIDE_PX), 245)
        picture.paste(
            drawn, ((_SIDE_PX - drawn.width) // 2, (_SIDE_PX - drawn.height) // 2)
        )
        picture.save(folder / f"{index:06}.png")
    return folder


def a4_pages(folder: Path, count: int, seed: int = 0) -> Path:
    """A4 at 300 dpi, 25 lines of 20 digits each, the lines taken at random from a pool of drawn ones."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    pool = [
        np.asarray(draw_numbers([_number(rng, _DIGITS)], size_px=56, seed=index))
        for index in range(_POOL)
    ]
    for index in range(count):
        page = _page([pool[int(row)] for row in rng.integers(0, _POOL, _LINES)])
        Image.fromarray(page).save(folder / f"{index:04}.png", compress_level=1)
    return folder


def _number(rng: np.random.Generator, digits: int) -> str:
    return "".join(map(str, rng.integers(0, 10, digits)))


def _page(lines: list[npt.NDArray[np.uint8]]) -> npt.NDArray[np.uint8]:
    page = np.full((_A4_PX[1], _A4_PX[0]), 245, np.uint8)
    for row, line in enumerate(lines):
        top = 200 + row * 125
        part = page[top : top + line.shape[0], 300 : 300 + line.shape[1]]
        np.minimum(part, line, out=part)
    return page
