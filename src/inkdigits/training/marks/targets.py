"""Marks with boxes → the network's targets at every fourth pixel."""

import numpy as np
import numpy.typing as npt

from inkdigits.reading.marks.alphabet import CLASS_OF, OTHER
from inkdigits.reading.marks.found import STRIDE
from inkdigits.synthesis.patches import WORDS

Targets = npt.NDArray[np.float16]
# Channels of the targets.
HEAT, HEAT_WEIGHT, CLASS, CLASS_WEIGHT, BOX, BOX_WEIGHT = 0, 1, 2, 3, 4, 8
DEPTH = 9
# A class weight below zero: "whatever is found here is none of ours", however much of a centre it
# seems.
NONE_HERE = -1.0


def targets_of(
    marks: npt.NDArray[np.float32],
    regions: npt.NDArray[np.float32],
    shape: tuple[int, int],
) -> Targets:
    """Centres as small Gaussians; the class in a mark's inner part; the box at its middle cells."""
    height, width = shape[0] // STRIDE, shape[1] // STRIDE
    maps = np.zeros((height, width, DEPTH), np.float32)
    maps[..., HEAT_WEIGHT] = 1.0
    for kind, left, top, right, bottom in regions / np.array(
        [1, *[STRIDE] * 4], np.float32
    ):
        part = maps[
            max(0, int(top)) : int(np.ceil(bottom)),
            max(0, int(left)) : int(np.ceil(right)),
        ]
        part[..., HEAT_WEIGHT] = 0.0
        if kind == WORDS:
            part[..., CLASS], part[..., CLASS_WEIGHT] = CLASS_OF[OTHER], NONE_HERE
    nearest = np.full((height, width), np.inf, np.float32)
    for mark in marks:
        _draw(maps, nearest, mark)
    return maps.astype(np.float16)


def _draw(
    maps: npt.NDArray[np.float32],
    nearest: npt.NDArray[np.float32],
    mark: npt.NDArray[np.float32],
) -> None:
    """One mark.

    Where two overlap, a cell belongs to the one whose centre is nearer in its own measure.
    """
    height, width = nearest.shape
    left, top, right, bottom = mark[1:] / STRIDE
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    wide, tall = max(right - left, 0.5), max(bottom - top, 0.5)
    reach_x, reach_y = _reach(wide), _reach(tall)
    across = _cells_around(middle_x, 3 * reach_x, width)
    down = _cells_around(middle_y, 3 * reach_y, height)
    if not len(across) or not len(down):
        return
    off_x = across.astype(np.float32) + 0.5 - middle_x
    off_y = down.astype(np.float32) + 0.5 - middle_y
    here = np.s_[down[0] : down[-1] + 1, across[0] : across[-1] + 1]
    part, near = maps[here], nearest[here]
    # The one cell that holds the centre counts as a full hit, wherever in the cell the centre lies.
    centre = (
        min(int(middle_y), height - 1) - down[0],
        min(int(middle_x), width - 1) - across[0],
    )
    heat = _bell(off_x, wide)[None] * _bell(off_y, tall)[:, None]
    np.maximum(part[..., HEAT], heat, out=part[..., HEAT])
    part[..., HEAT][centre] = part[..., HEAT_WEIGHT][centre] = 1.0
    distance = (off_x[None] / reach_x) ** 2 + (off_y[:, None] / reach_y) ** 2
    own = (distance < 1) & (distance < near)
    own[centre] |= distance[centre] < near[centre]
    near[own] = distance[own]
    part[own, CLASS], part[own, CLASS_WEIGHT] = mark[0], 1.0
    boxed = own & (distance < 0.5)
    boxed[centre] = own[centre]
    rows, columns = np.nonzero(boxed)
    sides = [-off_x[columns], -off_y[rows], np.log(wide), np.log(tall)]
    for number, side in enumerate(sides):
        part[boxed, BOX + number] = side
    part[boxed, BOX_WEIGHT] = 1.0


def _reach(side: float) -> float:
    """How far from a mark's middle a cell may be the mark's own, in cells."""
    return max(1.2, 0.3 * side)


def _cells_around(middle: float, reach: float, count: int) -> npt.NDArray[np.int64]:
    """The cells of a row (or column) of the map that lie so near."""
    return np.arange(max(0, int(middle - reach)), min(count, int(middle + reach) + 1))


def _bell(off: npt.NDArray[np.float32], side: float) -> npt.NDArray[np.float32]:
    """How hot the cells are that lie so far off the middle of a mark with such a side."""
    sigma = np.clip(0.16 * side, 0.55, 1.6)
    return np.asarray(np.exp(-((off / sigma) ** 2) / 2), np.float32)
