"""Strips to learn from: composed rows, real numbers, pen strokes, and words.

patches, crops → a row's boxes, not quite exact, one at its end now and then missed → strip, text
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.data.named import open_npz
from inkdigits.reading.marks.alphabet import CLASS_OF, CLASSES, DIGITS, OTHER
from inkdigits.reading.marks.boxes import middles_x, middles_y
from inkdigits.reading.marks.closeup import in_even_contrast
from inkdigits.reading.marks.edges import edge_shade
from inkdigits.reading.marks.found import Found
from inkdigits.reading.numbers.rows import rows_of
from inkdigits.reading.numbers.strips import (
    HEIGHT_PX,
    STRIPS,
    Window,
    shrunk,
    straightened,
    window_of,
)
from inkdigits.synthesis import papers
from inkdigits.synthesis.hands import Hands, in_part, load_hands
from inkdigits.synthesis.patches import UNKNOWN, compose
from inkdigits.training.marks.mosaics import Crop, load_crops
from inkdigits.training.rows.as_read import RowAsRead, load_rows, seen_differently
from inkdigits.training.rows.loss import wanted
from inkdigits.training.rows.spliced import RowStrip, spliced
from inkdigits.training.workers import Workers

Rng = np.random.Generator
Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Text = tuple[
    tuple[int, ...], bool
]  # classes of the marks from left to right, and whether signs are known
Strip = tuple[Floats, Text]
_NONE = CLASS_OF[OTHER]
_RIM_PX = 14  # of paper around a number string


@dataclass(frozen=True, slots=True)
class StripSamples:
    """What a batch holds, and how far a strip is from an exact one.

    Lengths in heights of the row's digits.
    """

    batch: int = 64
    high_px: int = HEIGHT_PX  # of a strip
    column_px: int = 2  # of a strip's width, for which the network gives one answer
    # Made together and sorted by width: little of a batch is padding
    sorted_batches: int = 6
    workers: int = 1
    pool: int = 4000  # strips among which those of one patch are mixed
    part: str = "train"  # whose hands
    seed: int = 0
    real: float = 0.42  # of the strips
    # Of the real ones: as the reader finds them, not as their boxes are known to lie
    as_read: float = 0.5
    # Of these: the beginning of one with the end of another by the same hand
    spliced: float = 0.0
    strokes: float = 0.07  # UNIPEN's number strings
    # Real words, blank cells, pieces of neighbours: there is no number on them
    words: float = 0.09
    # Of these: what the reader found where no number is
    strays: float = 0.0
    side_px: tuple[int, int] = (256, 400)  # of composed patches
    again: int = 3  # times each row of a patch is shown, never quite the same
    off_box: float = 0.07
    off_height: float = 0.13  # log
    off_slope: float = 0.02
    off_level: float = 0.06  # of the middle line, up or down
    # Of the strip's height around its middle line: what nobody knows may not reach in
    unknown: float = 0.3
    another: float = 0.45  # the same, for the middle of another row's mark
    cell_alone: float = 0.8  # cells that are shown without what lies around them
    noisy: float = 0.15
    faxed: float = 0.07
    thick: float = 0.4  # of the number strings: drawn by a broader pen
    # Rows without their first or their last mark, which then stands in the margin
    missed: float = 0.15
    margin: tuple[float, float] = (0.5, 1.2)  # of the usual margin
    leaning: float = 0.12
    stretched: float = 0.12  # log


SAMPLES = StripSamples()


@dataclass(frozen=True, slots=True)
class Sources:
    """Where real numbers are taken from; without a file its kind of strip is left out."""

    data_dir: Path
    # Boxes of real numbers (training/marks/labelling.py)
    labelled: Path | None = None
    # Rows of real numbers as the reader finds them (as_read.py)
    as_read: Path | None = None


def batches(
    sources: Sources, settings: StripSamples
) -> Iterator[tuple[Floats, npt.NDArray[np.int32]]]:
    """Batches without end: strips (N, 32, width, 1), and what is wanted of them (loss.py)."""
    workers: Workers[tuple[npt.NDArray[np.float16], npt.NDArray[np.int32]]] = Workers(
        _batches,
        (sources, settings),
        count=settings.workers,
        most=24,
        seed=settings.seed,
    )
    try:
        while True:
            batch = workers.take(60.0)
            if batch is not None:
                yield batch[0].astype(np.float32), batch[1]
    finally:
        workers.close()


def _batches(
    rng: Rng, sources: Sources, settings: StripSamples
) -> Iterator[tuple[npt.NDArray[np.float16], npt.NDArray[np.int32]]]:
    strips = shuffled(rng, samples(rng, sources, settings), settings.pool)
    while True:
        some = [next(strips) for _ in range(settings.batch * settings.sorted_batches)]
        some.sort(key=lambda strip: strip[0].shape[1])
        for number in rng.permutation(settings.sorted_batches):
            yield padded(some[number * settings.batch : (number + 1) * settings.batch])


def shuffled(rng: Rng, strips: Iterator[Strip], size: int) -> Iterator[Strip]:
    """The same strips, those of one patch far apart."""
    pool = [next(strips) for _ in range(size)]
    for strip in strips:
        place = int(rng.integers(size))
        yield pool[place]
        pool[place] = strip


def padded(
    strips: list[Strip],
) -> tuple[npt.NDArray[np.float16], npt.NDArray[np.int32]]:
    """Strips of one batch, the shorter ones with even paper at their end."""
    width = max(strip.shape[1] for strip, _ in strips)
    high_px = strips[0][0].shape[0]
    shown = np.zeros((len(strips), high_px, -(-width // 16) * 16, 1), np.float16)
    for row, (strip, _) in zip(shown, strips, strict=True):
        row[:, : strip.shape[1], 0] = strip
        row[:, strip.shape[1] :, 0] = np.median(strip[:, -1])
    return shown, wanted([text for _, text in strips])


def samples(rng: Rng, sources: Sources, settings: StripSamples) -> Iterator[Strip]:
    """One strip after another."""
    hands = load_hands(sources.data_dir, settings.part)
    real = _Real(load_crops(sources.labelled)) if sources.labelled is not None else None
    as_read = (
        _AsRead(load_rows(sources.data_dir, sources.as_read))
        if sources.as_read is not None
        else None
    )
    strokes = _strokes(sources.data_dir, settings.part)
    composed = _composed(rng, hands, settings)
    while True:
        kind = rng.random()
        strip = None
        if kind < settings.strokes:
            strip = _of_strokes(rng, strokes, settings)
        elif real is not None and kind < settings.strokes + settings.real:
            if as_read is not None and rng.random() < settings.as_read:
                strip = as_read.number(rng, settings)
            else:
                strip = real.number(rng, settings)
        elif (
            real is not None
            and kind < settings.strokes + settings.real + settings.words
        ):
            strip = (
                as_read.nothing(rng, settings)
                if as_read is not None and rng.random() < settings.strays
                else real.nothing(rng, settings)
            )
        else:
            strip = next(composed)
        if strip is not None:
            yield strip


def _composed(rng: Rng, hands: Hands, settings: StripSamples) -> Iterator[Strip]:
    while True:
        patch = compose(rng, hands, int(rng.integers(*settings.side_px)))
        unknown = patch.regions[patch.regions[:, 0] == UNKNOWN, 1:]
        is_mark = patch.marks[:, 0] != _NONE
        rows = rows_of([(1.0, _as_found(patch.marks[is_mark]))])
        for _ in range(settings.again):
            for row in rows:
                own = np.column_stack(
                    [row.marks.classes.argmax(axis=1), row.marks.boxes]
                ).astype(np.float32)
                strip = _row_strip(
                    rng, patch.grey, own, patch.marks[is_mark], unknown, settings
                )
                if strip is not None:
                    yield strip
        letters = _as_found(patch.marks[~is_mark], as_digits=True)
        for row in rows_of([(1.0, letters)])[:2]:
            own = np.column_stack(
                [np.full(len(row.marks), _NONE), row.marks.boxes]
            ).astype(np.float32)
            strip = _row_strip(
                rng, patch.grey, own, patch.marks[is_mark], unknown, settings
            )
            if strip is not None:
                yield strip


def _as_found(marks: Floats, *, as_digits: bool = False) -> Found:
    classes = np.zeros((len(marks), len(CLASSES)), np.float32)
    classes[np.arange(len(marks)), 0 if as_digits else marks[:, 0].astype(int)] = 1
    return Found(
        marks[:, 1:].astype(np.float32), np.ones(len(marks), np.float32), classes
    )


def _row_strip(
    rng: Rng,
    grey: Grey,
    own: Floats,
    marks: Floats,
    unknown: Floats,
    settings: StripSamples,
    *,
    knows_signs: bool = True,
) -> Strip | None:
    """One row as a strip.

    None where something else stands in it, or something of which nothing is known.
    """
    digits = own[(own[:, 0] < len(DIGITS)) | (own[:, 0] == _NONE)]
    if not len(digits):
        return None
    height = float(np.median(digits[:, 4] - digits[:, 2]))
    window = _window(rng, own[np.argsort(own[:, 1] + own[:, 3])], height, settings)
    left, right = window.left, window.left + window.width
    inside = (own[:, 1] >= left - 1) & (own[:, 3] <= right + 1)
    if (
        not inside.all()
        or _any_in(window, unknown, settings)
        or _others_in(window, own, marks, settings)
    ):
        return None
    text = [
        int(mark)
        for mark in own[np.argsort(own[:, 1] + own[:, 3], kind="stable"), 0]
        if mark != _NONE
    ]
    if not knows_signs:
        text = [mark for mark in text if mark < len(DIGITS)]
    return _finished(rng, grey, window, text, settings, knows_signs=knows_signs)


def _window(rng: Rng, own: Floats, height: float, settings: StripSamples) -> Window:
    """Where a row is seen whose marks were found nearly right.

    All of them are inside, or else the sample is left out.
    """
    boxes = (
        own[:, 1:] + rng.normal(0, settings.off_box * height, (len(own), 4))
    ).astype(np.float32)
    is_digit = (own[:, 0] < len(DIGITS)) | (own[:, 0] == _NONE)
    found = np.arange(len(own))
    if len(own) > 1 and rng.random() < settings.missed:
        found = found[1:] if rng.random() < 0.5 else found[:-1]
    found = found if is_digit[found].any() else np.arange(len(own))
    seen_height = height * float(np.exp(rng.normal(0, settings.off_height)))
    sides = replace(STRIPS, margin=STRIPS.margin * float(rng.uniform(*settings.margin)))
    window = window_of(boxes[found], boxes[found][is_digit[found]], seen_height, sides)
    return replace(
        window,
        middle_y=window.middle_y + float(rng.normal(0, settings.off_level)) * height,
        slope=window.slope + float(rng.normal(0, settings.off_slope)),
    )


def _any_in(window: Window, boxes: Floats, settings: StripSamples) -> bool:
    """Whether any of these boxes reaches into the window's middle."""
    if not len(boxes):
        return False
    left, top, right, bottom = boxes.T
    middles = window.middle_y + window.slope * (middles_x(boxes) - window.middle_x)
    reach = settings.unknown * window.high
    is_across = (right > window.left) & (left < window.left + window.width)
    is_beside = (bottom > middles - reach) & (top < middles + reach)
    return bool((is_across & is_beside).any())


