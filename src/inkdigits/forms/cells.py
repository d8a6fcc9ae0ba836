"""What the Reader sees in a form's fields; forms call the Reader only here.

A comb's boxes are known, so each box's ink is framed and given to the digit network,
all boxes of a page at once; the row network sees each comb as one row, and the page's
digits are compared with one another, for they are by one hand. A field without boxes is
read as a line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import log

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.forms.one_hand import agreed
from inkdigits.forms.registration.blank import PX_PER_MM
from inkdigits.forms.texts import Place, Text
from inkdigits.reading.input.pages import Grey
from inkdigits.reading.marks.boxes import Floats
from inkdigits.reading.marks.glyphs import glyph_of
from inkdigits.reading.reader import Reader
from inkdigits.reading.results import Digit, Line, Prediction

Box = tuple[int, int, int, int]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CellSettings:
    """When a box holds ink, and whose ink it is."""

    darkness: int = 70  # grey levels below white: ink as faint as hard pencil
    # Of ink in strokes, and the longer side of a stroke: with less a box is blank
    least_mm2: float = 0.45
    least_mm: float = 1.3
    # Beside strokes, shorter pieces than this are specks; longer ones are parts of a digit
    speck_mm: float = 0.8
    # A fax machine breaks faint strokes: pieces nearer than this are one
    gap_px: int = 11
    own: float = 0.7  # share of a stroke in one box from which all of it belongs there
    across: float = 2.3  # a stroke as wide as this many boxes crosses them out
    most_filled: float = 0.42  # of a box's area: more ink is a scribble
    # How often the network is sure of a wrong digit, shared by all ten
    floor: float = 0.002
    # The row network's weight in the mean of both networks' log shares. Both see the
    # same ink and make related errors: with sums of logs, 0.9 % of the accepted fields
    # of held-out writers were wrong, with means 0.3 %.
    by_row: float = 0.5
    least_by_row: float = -7.0  # log share: the row network can be sure and wrong too
    likely_in_row: float = 0.5  # from here on the row network takes ink for a digit
    most_lines: int = 1  # numbers in a field
    rim_px: int = 8  # margin around a digit that is cut out


CELLS = CellSettings()
CROSSED_OUT = "crossed out or overwritten"


@dataclass(frozen=True)
class Cell:
    """One box of a comb: its glyph (None if blank), or why it cannot be read."""

    glyph: Grey | None = None
    reason: str = ""
    alone: Grey | None = None  # its ink as it is on the paper, without its neighbours'
    box: Box | None = None  # around its ink, in the comb's pixels
    # The log shares of the ten digits by the row network, where it saw the comb
    by_row: Floats | None = None


@dataclass(frozen=True)
class SeenCell:
    """The texts a box may hold, with their logs, and how surely they are a digit."""

    place: Place
    legible: float
    reason: str = ""


def comb_cells(
    written: Grey, edges: Sequence[int], settings: CellSettings = CELLS
) -> list[Cell]:
    """A comb's boxes; `edges` are their sides in pixels from left to right.

    A stroke belongs to the box it lies most in.
    """
    ink = _ink(written, settings)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        ink.astype(np.uint8), connectivity=8
    )
    owner = np.zeros(written.shape[1], np.int32)
    for cell, (left, right) in enumerate(pairwise(edges)):
        owner[max(0, left) : right] = cell
    # What reaches beyond the last box is the last box's.
    owner[max(0, edges[-1]) :] = len(edges) - 2
    pitch = (edges[-1] - edges[0]) / (len(edges) - 1)
    parts: list[Mask] = [np.zeros(written.shape, bool) for _ in edges[1:]]
    crossed: set[int] = set()
    for label in range(1, count):
        left, top, width, height = (int(side) for side in stats[label, :4])
        around = (slice(top, top + height), slice(left, left + width))
        stroke = labels[around] == label
        shares = np.bincount(
            np.broadcast_to(owner[around[1]], stroke.shape)[stroke],
            minlength=len(parts),
        )
        # A stroke across several boxes crosses them all out.
        if width > settings.across * pitch:
            crossed.update(int(cell) for cell in np.flatnonzero(shares))
        if shares.max() >= settings.own * shares.sum():
            parts[int(shares.argmax())][around] |= stroke
        else:
            # Strokes that touch over a side are cut there.
            for place in np.flatnonzero(shares):
                parts[int(place)][around] |= stroke & (owner[around[1]] == place)
    return [
        _cell(written, part, pitch, index in crossed, settings)
        for index, part in enumerate(parts)
    ]


def _cell(
    written: Grey, ink: Mask, pitch: float, crossed: bool, settings: CellSettings
) -> Cell:
    """What stands in one box: nothing, a digit's glyph, or something crossed out."""
    own = _without_specks(ink, settings)
    if own is None:
        return Cell()
    if crossed or own.sum() > settings.most_filled * pitch * written.shape[0]:
        return Cell(reason=CROSSED_OUT)
    # A pixel more than the ink, so that strokes keep their soft rim.
    own_and_rim = cv2.dilate(own.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(
        bool
    )
    alone = np.where(own_and_rim, written, 255).astype(np.uint8)
    rows = np.flatnonzero(own.any(axis=1))
    columns = np.flatnonzero(own.any(axis=0))
    top = rows[0]
    bottom = rows[-1]
    left = columns[0]
    right = columns[-1]
    box = np.array([left, top, right + 1, bottom + 1], np.float32)
    rim = settings.rim_px
    around = alone[max(0, top - rim) : bottom + rim, max(0, left - rim) : right + rim]
    inked = (int(left), int(top), int(right) + 1, int(bottom) + 1)
    return Cell(glyph_of(alone, box), alone=around, box=inked)


def comb_cells_in_row(
    reader: Reader,
    written: Grey,
    edges: Sequence[int],
    settings: CellSettings = CELLS,
) -> list[Cell]:
    """A comb's boxes, also seen as one row of digits."""
    cells = comb_cells(written, edges, settings)
    inked = np.array([cell.box for cell in cells if cell.box is not None], np.float32)
    shares = reader.predict_in_row(written, inked, edges) if len(inked) else None
    if shares is None:
        return cells
    return [
        replace(cell, by_row=logs) for cell, logs in zip(cells, shares, strict=True)
    ]


def _ink(grey: Grey, settings: CellSettings = CELLS) -> Mask:
    """Which pixels are dark enough to be ink."""
    lightest_ink = 255 - settings.darkness
    return np.asarray(grey < lightest_ink)


def _without_specks(ink: Mask, settings: CellSettings = CELLS) -> Mask | None:
    """The ink without its specks, or None if there is nothing else."""
    # Pieces with hardly a gap between them count as one.
    size = (settings.gap_px, settings.gap_px)
    joined = cv2.morphologyEx(
        ink.astype(np.uint8),
        cv2.MORPH_CLOSE,
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size),
    )
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    sides = stats[:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1].max(axis=1)
    is_stroke = sides >= settings.least_mm * PX_PER_MM
    stroke_px = (ink & is_stroke[labels]).sum()
    if stroke_px < settings.least_mm2 * PX_PER_MM**2:
        return None
    is_piece = sides >= settings.speck_mm * PX_PER_MM
    return np.asarray(ink & is_piece[labels])


