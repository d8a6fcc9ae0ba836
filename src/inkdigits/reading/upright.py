"""Pages that lie on their side or stand askew: turned so far that their lines read best."""

import numpy as np
import numpy.typing as npt

from inkdigits.reading.input.pages import Grey
from inkdigits.reading.page import Road, read_sheet
from inkdigits.reading.results import Line
from inkdigits.reading.sheet import Sheet, other_sheets_of, sheet_of

_STEEPEST_DEG = 24
_LEAST_DEG = 1.5
_LEAST_STROKES = 4
_SMALLEST_PX = 9
_CLEARLY = 1.12
_MOST_POINTS = 20_000
_MOST_TURNED = 1000
_QUARTERS = (90.0, -90.0, 180.0)
_MUCH_BETTER = 1.3
_LONGEST = 4.0
_SURE_ENOUGH, _FOR_MORE = 0.95, 0.2
_MOST_READ, _SURELY, _LINES_SURELY = 0.5, 0.9, 0.5
_READ_UPRIGHT = 0.75
_SAME_PX = 2
_Points = npt.NDArray[np.float32]


def read_upright(grey: Grey, road: Road) -> tuple[tuple[Line, ...], float]:
    """The page's lines, and by how many degrees (against the clock) it was turned to read them."""
    lines, turned, sheet = _levelled(grey, road, 0.0)
    if _reads_badly(lines, _large_strokes(sheet)):
        best = max(_worth(lines), 0.5)
        for quarter in _QUARTERS:
            other, degrees, there = _levelled(grey, road, quarter)
            if _reads_well(other, _large_strokes(there)) and _worth(other) > max(_MUCH_BETTER * best, best + 1.0):
                lines, turned, sheet, best = other, degrees, there, _worth(other)
    return (_surest(lines, sheet, grey, turned, road) if lines else lines), turned


def _surest(lines: tuple[Line, ...], first: Sheet, grey: Grey, turned: float, road: Road) -> tuple[Line, ...]:
    """The lines, or what another way to tell ink from paper makes of them, if it is surer or finds more digits.

    Pencil breaks where only dark ink is taken, ink runs together where faint is, and a shadow's edge is ink to some ways.
    """
    others, seen = other_sheets_of(grey, turned, _smallest_px(lines)), [first]
    while _sureness(lines) < _SURE_ENOUGH and (sheet := next(others, None)) is not None:
        if not any(_has_same_strokes(sheet, other) for other in seen):
            lines = max(lines, read_sheet(sheet, road), key=_merit)
            seen.append(sheet)
    return lines


def _has_same_strokes(sheet: Sheet, other: Sheet) -> bool:
    """Whether each stroke lies where one of the other's does: then it reads as that does."""
    if len(sheet.boxes) != len(other.boxes):
        return False
    (one, scale), (two, larger) = ((each.boxes[:, :4] * each.scale, each.scale) for each in (sheet, other))
    order, others = np.lexsort(one.T[::-1]), np.lexsort(two.T[::-1])
    return bool((np.abs(one[order] - two[others]) <= _SAME_PX * max(scale, larger)).all())


def _smallest_px(lines: tuple[Line, ...]) -> float:
    """The usual height of the digits in the line where they are smallest, on the page; their width, where it lies on its side."""
    boxes = [[mark.box for mark in line.digits if mark.digit is not None] for line in lines]
    return float(min(np.median([max(box.right - box.left, box.bottom - box.top) for box in own]) for own in boxes))


def _merit(lines: tuple[Line, ...]) -> float:
    """To be sure of less is easy: what is left out counts against it."""
    return _sureness(lines) * float(sum(len(line.text) for line in lines) ** _FOR_MORE)


def _sureness(lines: tuple[Line, ...]) -> float:
    """How sure the lines are on the whole."""
    return float(np.mean([line.confidence for line in lines])) if lines else 0.0


