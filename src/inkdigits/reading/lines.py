"""Strokes → lines: which strokes stand beside each other, in reading order."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Boxes = npt.NDArray[np.int64]
LEFT, TOP, RIGHT, BOTTOM, PIXELS = range(5)
_MAJOR_SHARE = 0.42
_FURTHEST = 4.0
_MOST_UNLIKE = 3.2
_ASIDE_SHARE = 0.68


@dataclass(frozen=True, slots=True)
class StrokeLine:
    """The strokes of one line from left to right, and how high its larger ones are."""

    strokes: list[int]
    height_px: float


def lines_of(boxes: Boxes) -> list[StrokeLine]:
    """Lines from the top of the page down; strokes far smaller than the others join the line they lie in."""
    if not len(boxes):
        return []
    heights = boxes[:, BOTTOM] - boxes[:, TOP]
    typical = typical_height(boxes)
    major = np.flatnonzero(_sizes(boxes) >= _MAJOR_SHARE * typical)
    chains = _chains(boxes, major[np.argsort(boxes[major, LEFT], kind="stable")])
    lines = [StrokeLine(chain, float(np.median(heights[chain]))) for chain in chains]
    small = [line for line in lines if _is_aside(line, lines, boxes)]
    lines = [line for line in lines if line not in small]
    rest = np.ones(len(boxes), bool)
    rest[major] = False
    minor = [*np.flatnonzero(rest).tolist(), *(stroke for line in small for stroke in line.strokes)]
    _add_minor(lines, boxes, np.array(minor, np.int64))
    for line in lines:
        line.strokes.sort(key=lambda stroke: (int(boxes[stroke, LEFT]), int(boxes[stroke, TOP])))
    return _in_reading_order(lines, boxes)


def _is_aside(line: StrokeLine, lines: list[StrokeLine], boxes: Boxes) -> bool:
    """Whether this is one small stroke just beside a line of larger ones, as a comma is."""
    if len(line.strokes) > 1:
        return False
    left, top, right, bottom, _ = boxes[line.strokes[0]].tolist()
    for other in lines:
        if line.height_px > _ASIDE_SHARE * other.height_px:
            continue
        rows = boxes[other.strokes]
        across = np.maximum(np.maximum(rows[:, LEFT] - right, left - rows[:, RIGHT]), 0)
        down = np.maximum(np.maximum(rows[:, TOP] - bottom, top - rows[:, BOTTOM]), 0)
        if ((across <= 0.5 * other.height_px) & (down <= 0.1 * other.height_px)).any():
            return True
    return False


def typical_height(boxes: Boxes) -> float:
    """The height that half of all stroke height lies below: specks weigh little, however many."""
    heights = np.sort(boxes[:, BOTTOM] - boxes[:, TOP])
    return float(heights[np.searchsorted(np.cumsum(heights), heights.sum() / 2)])


def _sizes(boxes: Boxes) -> npt.NDArray[np.int64]:
    return np.maximum(boxes[:, BOTTOM] - boxes[:, TOP], (boxes[:, RIGHT] - boxes[:, LEFT]) // 2)


def _chains(boxes: Boxes, ordered: npt.NDArray[np.int64]) -> list[list[int]]:
    """Each stroke followed by the nearest one to its right that stands beside it."""
    links = _links(boxes, ordered)
    followed: dict[int, int] = {}
    taken: set[int] = set()
    for _, one, other in sorted(links):
        if one not in followed and other not in taken:
            followed[one] = other
            taken.add(other)
    chains = []
    for start in ordered.tolist():
        if start in taken:
            continue
        chain = [start]
        while chain[-1] in followed:
            chain.append(followed[chain[-1]])
        chains.append(chain)
    return chains


def _links(boxes: Boxes, ordered: npt.NDArray[np.int64]) -> list[tuple[float, int, int]]:
    lefts = boxes[ordered, LEFT]
    heights = boxes[ordered, BOTTOM] - boxes[ordered, TOP]
    sizes = _sizes(boxes)[ordered]
    middles = (boxes[ordered, BOTTOM] + boxes[ordered, TOP]) / 2
    reach = _FURTHEST * sizes.max() if len(sizes) else 0
    links = []
    for place, one in enumerate(ordered.tolist()):
        end = int(np.searchsorted(lefts, boxes[one, RIGHT] + min(reach, _FURTHEST * _MOST_UNLIKE * sizes[place]), side="right"))
        rest = np.arange(place + 1, end)
        if not len(rest):
            continue
        larger = np.maximum(sizes[rest], sizes[place])
        gap = np.maximum(lefts[rest] - boxes[one, RIGHT], 0)
        drop = np.abs(middles[rest] - middles[place])
        overlap = np.minimum(boxes[ordered[rest], BOTTOM], boxes[one, BOTTOM]) - np.maximum(
            boxes[ordered[rest], TOP], boxes[one, TOP]
        )
        shorter = np.maximum(np.minimum(heights[rest], heights[place]), 1)
        beside = (gap <= _FURTHEST * larger) & (drop <= 0.62 * larger + 0.05 * gap) & (overlap >= 0.3 * shorter - 0.1 * gap)
        beside &= larger <= _MOST_UNLIKE * np.minimum(sizes[rest], sizes[place])
        costs = gap + 1.5 * drop
        nearest = np.flatnonzero(beside)
        nearest = nearest[np.argsort(costs[nearest], kind="stable")[:3]]
        links += [(float(costs[index]), one, int(ordered[rest[index]])) for index in nearest.tolist()]
    return links


def _add_minor(lines: list[StrokeLine], boxes: Boxes, minor: npt.NDArray[np.int64]) -> None:
    """Dots, dashes and broken-off pieces go to the line whose strokes they lie nearest to."""
    if not lines or not len(minor):
        return
    members = np.array([stroke for line in lines for stroke in line.strokes])
    owner = np.array([index for index, line in enumerate(lines) for _ in line.strokes])
    height = np.array([line.height_px for line in lines])[owner]
    for stroke in minor.tolist():
        box = boxes[stroke]
        across = np.maximum(np.maximum(boxes[members, LEFT] - box[RIGHT], box[LEFT] - boxes[members, RIGHT]), 0)
        down = np.maximum(np.maximum(boxes[members, TOP] - box[BOTTOM], box[TOP] - boxes[members, BOTTOM]), 0)
        far = np.where((across <= 0.9 * height) & (down <= 0.3 * height), across + 2 * down, np.inf)
        nearest = int(far.argmin())
        if np.isfinite(far[nearest]):
            lines[int(owner[nearest])].strokes.append(stroke)


def _in_reading_order(lines: list[StrokeLine], boxes: Boxes) -> list[StrokeLine]:
    """Top to bottom; lines that stand beside each other from left to right."""
    middles = [float(np.median((boxes[line.strokes, TOP] + boxes[line.strokes, BOTTOM]) / 2)) for line in lines]
    rows: list[list[int]] = []
    for index in sorted(range(len(lines)), key=lambda index: middles[index]):
        row = rows[-1] if rows else []
        if row and middles[index] - middles[row[0]] < 0.5 * max(lines[index].height_px, lines[row[0]].height_px):
            row.append(index)
        else:
            rows.append([index])
    return [lines[index] for row in rows for index in sorted(row, key=lambda index: int(boxes[lines[index].strokes[0], LEFT]))]
