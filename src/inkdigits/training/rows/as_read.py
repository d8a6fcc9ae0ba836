"""Real numbers as the reader finds them: the window of the surest row, and its text.

pictures of the training part → rows → window, text, how likely that text is by now

Boxes found with the text at hand (training/marks/labelling.py) are better than what a
reader finds: a mark may be missed, a neighbour's taken in. This is what it must read.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.data.named import open_npz
from inkdigits.data.real_numbers import NumberPicture, load_numbers
from inkdigits.reading.marks.alphabet import CLASS_OF, DIGITS, OTHER
from inkdigits.reading.marks.boxes import Floats
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.network import MarksNetwork
from inkdigits.reading.numbers.columns import log_shares
from inkdigits.reading.numbers.pages import PageReader
from inkdigits.reading.numbers.row_network import RowNetwork
from inkdigits.reading.numbers.rows import is_digit
from inkdigits.reading.numbers.strips import STRIPS, Window, looks_of, window_of
from inkdigits.training.rows.loss import DECIMAL, NEVER

Grey = npt.NDArray[np.uint8]
Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class AsReadSettings:
    """Which rows teach, how often, and how they are varied. Lengths in digit heights."""

    # The mean log share for each digit below which the row is taken for another one.
    least_share: float = -2.5
    # Rows of each set are shown so often, in times of its share of all pictures.
    weights: tuple[tuple[str, float], ...] = (
        ("copiste", 1.6),
        ("lectaurep", 1.0),
        ("congo", 1.2),
        ("old_hands", 1.0),
    )
    # A text with a log share above the first is known well, below the second badly.
    known_well: float = -0.1
    known_badly: float = -1.0
    off_height: float = 0.1  # log
    off_level: float = 0.05
    off_slope: float = 0.015
    margin: tuple[float, float] = (0.6, 1.1)


SETTINGS = AsReadSettings()


@dataclass(frozen=True, slots=True)
class RowText:
    """The classes of a row's marks, and whether its signs are among them."""

    marks: tuple[int, ...]
    knows_signs: bool


@dataclass(frozen=True, slots=True)
class RowAsRead:
    """A real number's picture, the window of its row and the row's height in pixels."""

    grey: Grey
    window: Window
    height: float
    text: RowText
    weight: float


def find_rows(
    data_dir: Path,
    output: Path,
    say: Callable[[str], None],
    settings: AsReadSettings = SETTINGS,
) -> None:
    """Write where the reader finds the numbers of the training parts."""
    cv2.setNumThreads(1)
    row_network = RowNetwork()
    reader = PageReader(MarksNetwork(), GlyphNetwork(), threshold=0.5)
    names, indices, windows, texts, shares = [], [], [], [], []
    for name, _ in settings.weights:
        pictures = load_numbers(name, "train", data_dir)
        for index, picture in enumerate(pictures):
            grey = picture.cut()
            rows = reader.rows(grey)
            if not rows:
                continue
            row = max(rows, key=lambda row: row.score)
            boxes, digits = row.marks.boxes, row.marks.boxes[is_digit(row.marks)]
            columns = row_network(grey, looks_of(boxes, digits, row.height))
            logs = np.mean(
                [
                    log_shares(without_signs(look.logs), list(picture.digits))
                    for look in columns
                ],
                axis=0,
            )
            best = int(logs.argmax())
            window = window_of(boxes, digits, row.height)
            names.append(name)
            indices.append(index)
            windows.append((*_numbers(window), row.height))
            texts.append(picture.digits[best])
            shares.append(float(logs[best]))
        say(f"{name}: rows of {names.count(name)} of {len(pictures)} pictures")
    output.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        output,
        name=np.array(names),
        index=np.array(indices),
        window=np.array(windows),
        digits=np.array(texts),
        share=np.array(shares),
    )


def without_signs(logs: Floats) -> Floats:
    """The log shares where any sign counts as none: what a digits-only label knows."""
    nothing = np.logaddexp.reduce(logs[:, len(DIGITS) :], axis=1, keepdims=True)
    never = np.full_like(logs[:, len(DIGITS) : CLASS_OF[OTHER]], NEVER)
    return np.concatenate([logs[:, : len(DIGITS)], never, nothing], axis=1)


def load_rows(
    data_dir: Path, found: Path, settings: AsReadSettings = SETTINGS
) -> list[RowAsRead]:
    """The rows that `find_rows` wrote, without those of something else."""
    arrays = open_npz(found)
    rows = []
    for name, weight in settings.weights:
        pictures = load_numbers(name, "train", data_dir)
        for place in np.flatnonzero(arrays["name"] == name):
            digits = str(arrays["digits"][place])
            share = float(arrays["share"][place])
            if share > settings.least_share * len(digits):
                picture: NumberPicture = pictures[int(arrays["index"][place])]
                *window, height = arrays["window"][place].tolist()
                often = weight * _how_often(share, settings)
                text = row_text(name, picture.signs, digits)
                row = RowAsRead(picture.cut(), _window(window), height, text, often)
                rows.append(row)
    return rows


def row_text(name: str, signs: str, digits: str) -> RowText:
    """The text that a row is known to have, from its transcription and its digits.

    Weather registers have a value for each cell: one decimal, with a comma or a point,
    and a final ",0" left out. A gap in an amount may have been a sign.
    """
    if name == "congo":
        whole = signs.split(".", maxsplit=1)[0]
        marks = [CLASS_OF[digit] for digit in digits]
        if digits != whole:
            marks.insert(len(whole), DECIMAL)
        return RowText(tuple(marks), knows_signs=True)
    knows_signs = all(sign in CLASS_OF for sign in signs)
    known = signs if knows_signs else digits
    return RowText(tuple(CLASS_OF[sign] for sign in known), knows_signs)


def seen_differently(
    rng: Rng, row: RowAsRead, settings: AsReadSettings = SETTINGS
) -> Window:
    """The row's window as another look might have it."""
    height, window = row.height, row.window
    taller = float(np.exp(rng.normal(0, settings.off_height)))
    margin = STRIPS.margin * (float(rng.uniform(*settings.margin)) - 1) * height
    return replace(
        window,
        left=round(window.left - margin),
        width=max(4, round(window.width + 2 * margin)),
        high=max(4, round(window.high * taller)),
        middle_y=window.middle_y + float(rng.normal(0, settings.off_level)) * height,
        slope=window.slope + float(rng.normal(0, settings.off_slope)),
    )


def _how_often(share: float, settings: AsReadSettings) -> float:
    """What is known well teaches little."""
    if share > settings.known_well:
        return 0.5
    return 1.0 if share > settings.known_badly else 2.0


def _numbers(window: Window) -> tuple[float, ...]:
    return (
        window.left,
        window.width,
        window.high,
        window.middle_x,
        window.middle_y,
        window.slope,
    )


def _window(numbers: list[float]) -> Window:
    left, width, high, middle_x, middle_y, slope = numbers
    return Window(round(left), round(width), round(high), middle_x, middle_y, slope)