def _levelled(grey: Grey, road: Road, quarter_deg: float) -> tuple[tuple[Line, ...], float, Sheet]:
    """Read as it lies after some quarter turns, or levelled where its lines are clearly askew; with the turn and the sheet."""
    sheet = sheet_of(grey, quarter_deg)
    askew = skew_deg(sheet)
    if askew:
        sheet = sheet_of(grey, quarter_deg + askew)
    return read_sheet(sheet, road), quarter_deg + askew, sheet


def _large_strokes(sheet: Sheet) -> int:
    """How many strokes are large enough to be digits."""
    sides = sheet.boxes[:, 2:4] - sheet.boxes[:, :2]
    return int((sides.max(axis=1) >= _SMALLEST_PX).sum()) if len(sides) else 0


def _reads_badly(lines: tuple[Line, ...], strokes: int) -> bool:
    """Whether there is much that could not be read: then the page may lie on its side."""
    marks = [digit for line in lines for digit in line.digits]
    read = sum(mark.confidence for mark in marks if mark.digit is not None)
    return 3 <= max(strokes, len(marks)) <= _MOST_TURNED and read < _READ_UPRIGHT * max(strokes, len(marks))


def _reads_well(lines: tuple[Line, ...], strokes: int) -> bool:
    """Whether most of what is there is read, and surely: words on their side have digits in them too, and dashes are 1s."""
    digits = [digit.confidence for line in lines if set(line.text) != {"1"} for digit in line.digits if digit.digit is not None]
    if not digits:
        return False
    return len(digits) >= _MOST_READ * strokes and float(np.mean(digits)) >= _SURELY and _sureness(lines) >= _LINES_SURELY


def _worth(lines: tuple[Line, ...]) -> float:
    """Likely digits count for a reading, most where several stand in a line; refused marks count against it."""
    worth = 0.0
    for line in lines:
        likely = sum(digit.confidence for digit in line.digits if digit.digit is not None)
        worth += likely * (1.0 if len(line.text) > 1 else 0.5) - 0.3 * sum(digit.digit is None for digit in line.digits)
    return worth


def skew_deg(sheet: Sheet) -> float:
    """By how many degrees the page must be turned for its lines to lie level; 0 where that is not clear."""
    like = _like_digits(sheet.boxes)
    if int(like.sum()) < _LEAST_STROKES:
        return 0.0
    rows, columns = np.nonzero(np.append(False, like)[sheet.labels])
    step = max(1, len(rows) // _MOST_POINTS)
    y, x = rows[::step].astype(np.float32), columns[::step].astype(np.float32)
    pitch = max(1.0, float(np.median(sheet.boxes[:, 3] - sheet.boxes[:, 1])) / 6)
    level = _sharpness(x, y, 0.0, pitch)
    angles = np.arange(-_STEEPEST_DEG, _STEEPEST_DEG + 1, 1.0)
    sharpest = [_sharpness(x, y, float(angle), pitch) for angle in angles]
    best = float(angles[int(np.argmax(sharpest))])
    if abs(best) < _LEAST_DEG or abs(best) >= _STEEPEST_DEG or max(sharpest) < _CLEARLY * level:
        return 0.0
    fine = best + np.arange(-0.75, 0.8, 0.25)
    return float(fine[int(np.argmax([_sharpness(x, y, float(angle), pitch) for angle in fine]))])


def _like_digits(boxes: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Strokes large enough to be digits; long thin ones are pieces of rules, which may be askew where the writing is not."""
    if not len(boxes):
        return np.zeros(0, bool)
    sides = boxes[:, 2:4] - boxes[:, :2]
    large: npt.NDArray[np.bool_] = sides.max(axis=1) >= _SMALLEST_PX
    return large & (sides[:, 0] <= _LONGEST * sides[:, 1])


def _sharpness(x: _Points, y: _Points, degrees: float, pitch: float) -> float:
    """How unevenly ink falls on rows that lie at an angle: most where the rows are those of the writing."""
    radians = np.deg2rad(degrees)
    level = (y * np.cos(radians) - x * np.sin(radians)) / pitch
    rows = np.bincount((level - level.min()).astype(np.int64)).astype(np.float64)
    return float((rows**2).sum())