def _others_in(
    window: Window, own: Floats, marks: Floats, settings: StripSamples
) -> bool:
    """Whether a mark that is not the row's own has most of itself in the window."""
    if not len(marks):
        return False
    x, y = middles_x(marks[:, 1:]), middles_y(marks[:, 1:])
    middles = window.middle_y + window.slope * (x - window.middle_x)
    is_across = (x > window.left) & (x < window.left + window.width)
    is_level = np.abs(y - middles) < settings.another * window.high
    is_own = (np.abs(marks[:, None, 1:] - own[None, :, 1:]).max(axis=2) < 0.5).any(
        axis=1
    )
    return bool((is_across & is_level & ~is_own).any())


def _finished(
    rng: Rng,
    grey: Grey,
    window: Window,
    text: list[int],
    settings: StripSamples,
    *,
    knows_signs: bool,
) -> Strip | None:
    strip = _level(grey, window, settings)
    return _varied(rng, strip, text, settings, knows_signs=knows_signs)


def _level(grey: Grey, window: Window, settings: StripSamples) -> Grey:
    return shrunk(straightened(grey, window, edge_shade(grey)), settings.high_px)


def _varied(
    rng: Rng,
    strip: Grey,
    text: list[int],
    settings: StripSamples,
    *,
    knows_signs: bool,
) -> Strip | None:
    strip = _leaning(rng, strip, settings)
    repeats = sum(one == other for one, other in pairwise(text))
    if strip.shape[1] // settings.column_px < len(text) + repeats + 2 or strip.shape[
        1
    ] > STRIPS.most_px * settings.high_px // (3 * HEIGHT_PX):
        return None
    return papers.seen_again(rng, in_even_contrast(strip), noisy=settings.noisy), (
        tuple(text),
        knows_signs,
    )


