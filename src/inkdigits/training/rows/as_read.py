"""Real numbers as the reader finds them: the windows of its rows, and their texts.

pictures of the training part → rows → window, text, its digits' places, how likely it is by now

Boxes found with the text at hand (training/marks/labelling.py) are better than what a
reader finds: a mark may be missed, a neighbour's taken in. This is what it must read.
"""

from collections.abc import Callable, Sequence
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
from inkdigits.reading.numbers.columns import Columns, log_shares, places
from inkdigits.reading.numbers.pages import PageReader
from inkdigits.reading.numbers.row_network import RowNetwork
from inkdigits.reading.numbers.rows import Row, is_digit
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
    # Sets of words: whatever is read there is no number.
    words: tuple[str, ...] = ("copiste_words", "lectaurep_words")
    # Digits' worth of certainty from which another row may be a neighbour's whole number.
    number: float = 1.2
    # A text with a log share above the first is known well, below the second badly.
    known_well: float = -0.1
    known_badly: float = -1.0
    off_height: float = 0.1  # log
    off_level: float = 0.05
    off_slope: float = 0.015
    margin: tuple[float, float] = (0.6, 1.1)

    def often(self) -> tuple[tuple[str, float], ...]:
        """Each set with how often its rows are shown."""
        return (*self.weights, *((name, 1.0) for name in self.words))


SETTINGS = AsReadSettings()


@dataclass(frozen=True, slots=True)
class RowText:
    """The classes of a row's marks, and whether its signs are among them."""

    marks: tuple[int, ...]
    knows_signs: bool


NOTHING = RowText((), knows_signs=True)


@dataclass(frozen=True, slots=True)
class RowAsRead:
    """A real number's picture, the window of its row and the row's height in pixels.

    `hand` is its writer, page or station. `middles` are the x of its digits.
    """

    grey: Grey
    window: Window
    height: float
    text: RowText
    weight: float
    hand: str
    middles: tuple[float, ...]


def find_rows(
    data_dir: Path,
    output: Path,
    say: Callable[[str], None],
    settings: AsReadSettings = SETTINGS,
) -> None:
    """Write where the reader finds the numbers of the training parts, and what else it finds."""
    cv2.setNumThreads(1)
    finder = _Finder(settings)
    names: list[str] = []
    indices: list[int] = []
    found: list[_Found] = []
    for name, _ in settings.often():
        pictures = load_numbers(name, "train", data_dir)
        for index, picture in enumerate(pictures):
            some = finder.on(picture, only_words=name in settings.words)
            found += some
            names += [name] * len(some)
            indices += [index] * len(some)
        numbers = sum(
            each.digits != ""
            for each, own in zip(found, names, strict=True)
            if own == name
        )
        others = names.count(name) - numbers
        say(f"{name}: {numbers} numbers, {others} others on {len(pictures)} pictures")
    output.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        output,
        name=np.array(names),
        index=np.array(indices),
        window=np.array([(*_numbers(each.window), each.height) for each in found]),
        digits=np.array([each.digits for each in found]),
        share=np.array([each.share for each in found]),
        middles=np.array([middle for each in found for middle in each.middles]),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A row of a picture, and how likely its digits are by now, as a log."""

    window: Window
    height: float
    digits: str
    share: float
    middles: tuple[float, ...]


class _Finder:
    """The reader, and what it finds on pictures whose number is known."""

    def __init__(self, settings: AsReadSettings) -> None:
        self._row_network = RowNetwork()
        self._reader = PageReader(MarksNetwork(), GlyphNetwork(), threshold=0.5)
        self._settings = settings

    def on(self, picture: NumberPicture, *, only_words: bool) -> list[_Found]:
        """The row of the picture's number, and the rows where no number is.

        The surest row is the number. If it surely is, the others are pieces of neighbours and
        of ruling, unless they may be a number too.
        """
        settings, grey = self._settings, picture.cut()
        if only_words and not picture.signs.isalpha():
            return []
        rows = sorted(self._reader.rows(grey), key=lambda row: -row.score)
        if only_words or not rows:
            return [self._seen(grey, row, [""]) for row in rows]
        number = self._seen(grey, rows[0], picture.digits)
        if number.share < settings.known_badly * len(number.digits):
            return [number]
        others = [row for row in rows[1:] if row.score < settings.number]
        return [number, *(self._seen(grey, row, [""]) for row in others)]

    def _seen(self, grey: Grey, row: Row, digits: Sequence[str]) -> _Found:
        """A row whose digits are one of these."""
        boxes, own = row.marks.boxes, row.marks.boxes[is_digit(row.marks)]
        columns = self._row_network(grey, looks_of(boxes, own, row.height))
        looks = [log_shares(without_signs(look.logs), digits) for look in columns]
        shares = np.mean(looks, axis=0)
        best = int(shares.argmax())
        return _Found(
            window_of(boxes, own, row.height),
            row.height,
            digits[best],
            float(shares[best]),
            _middles(columns[0], digits[best]),
        )


def _middles(columns: Columns, digits: str) -> tuple[float, ...]:
    """The x of each digit on the page."""
    spans = places(without_signs(columns.logs), digits) if digits else []
    return tuple(columns.left_of(0) + columns.step * (sum(s) + 1) / 2 for s in spans)


def without_signs(logs: Floats) -> Floats:
    """The log shares where any sign counts as none: what a digits-only label knows."""
    nothing = np.logaddexp.reduce(logs[:, len(DIGITS) :], axis=1, keepdims=True)
    never = np.full_like(logs[:, len(DIGITS) : CLASS_OF[OTHER]], NEVER)
    return np.concatenate([logs[:, : len(DIGITS)], never, nothing], axis=1)


def load_rows(
    data_dir: Path, found: Path, settings: AsReadSettings = SETTINGS
) -> list[RowAsRead]:
    """The rows that `find_rows` wrote.

    Where the surest row is not the number, it is left out.
    """
    arrays = open_npz(found)
    # The middles of all rows' digits are one array.
    first_of = np.cumsum([0, *(len(str(digits)) for digits in arrays["digits"])])
    rows = []
    for name, weight in settings.often():
        pictures = load_numbers(name, "train", data_dir)
        for place in np.flatnonzero(arrays["name"] == name):
            digits = str(arrays["digits"][place])
            share = float(arrays["share"][place])
            if not digits or share > settings.least_share * len(digits):
                picture: NumberPicture = pictures[int(arrays["index"][place])]
                *window, height = arrays["window"][place].tolist()
                often = weight * _how_often(share, settings)
                told = row_text(name, picture.signs, digits)
                text = told if digits else NOTHING
                first = int(first_of[place])
                middles = arrays["middles"][first : first + len(digits)].tolist()
                rows.append(
                    RowAsRead(
                        picture.cut(),
                        _window(window),
                        height,
                        text,
                        often,
                        f"{name} {picture.group}",
                        tuple(middles),
                    )
                )
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
