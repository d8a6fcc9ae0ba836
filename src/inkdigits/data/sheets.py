"""Contact sheets: many small pictures with captions on one."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from inkdigits.data.dataset import Dataset
from inkdigits.errors import DataError
from inkdigits.files import write_whole

# Red, green, blue.
PAPER, TEXT, RIGHT, WRONG = (250, 250, 248), (60, 60, 60), (21, 128, 61), (185, 28, 28)
_A_ROW = 10  # samples of each label
_TILE_PX = 84  # three times a glyph: each of its pixels is a square
_CAPTION_PX = 20
_GAP_PX = 8  # between tiles, and around all of them


def sheet(
    images: npt.NDArray[np.uint8],
    captions: Sequence[str],
    *,
    columns: int = 10,
    colours: Sequence[tuple[int, int, int]] | None = None,
    cells: Sequence[int] | None = None,
) -> Image.Image:
    """The glyphs, dark on light, in rows of `columns`, each with its caption below.

    They fill the cells in order, or the given `cells`, counted row by row.
    """
    cells = range(len(images)) if cells is None else cells
    filled = max(cells, default=0) + 1
    columns = max(1, min(columns, filled))
    rows = -(-filled // columns)
    step_x = _TILE_PX + _GAP_PX
    step_y = _TILE_PX + _CAPTION_PX + _GAP_PX
    page = Image.new(
        "RGB", (columns * step_x + _GAP_PX, rows * step_y + _GAP_PX), PAPER
    )
    draw: Any = ImageDraw.Draw(page)
    font = ImageFont.load_default(13)
    for index, (cell, image, caption) in enumerate(
        zip(cells, images, captions, strict=True)
    ):
        x = _GAP_PX + cell % columns * step_x
        y = _GAP_PX + cell // columns * step_y
        tile = Image.fromarray(255 - image).resize(
            (_TILE_PX, _TILE_PX), Image.Resampling.NEAREST
        )
        page.paste(tile, (x, y))
        draw.rectangle(
            (x, y, x + _TILE_PX - 1, y + _TILE_PX - 1), outline=(220, 220, 216)
        )
        colour = colours[index] if colours else TEXT
        draw.text(
            (x + _TILE_PX / 2, y + _TILE_PX + _CAPTION_PX / 2),
            caption,
            font=font,
            fill=colour,
            anchor="mm",
        )
    return page


def preview(dataset: Dataset, path: Path) -> Path:
    """Write a contact sheet with one row per label to `path`.

    Each row has up to ten random samples.
    """
    rng = np.random.default_rng(0)
    some: list[int] = []
    cells: list[int] = []
    for row, label in enumerate(np.unique(dataset.labels)):
        of_label = rng.permutation(np.flatnonzero(dataset.labels == label))[:_A_ROW]
        some += of_label.tolist()
        cells += range(row * _A_ROW, row * _A_ROW + len(of_label))
    captions = ["–" if label < 0 else str(label) for label in dataset.labels[some]]
    return write_sheet(
        sheet(dataset.images[some], captions, columns=_A_ROW, cells=cells), path
    )


def write_sheet(picture: Image.Image, path: Path) -> Path:
    """Write the picture to `path` as a PNG, whole or not at all."""
    out = io.BytesIO()
    picture.save(out, "PNG")
    try:
        return write_whole(path, out.getvalue())
    except OSError as error:
        raise DataError(
            f"{path} cannot be written ({error.strerror or error}): name another file"
        ) from None