def _leaning(rng: Rng, strip: Grey, settings: StripSamples) -> Grey:
    """Leaning and stretched a little."""
    width = max(
        8, round(strip.shape[1] * float(np.exp(rng.normal(0, settings.stretched))))
    )
    lean = float(rng.normal(0, settings.leaning))
    across = width / strip.shape[1]
    high_px = strip.shape[0]
    matrix = np.array([[across, lean, -lean * high_px / 2], [0, 1, 0]], np.float32)
    return np.asarray(
        cv2.warpAffine(
            strip, matrix, (width, high_px), borderMode=cv2.BORDER_REPLICATE
        ),
        np.uint8,
    )


def _one_of(rng: Rng, shares: npt.NDArray[np.float64]) -> int:
    """An index, as often as the step that the cumulated shares make there."""
    place = int(np.searchsorted(shares, rng.random() * shares[-1]))
    return min(place, len(shares) - 1)


class _AsRead:
    """Real numbers where the reader finds them."""

    def __init__(self, rows: list[RowAsRead]) -> None:
        self._others = [row for row in rows if not row.text.marks]
        self._rows = rows = [row for row in rows if row.text.marks]
        lengths = np.sqrt([len(row.text.marks) for row in self._rows])
        self._share = np.cumsum([row.weight for row in self._rows] * lengths)

        self._of_hand: dict[str, list[RowAsRead]] = {}
        for row in rows:
            self._of_hand.setdefault(row.hand, []).append(row)

    def number(self, rng: Rng, settings: StripSamples) -> Strip | None:
        row = self._rows[_one_of(rng, self._share)]
        shown, text = _row_seen(rng, row, settings), row.text
        strip = shown.strip
        if rng.random() < settings.spliced:
            by_hand = self._of_hand[row.hand]
            other = by_hand[int(rng.integers(len(by_hand)))]
            new = spliced(rng, shown, _row_seen(rng, other, settings))
            strip, text = new if new is not None else (strip, text)
        return _varied(
            rng, strip, list(text.marks), settings, knows_signs=text.knows_signs
        )

    def nothing(self, rng: Rng, settings: StripSamples) -> Strip | None:
        """A row that the reader found where no number is."""
        if not self._others:
            return None
        row = self._others[int(rng.integers(len(self._others)))]
        strip = _row_seen(rng, row, settings).strip
        return _varied(rng, strip, [], settings, knows_signs=True)