def has_ink(ink: Mask, settings: CellSettings = CELLS) -> bool:
    """Whether there is more than specks."""
    return _without_specks(ink, settings) is not None


def is_blank(written: Grey, settings: CellSettings = CELLS) -> bool:
    """Whether nothing is written in a cut-out; specks do not count."""
    ink = _ink(written, settings)
    return not has_ink(ink, settings)


def ink_share(written: Grey, settings: CellSettings = CELLS) -> float:
    """The share of a cut-out that ink covers."""
    ink = _ink(written, settings)
    return float(ink.mean())


def see_cells(
    reader: Reader, cells: Iterable[Cell], settings: CellSettings = CELLS
) -> list[SeenCell | None]:
    """What the Reader takes each box's glyph for, in one pass; None if blank."""
    asked = list(cells)
    glyphs = [cell.glyph for cell in asked if cell.glyph is not None]
    answers = iter(reader.predict_in_boxes(np.stack(glyphs)) if glyphs else [])
    seen: list[SeenCell | None] = []
    for cell in asked:
        if cell.glyph is not None:
            seen.append(_seen(next(answers), cell.by_row, settings))
        else:
            seen.append(SeenCell((), 0.0, cell.reason) if cell.reason else None)
    return _by_one_hand(asked, seen)


def _by_one_hand(
    asked: Sequence[Cell], seen: Sequence[SeenCell | None]
) -> list[SeenCell | None]:
    """The same boxes; where a digit is in doubt, those that look like it decide."""
    told = list(seen)
    legible = [
        (index, cell.glyph, each)
        for index, (cell, each) in enumerate(zip(asked, seen, strict=True))
        if cell.glyph is not None and each is not None and not each.reason
    ]
    if not legible:
        return told
    glyphs = np.stack([glyph for _, glyph, _ in legible])
    logs = np.array([[log for _, log in each.place] for _, _, each in legible])
    for (index, _, each), of_digits in zip(legible, agreed(glyphs, logs), strict=True):
        signs = [sign for sign, _ in each.place]
        place = tuple(zip(signs, of_digits.tolist(), strict=True))
        told[index] = replace(each, place=place)
    return told


