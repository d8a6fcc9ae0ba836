"""Ruled lines and boxes, distinguished from straight strokes and removed from the ink."""

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.reading.input.pages import Grey
from inkdigits.reading.paper import Pieces

# Thicknesses are shares of the picture's longer side unless noted otherwise.
_RULE_SHARE = 0.6  # straight ink along this share of a side may be a rule
_RULED_FROM_PX = 48  # on smaller pictures, rules and strokes are equally thick
_THICKEST_RULE = 0.05
_BOX_FROM_PX = 24  # smaller pieces are signs
_THICKEST_PAGE_RULE = 0.027
_RULE_FILLED = 0.68  # the least share of its length that has ink: old rules are worn
_BOX_FULLEST = 0.5  # a piece with more ink than this in its box is not a frame
_THICKEST_UNDERLINE = 0.25  # of the height of the piece
# Pixels: a row that lies just at the edge is on the same side everywhere
_NO_TIE = 0.01


def without_rules(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Thin straight runs from edge to edge, or on all four sides, are rules or a box.

    Strokes they cross are closed again.
    """
    ink = mask.astype(np.uint8)
    _, _, width, height = cv2.boundingRect(ink)
    if max(ink.shape) < _RULED_FROM_PX or (
        width < _RULE_SHARE * ink.shape[1] and height < _RULE_SHARE * ink.shape[0]
    ):
        return mask
    runs = {across: _runs(ink, across) for across in (True, False)}
    if not any(lines.any() for lines in runs.values()):
        return mask
    boxed = _is_box(runs)
    for across, lines in runs.items():
        rules = lines if boxed else _from_edge_to_edge(lines, across)
        if rules.any():
            ink = _lift(ink, rules, across)
    return ink.astype(bool)


def page_rules(faint: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The ink of a page's long straight lines, without strokes that cross them.

    Worn lines are found too.

    `faint` is all that stands out from the paper at all: rules are often paler than the ink.
    """
    ink = faint.astype(np.uint8)
    rules = np.zeros_like(ink)
    thickest = max(
        4, round(min(_THICKEST_PAGE_RULE * max(ink.shape), 8 + 0.002 * max(ink.shape)))
    )
    for across in (True, False):
        over = np.ones((thickest + 1, 1) if across else (1, thickest + 1), np.uint8)
        thin = ink & (1 - cv2.morphologyEx(ink, cv2.MORPH_OPEN, over))
        rules |= thin & _long_lines(np.asarray(thin, np.uint8), across)
    return rules.astype(bool)


def _long_lines(thin: Grey, across: bool) -> Grey:
    """Bands along half of the page or more that are mostly filled with thin ink."""
    side = thin.shape[1 if across else 0]
    tilt = 1 + 2 * max(1, max(thin.shape) // 200)
    least = max(5, side // 40)
    upright, along = (
        ((tilt, 1), (1, max(3, side // 16)))
        if across
        else ((1, tilt), (max(3, side // 16), 1))
    )
    pieces = cv2.morphologyEx(
        thin, cv2.MORPH_OPEN, np.ones((1, least) if across else (least, 1), np.uint8)
    )
    if not cv2.countNonZero(pieces):
        return np.zeros_like(thin)
    # A tilted rule steps from row to row: pieces are widened before gaps are closed.
    wide = cv2.dilate(pieces, np.ones(upright, np.uint8))
    closed = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, np.ones(along, np.uint8))
    length = max(12, side // 2)
    bands = np.asarray(
        cv2.morphologyEx(
            closed,
            cv2.MORPH_OPEN,
            np.ones((1, length) if across else (length, 1), np.uint8),
        ),
        np.uint8,
    )
    if not cv2.countNonZero(bands):
        return np.zeros_like(thin)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(bands, connectivity=8)
    is_long = np.zeros(count, np.uint8)
    drawn_out = np.zeros_like(thin)
    for number in range(1, count):
        left, top, width, height = (int(value) for value in stats[number, :4])
        box = np.s_[top : top + height, left : left + width]
        # Closed gaps do not count as ink: digits in a row have wide ones.
        band = wide[box] & (labels[box] == number)
        is_long[number] = band.any(axis=0 if across else 1).mean() >= _RULE_FILLED
        if is_long[number]:
            _draw_out(drawn_out, band, (left, top), across)
    return np.asarray(
        cv2.dilate(is_long[labels] | (pieces & drawn_out), np.ones((3, 3), np.uint8)),
        np.uint8,
    )


def _draw_out(page: Grey, band: Grey, corner: tuple[int, int], across: bool) -> None:
    """Mark the whole line, from edge to edge, that contains the given band.

    Ruled lines are interrupted by digits.
    """
    left, top = corner
    if not across:
        # An upright line is drawn as a level one on the transposed page.
        page = page.T
        band = band.T
        left, top = top, left
    height, width = page.shape

    # The middle of the band in each of its columns.
    places, offs = np.nonzero(band.T)
    columns, counts = np.unique(places, return_counts=True)
    middles = np.bincount(places, offs)[columns] / counts
    # The straight line through these middles (least squares).
    centre = columns.mean()
    x = columns - centre
    spread = max(1.0, float((x * x).sum()))
    slope = float((x * middles).sum()) / spread
    from_centre = np.arange(width) - left - centre
    line = top + middles.mean() + slope * from_centre

    half = float(np.median(counts)) / 2 + _NO_TIE
    first = np.ceil(line - half).astype(np.int64)
    for step in range(int(2 * half) + 1):
        rows = first + step
        on_page = (rows >= 0) & (rows < height)
        inside = on_page & (rows <= line + half)
        page[rows[inside], np.flatnonzero(inside)] = 1


def without_boxes(mask: npt.NDArray[np.bool_], pieces: Pieces) -> npt.NDArray[np.bool_]:
    """Remove boxes, combs, tables and underlines from a page's strokes.

    They are removed one by one.
    """
    labels, stats = pieces
    large = np.flatnonzero(
        (stats[:, cv2.CC_STAT_WIDTH] >= _BOX_FROM_PX)
        & (stats[:, cv2.CC_STAT_HEIGHT] >= _BOX_FROM_PX)
    )
    out = mask
    for number in large[large > 0].tolist():
        left, top, width, height, pixels = (int(value) for value in stats[number])
        # A blot, not a frame.
        if pixels > _BOX_FULLEST * width * height:
            continue
        box = np.s_[top : top + height, left : left + width]
        ink = (labels[box] == number).astype(np.uint8)
        lifted = _lifted_box(ink)
        if lifted is not None:
            # Most pages have no box, and are not copied.
            out = mask.copy() if out is mask else out
            out[box] &= ~((ink > 0) & (lifted == 0))
    return out


def _lifted_box(ink: Grey) -> Grey | None:
    """The strokes inside of a box, comb or table, or above an underline.

    None if this is not one of them.
    """
    # A rim of paper, because strokes may reach the very edge.
    padded = cv2.copyMakeBorder(ink, 3, 3, 3, 3, cv2.BORDER_CONSTANT, value=(0,))
    edged = np.asarray(padded, np.uint8)
    runs = {across: _runs(edged, across) for across in (True, False)}
    if _is_box(runs):
        for across, runs_this_way in runs.items():
            edged = _lift(edged, runs_this_way, across)
        return edged[3:-3, 3:-3]
    thick_px = round(_THICKEST_UNDERLINE * ink.shape[0])
    underline = _runs(edged, across=True, thick_px=thick_px)
    if _is_underlined(ink, underline):
        edged = _lift(edged, underline, across=True)
        return edged[3:-3, 3:-3]
    return None


def _is_underlined(ink: Grey, runs: Grey) -> bool:
    """One run along nearly all of a wide piece, in its lowest third, with ink above it."""
    height, width = ink.shape
    if width < 1.3 * height or not runs.any():
        return False
    _, top, run_width, run_height = cv2.boundingRect(runs)
    return (
        run_width >= 0.85 * width and top > 0.6 * height and run_height < 0.3 * height
    )


def _runs(ink: Grey, across: bool, thick_px: int = 4) -> Grey:
    """Straight ink along more than half of the page, a little tilt allowed.

    It is not thicker than a rule, or than `thick_px`.
    """
    length = max(12, int(_RULE_SHARE * ink.shape[1 if across else 0]))
    tilt = 1 + 2 * (max(ink.shape) // 120)
    joined = cv2.dilate(ink, np.ones((tilt, 1) if across else (1, tilt), np.uint8))
    if not _may_hold(np.asarray(joined, np.uint8), length, across):
        return np.zeros_like(ink)
    lines = cv2.morphologyEx(
        joined,
        cv2.MORPH_OPEN,
        np.ones((1, length) if across else (length, 1), np.uint8),
    )
    # What is thick all along is a stroke or an area, not a rule.
    thick = max(4, thick_px, int(_THICKEST_RULE * max(ink.shape)))
    blocks = cv2.morphologyEx(
        lines, cv2.MORPH_OPEN, np.ones((thick, 1) if across else (1, thick), np.uint8)
    )
    return np.asarray(lines & (1 - blocks), np.uint8)


def _may_hold(ink: Grey, length: int, across: bool) -> bool:
    """Whether a row (or column) has ink enough for a run of this length.

    Beyond the edge all counts as ink.
    """
    edge = ink[:, [0, -1]] if across else ink[[0, -1]]
    if edge.any():
        return True
    return (
        int(cv2.reduce(ink, 1 if across else 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S).max())
        >= length
    )


def _is_box(runs: dict[bool, Grey]) -> bool:
    """Two runs or more each way that meet at the corners.

    A 0 has four straight sides too, but they do not meet.
    """
    if not all(_stripes(lines, across) >= 2 for across, lines in runs.items()):
        return False
    frames = [cv2.boundingRect(lines) for lines in runs.values()]
    slack = 0.04 * max(runs[True].shape)
    return all(
        abs(side - other_side) <= slack
        for side, other_side in zip(*frames, strict=True)
    )


def _stripes(runs: Grey, across: bool) -> int:
    """The number of parallel lines."""
    axis = 1 if across else 0
    hit = runs.any(axis=axis).astype(np.int8)
    starts = np.diff(hit, prepend=0) == 1
    return int(starts.sum())


def _from_edge_to_edge(runs: Grey, across: bool) -> Grey:
    """The runs that reach from one edge of the page to the other."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(runs, connectivity=8)
    if across:
        side = runs.shape[1]
        start = stats[:, cv2.CC_STAT_LEFT]
        length = stats[:, cv2.CC_STAT_WIDTH]
    else:
        side = runs.shape[0]
        start = stats[:, cv2.CC_STAT_TOP]
        length = stats[:, cv2.CC_STAT_HEIGHT]
    # A rule may end a little before the edge.
    through = (start <= 0.03 * side) & (start + length >= 0.97 * side)
    # The first piece is the ground.
    through[0] = False
    return through[labels].astype(np.uint8)


def _lift(ink: Grey, rules: Grey, across: bool) -> Grey:
    """The ink without the rules, but with what closes strokes across them."""
    wider = cv2.dilate(rules, np.ones((3, 3), np.uint8))
    rules = np.asarray(wider, np.uint8)
    thickness = rules.sum(axis=0 if across else 1)
    usual = np.median(thickness[thickness > 0])
    strokes = ink & (1 - rules)
    # A kernel just long enough to reach from one side of a rule to the other.
    reach = int(usual) + 3
    over_rule = np.ones((reach, 1) if across else (1, reach), np.uint8)
    bridged = cv2.morphologyEx(strokes, cv2.MORPH_CLOSE, over_rule)
    crossing = bridged & rules & ink
    return np.asarray(strokes | crossing, np.uint8)