def _row_seen(rng: Rng, row: RowAsRead, settings: StripSamples) -> RowStrip:
    window = seen_differently(rng, row)
    return RowStrip(row, _level(row.grey, window, settings), window)


class _Real:
    """Real numbers with the boxes that labelling found, and words and blank cells."""

    def __init__(self, crops: list[Crop]) -> None:
        self._written = [
            crop for crop in crops if (crop.marks[:, 0] < len(DIGITS)).any()
        ]
        self._empty = [crop for crop in crops if not len(crop.marks)]
        self._share = np.cumsum(
            [crop.weight * np.sqrt(len(crop.marks)) for crop in self._written]
        )

    def number(self, rng: Rng, settings: StripSamples) -> Strip | None:
        crop = self._written[_one_of(rng, self._share)]
        digits = crop.marks[crop.marks[:, 0] < len(DIGITS)]
        grey, offset = _known_part(rng, crop, settings)
        digits = digits - np.array([0, *offset, *offset], np.float32)
        nothing = np.zeros((0, 4), np.float32)
        return _row_strip(
            rng, grey, digits, digits, nothing, settings, knows_signs=False
        )

    def nothing(self, rng: Rng, settings: StripSamples) -> Strip | None:
        crop = self._empty[int(rng.integers(len(self._empty)))]
        height, width = crop.grey.shape
        high = crop.tall_px * float(np.exp(rng.normal(0, 0.25)))
        wide = high * rng.uniform(0.4, 4)
        x, y = (
            rng.uniform(-0.3 * high, max(1.0, width - 0.5 * wide)),
            rng.uniform(0, max(1.0, height - high)),
        )
        box = np.array([[x, y, x + wide, y + high]], np.float32)
        return _finished(
            rng, crop.grey, window_of(box, box, high), [], settings, knows_signs=True
        )