def _seen(
    answer: Prediction, by_row: Floats | None, settings: CellSettings
) -> SeenCell:
    """A digit network's answer as the texts of a place.

    It is combined with the row network's answer, if there is one.
    """
    share = answer.probabilities[answer.digit]
    legible = min(1.0, answer.confidence / max(share, 1e-6))
    is_digit = answer.reason != "no digit"
    place = _place(enumerate(answer.probabilities), settings)
    if by_row is not None:
        in_row = min(1.0, float(np.exp(by_row).sum()))
        # Only what neither network takes for a digit is none.
        is_digit = is_digit or in_row > settings.likely_in_row
        legible = 1 - (1 - legible) * (1 - in_row)
        place = _joint_place(place, by_row, settings)
    if not is_digit:
        # What was crossed out may still be the digit that was meant.
        return SeenCell(((str(answer.digit), 0.0),), 0.0, CROSSED_OUT)
    return SeenCell(place, legible)


def _joint_place(place: Place, by_row: Floats, settings: CellSettings) -> Place:
    """The mean of both networks' log shares of the ten digits."""
    signs, by_ink = zip(*place, strict=True)
    in_row = np.maximum(by_row, settings.least_by_row)
    logs = (1 - settings.by_row) * np.array(by_ink) + settings.by_row * in_row
    logs -= np.logaddexp.reduce(logs)
    return tuple(zip(signs, logs.tolist(), strict=True))


def _place(shares: Iterable[tuple[int, float]], settings: CellSettings) -> Place:
    """The logs of ten shares, none of them nothing: a network can be sure and wrong."""
    floor = settings.floor / 10
    given = dict(shares)
    total = max(sum(given.values()), 1e-9)
    return tuple(
        (str(digit), log((1 - settings.floor) * given.get(digit, 0.0) / total + floor))
        for digit in range(10)
    )


@dataclass(frozen=True)
class SeenLine:
    """What was seen in a field without boxes.

    It has the likely texts and the confidence that they are one number, or why it
    cannot be read.
    """

    places: tuple[Place, ...] = ()
    others: tuple[Text, ...] = ()
    seen: str = ""
    legible: float = 0.0
    reason: str = ""


def see_line(
    reader: Reader, written: Grey, expect: str | None, settings: CellSettings = CELLS
) -> SeenLine:
    """The number in a cut-out."""
    reading = reader.read(written, expect=expect) if expect else reader.read(written)
    if not reading.lines:
        return SeenLine(reason="no number found in it")
    largest_first = sorted(reading.lines, key=lambda line: -_area(line))
    best = largest_first[0]
    if len(largest_first) > settings.most_lines:
        # A small line next to a large one is a speck or the end of a neighbour.
        second = largest_first[1]
        if _area(second) > 0.3 * _area(best):
            texts = [line.text for line in largest_first]
            return SeenLine(
                seen=" ".join(texts),
                reason="it contains several numbers",
            )
    # The best text's share is what the others leave.
    share_of_best = max(1e-4, 1.0 - sum(share for _, share in best.alternatives))
    others = tuple(
        Text(text, log(max(share, 1e-6) / share_of_best))
        for text, share in best.alternatives
    )
    return SeenLine(_places(best, settings), others, best.text, best.confidence)


def _area(line: Line) -> int:
    """How large a line's box is, in pixels."""
    box = line.box
    width = box.right - box.left
    height = box.bottom - box.top
    return width * height


def _places(line: Line, settings: CellSettings) -> tuple[Place, ...]:
    """Each sign of the line's text with what it may be instead."""
    digits = iter(line.digits)
    places: list[Place] = []
    for sign in line.text:
        if sign.isdigit():
            places.append(_digit_place(next(digits), settings))
        else:
            # A point or slash has no alternatives.
            places.append(((sign, 0.0),))
    return tuple(places)


def _digit_place(digit: Digit, settings: CellSettings) -> Place:
    """A digit and its alternatives, by the reader's own shares."""
    # The best digit must be possible, however unsure the reader is.
    shares = {digit.digit: max(digit.confidence, 1e-3)}
    shares.update(digit.alternatives)
    return _place(shares.items(), settings)
