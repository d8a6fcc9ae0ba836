"""From marks with boxes to what the network should say at every fourth pixel."""

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
    marks: npt.NDArray[np.float32], regions: npt.NDArray[np.float32], shape: tuple[int, int]
) -> Targets:
    """Centres as small Gaussians; the class in a mark's inner part; the box at its middle cells."""
    height, width = shape[0] // STRIDE, shape[1] // STRIDE
    maps = np.zeros((height, width, DEPTH), np.float32)
    maps[..., HEAT_WEIGHT] = 1.0
    for kind, left, top, right, bottom in regions / np.array([1, *[STRIDE] * 4], np.float32):
        part = maps[
            max(0, int(top)) : int(np.ceil(bottom)), max(0, int(left)) : int(np.ceil(right))
        ]
        part[..., HEAT_WEIGHT] = 0.0
        if kind == WORDS:
            part[..., CLASS], part[..., CLASS_WEIGHT] = CLASS_OF[OTHER], NONE_HERE
    nearest = np.full((height, width), np.inf, np.float32)
    for mark in marks:
        _draw(maps, nearest, mark)
    return maps.astype(np.float16)


def _draw(
    maps: npt.NDArray[np.float32], nearest: npt.NDArray[np.float32], mark: npt.NDArray[np.float32]
) -> None:
    """One mark; where two overlap, a cell belongs to the one whose centre is nearer in its own
    measure.
    """
    height, width = nearest.shape
    left, top, right, bottom = mark[1:] / STRIDE
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    wide, tall = max(right - left, 0.5), max(bottom - top, 0.5)
    reach_x, reach_y = max(1.2, 0.3 * wide), max(1.2, 0.3 * tall)
    x0, x1 = max(0, int(middle_x - 3 * reach_x)), min(width, int(middle_x + 3 * reach_x) + 1)
    y0, y1 = max(0, int(middle_y - 3 * reach_y)), min(height, int(middle_y + 3 * reach_y) + 1)
    if x0 >= x1 or y0 >= y1:
        return
    off_x = np.arange(x0, x1, dtype=np.float32) + 0.5 - middle_x
    off_y = np.arange(y0, y1, dtype=np.float32) + 0.5 - middle_y
    sigma_x, sigma_y = np.clip(0.16 * wide, 0.55, 1.6), np.clip(0.16 * tall, 0.55, 1.6)
    heat = (
        np.exp(-((off_x / sigma_x) ** 2) / 2)[None] * np.exp(-((off_y / sigma_y) ** 2) / 2)[:, None]
    )
    part, near = maps[y0:y1, x0:x1], nearest[y0:y1, x0:x1]
    np.maximum(part[..., HEAT], heat, out=part[..., HEAT])
    # The one cell that holds the centre counts as a full hit, wherever in the cell the centre lies.
    cell_x, cell_y = min(int(middle_x), width - 1) - x0, min(int(middle_y), height - 1) - y0
    part[cell_y, cell_x, HEAT], part[cell_y, cell_x, HEAT_WEIGHT] = 1.0, 1.0
    distance = (off_x[None] / reach_x) ** 2 + (off_y[:, None] / reach_y) ** 2
    own = (distance < 1) & (distance < near)
    own[cell_y, cell_x] |= distance[cell_y, cell_x] < near[cell_y, cell_x]
    near[own] = distance[own]
    part[own, CLASS] = mark[0]
    part[own, CLASS_WEIGHT] = 1.0
    boxed = own & (distance < 0.5)
    boxed[cell_y, cell_x] = own[cell_y, cell_x]
    grid_x, grid_y = (
        np.broadcast_to(off_x[None], own.shape),
        np.broadcast_to(off_y[:, None], own.shape),
    )
    part[boxed, BOX], part[boxed, BOX + 1] = -grid_x[boxed], -grid_y[boxed]
    part[boxed, BOX + 2], part[boxed, BOX + 3] = np.log(wide), np.log(tall)
    part[boxed, BOX_WEIGHT] = 1.0