def _known_part(
    rng: Rng, crop: Crop, settings: StripSamples
) -> tuple[Grey, tuple[float, float]]:
    """The crop without what lies around its cell, most of the time; and where that part begins."""
    height, width = crop.grey.shape
    left, top, right, bottom = 0.0, 0.0, float(width), float(height)
    is_alone = rng.random() < settings.cell_alone
    for _, x0, y0, x1, y1 in crop.regions.tolist() if is_alone else ():
        # What reaches from edge to edge lies beside the cell.
        is_column, is_row = y0 <= 0 and y1 >= height, x0 <= 0 and x1 >= width
        if is_column and x0 <= 0:
            left = max(left, x1)
        elif is_column:
            right = min(right, x0)
        if is_row and y0 <= 0:
            top = max(top, y1)
        elif is_row:
            bottom = min(bottom, y0)
    x, y = int(left), int(top)
    part = crop.grey[y : max(y + 4, round(bottom)), x : max(x + 4, round(right))]
    return np.ascontiguousarray(part), (float(x), float(y))


def _strokes(data_dir: Path, part: str) -> list[tuple[Grey, list[int]]]:
    """UNIPEN's numbers that are written with marks of the alphabet."""
    arrays = open_npz(data_dir / "unipen/number_strings.npz")
    found = []
    for index in np.flatnonzero(in_part(arrays["source_file"], part)):
        text = "".join(str(arrays["labels"][index]).split())
        if text and all(sign in CLASS_OF for sign in text):
            ink = arrays["images"][index][:, : arrays["width"][index]].astype(np.uint8)
            found.append((ink, [CLASS_OF[sign] for sign in text]))
    return found


def _of_strokes(
    rng: Rng, strokes: list[tuple[Grey, list[int]]], settings: StripSamples
) -> Strip | None:
    ink, text = strokes[int(rng.integers(len(strokes)))]
    if rng.random() < settings.thick:
        size = int(rng.integers(2, 4))
        ink = np.asarray(cv2.dilate(ink, np.ones((size, size), np.uint8)), np.uint8)
    paper, dark = rng.uniform(190, 255), rng.uniform(0, 110)
    page = (
        cv2.copyMakeBorder(
            ink, *(_RIM_PX,) * 4, cv2.BORDER_CONSTANT, value=(0,)
        ).astype(np.float32)
        / 255
    )
    grey = np.clip(paper + (dark - paper) * page, 0, 255).astype(np.uint8)
    rows, columns = np.nonzero(page > 0.3)
    if not len(rows):
        return None
    box = np.array(
        [[0, columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], np.float32
    )
    height = float(box[0, 4] - box[0, 2]) * float(np.exp(rng.normal(-0.08, 0.12)))
    return _finished(
        rng, grey, _window(rng, box, height, settings), text, settings, knows_signs=True
    )
