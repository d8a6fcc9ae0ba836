"""What lies about the rim of a page and is no writing: pieces of worn frames, the edge of a shadow or of a table."""

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
_RIM = 0.09
_BAND_FULL = 0.75
_BESIDE = 0.1
_THIN, _LEAST_LONG_PX = 0.3, 8
_UNLIKE = 1.35
_FAR_LONGER, _STRAIGHT = 2.5, 0.06


def frame_rests(labels: npt.NDArray[np.int32], boxes: npt.NDArray[np.int64], keep: Mask) -> Mask:
    """Of the kept strokes, those near the rim that are made of straight upright and level runs alone and stand out of line.

    An upright run near the rim may be a 1: it stays where it is as high as the strokes away from the rim, and beside them.
    """
    rows = np.flatnonzero(keep)
    near = _near_rim(boxes[rows], labels.shape)
    rests = np.zeros(len(rows), bool)
    inner = boxes[rows[~near]]
    if not near.any() or not len(inner):
        return rests
    tall = _usual(inner[:, 3] - inner[:, 1])
    top, bottom = int(inner[:, 1].min()), int(inner[:, 3].max())
    for at in np.flatnonzero(near).tolist():
        left, upper, right, lower, _ = boxes[rows[at]].tolist()
        arms = _arms(labels[upper:lower, left:right] == rows[at] + 1)
        height, beside = lower - upper, upper >= top - 0.3 * tall and lower <= bottom + 0.3 * tall
        like = tall / _UNLIKE <= height <= tall * _UNLIKE
        rests[at] = arms == "both" or (arms == "upright" and not (like and beside)) or (arms == "level" and not beside)
    return rests


def _near_rim(boxes: npt.NDArray[np.int64], shape: tuple[int, ...]) -> Mask:
    """The middle of the stroke lies in the outermost part of the page."""
    rows, columns = shape
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    found: Mask = (np.minimum(x, columns - x) <= _RIM * columns) | (np.minimum(y, rows - y) <= _RIM * rows)
    return found


def _arms(ink: Mask) -> str:
    """Which straight thin runs the ink is made of, nothing else: "upright", "level", "both" (a corner, a crossing), or "no"."""
    height, width = ink.shape
    level, upright = ink.sum(axis=1) >= _BAND_FULL * width, ink.sum(axis=0) >= _BAND_FULL * height
    thick = max(3.0, _THIN * min(height, width))
    if max(height, width) < _LEAST_LONG_PX:
        return "no"
    if height >= 2.5 * width and upright.sum() >= 0.4 * width:
        return "upright"
    if width >= 2.5 * height and level.sum() >= 0.4 * height:
        return "level"
    if not level.any() or not upright.any() or level.sum() > thick or upright.sum() > thick:
        return "no"
    rest = ink & ~_widened(level)[:, None] & ~_widened(upright)[None, :]
    return "both" if rest.sum() <= _BESIDE * ink.sum() else "no"


def _widened(band: Mask) -> Mask:
    return np.convolve(band, [1, 1, 1], "same") > 0


def touches_rim(boxes: npt.NDArray[np.int64], shape: tuple[int, ...]) -> Mask:
    rows, columns = shape
    found: Mask = (boxes[:, :2].min(axis=1) <= 1) | (boxes[:, 2] >= columns - 1) | (boxes[:, 3] >= rows - 1)
    return found


def _usual(lengths: npt.NDArray[np.int64]) -> float:
    """The middle one of the larger ones."""
    return float(np.median(lengths[lengths >= 0.5 * lengths.max()]))


def edges_from_rim(labels: npt.NDArray[np.int32], boxes: npt.NDArray[np.int64], keep: Mask) -> Mask:
    """Of the kept strokes, those that run off the page, straight, far longer than those within: where a shadow or table ends."""
    rows = np.flatnonzero(keep)
    own = boxes[rows]
    at_rim = touches_rim(own, labels.shape)
    edges = np.zeros(len(rows), bool)
    if not at_rim.any() or at_rim.all():
        return edges
    long = (own[:, 2:4] - own[:, :2]).max(axis=1)
    for at in np.flatnonzero(at_rim & (long >= _FAR_LONGER * _usual(long[~at_rim]))).tolist():
        left, top, right, bottom, _ = own[at].tolist()
        edges[at] = _is_straight(labels[top:bottom, left:right] == rows[at] + 1)
    return edges


def _is_straight(ink: Mask) -> bool:
    """Whether the ink spreads along one line, and hardly beside it."""
    y, x = np.nonzero(ink)
    least, most = np.linalg.eigvalsh(np.cov(x, y))
    return bool(least <= _STRAIGHT**2 * most)
