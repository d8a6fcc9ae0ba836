"""Pages of numbers composed from single digits.

They have rules, boxes, a shadow, touching pairs of digits or a dark rim.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from inkdigits.synthesis.papers import left_by_shadow

Grey = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
Rng = np.random.Generator
Span = tuple[float, float]
Draw = Callable[[Rng], tuple[Grey, int]]
Hand = Callable[[Rng], Draw]
KINDS = (
    "plain",
    "ruled",
    "squared",
    "comb",
    "cells",
    "underlined",
    "dotted",
    "shadow",
    "tilted",
    "dashes",
    "rim",
)
# These hold a single number.
_SINGLE = ("comb", "cells", "rim")


@dataclass(frozen=True)
class ComposedSettings:
    """How composed pages vary; all values are set by hand.

    A value is drawn uniformly from each span. Lengths are in sizes of the writing.
    """

    size_px: tuple[int, int] = (22, 60)  # how tall digits are
    # The most digits of a number, and of one in the cell of a register.
    most_digits: int = 9
    most_in_a_cell: int = 3
    # The vertical gap between numbers.
    line_gap: Span = (0.6, 1.4)
    spacing: Span = (0.06, 0.5)  # between digits that do not touch
    pitch: float = 1.35  # from box to box of a comb
    unsteady: float = 0.05  # standard deviation of a digit's height on its line
    # A digit's height against the size of its page's writing.
    tall: Span = (0.8, 1.1)
    # A wider digit is scaled down as a whole.
    widest: float = 1.3
    ink_is: float = 0.4  # share of full ink from which a pixel counts as ink
    # The most of its width that a digit is pushed into its neighbour
    overlap: float = 0.25
    most_tilt_deg: float = 15
    # Shades, from 0 (black) to 255 (white).
    paper: Span = (190, 250)
    # The pen's shade.
    pen: Span = (15, 110)
    # The shade of what is printed.
    rule: Span = (60, 170)
    stains: float = 5  # standard deviation of the paper's shade, in large patches
    # The share of the light that a shadow takes.
    shadow_takes: Span = (0.3, 0.55)
    # How soft a shadow's edge is.
    shadow_edge_px: Span = (2, 40)
    rim: Span = (0.2, 0.6)  # in widths of the page
    rim_shade: Span = (14, 6)  # mean and standard deviation
    # Standard deviations, in pixels and in shades.
    blur: Span = (0.3, 1.0)
    grain: Span = (0.5, 5)


SETTINGS = ComposedSettings()


@dataclass(frozen=True, slots=True)
class ComposedPage:
    """A page of grey, its lines from top to bottom, and what kind of page it is."""

    grey: Grey
    lines: tuple[str, ...]
    kind: str


@dataclass(slots=True)
class _Row:
    ink: Plane
    text: str
    places: list[tuple[int, int]]


def compose(
    rng: Rng, hand: Hand, kind: str, *, touching: float = 0.3, most_lines: int = 4
) -> ComposedPage:
    """One page of one of `KINDS`.

    `hand` gives a writer, who gives digits as ink (255 = full) with their labels.
    """
    # Numbers first, each on a layer of its own, then the page around them.
    size = int(rng.integers(*SETTINGS.size_px))
    count = 1 if kind in _SINGLE else int(rng.integers(1, most_lines + 1))
    rows = [_row(rng, hand(rng), size, kind, touching) for _ in range(count)]
    gap = round(size * rng.uniform(*SETTINGS.line_gap))

    # Margins differ from page to page.
    widest = max(row.ink.shape[1] for row in rows)
    margin_x = int(rng.integers(0, 3 * size))
    width = widest + 2 * size + margin_x
    written = sum(row.ink.shape[0] for row in rows)
    margin_y = int(rng.integers(0, 2 * size))
    height = written + gap * (count + 1) + margin_y

    ink = np.zeros((height, width), np.float32)
    # Rules are a layer of their own, so that ink can lie over them in its own shade.
    rules = np.zeros((height, width), np.float32)
    top = gap
    for row in rows:
        row_height, row_width = row.ink.shape
        furthest = width - row_width - size // 2
        left = int(rng.integers(size // 2, furthest + 1))
        _rule_row(rules, rng, kind, row, (left, top), size)
        _lay(row.ink, ink, left, top)
        top += row_height + gap
    _rule_page(rules, rng, kind, size)
    if kind == "tilted":
        most = SETTINGS.most_tilt_deg
        degrees = float(rng.uniform(-most, most))
        ink = _tilted(ink, degrees)
        rules = _tilted(rules, degrees)
    grey = _on_paper(rng, ink, rules, kind)
    texts = tuple(row.text for row in rows)
    return ComposedPage(grey, texts, kind)


def _lay(ink: Plane, plane: Plane, left: int, top: int) -> None:
    """Put ink on a plane; where there is ink already, the darker of the two stays."""
    height, width = ink.shape
    rows = slice(top, top + height)
    columns = slice(left, left + width)
    place = plane[rows, columns]
    np.maximum(place, ink, out=place)


def _row(rng: Rng, draw: Draw, size: int, kind: str, touching: float) -> _Row:
    """Digits side by side: at a distance, or pushed together until they touch."""
    in_cell = kind in ("cells", "rim")
    most = SETTINGS.most_in_a_cell if in_cell else SETTINGS.most_digits
    count = int(rng.integers(1, most + 1))
    spacing = rng.uniform(*SETTINGS.spacing) * size
    pitch = round(SETTINGS.pitch * size)
    may_touch = kind not in ("comb", "dashes")

    canvas = np.zeros((2 * size, (count + 2) * 3 * size), np.float32)
    right = size // 2
    text = ""
    places: list[tuple[int, int]] = []
    for index in range(count):
        glyph, label = _sized(rng, draw, size)
        height, width = glyph.shape
        # Nobody writes on a straight line.
        baseline = size / 2 + size + rng.normal(0, SETTINGS.unsteady * size)
        lowest = canvas.shape[0] - height
        y = min(max(round(baseline - height), 0), lowest)
        if index > 0 and may_touch and rng.random() < touching:
            x = _touch(canvas, glyph, right, y)
        elif kind == "comb":
            x = size // 2 + index * pitch + (pitch - width) // 2
        else:
            x = right + round(spacing)
        _lay(glyph, canvas, x, y)
        places.append((x, x + width))
        right = max(right, x + width)
        text += str(label)
        # A dash after every third digit, as in telephone numbers.
        ends_group = index % 3 == 2
        is_last = index == count - 1
        if kind == "dashes" and ends_group and not is_last:
            right = _dash(canvas, rng, right, size)
    ink = canvas[:, : right + size // 2]
    return _Row(ink, text, places)


def _sized(rng: Rng, draw: Draw, size: int) -> tuple[Plane, int]:
    """One digit, cut to its ink and about as tall as the writing."""
    canvas, label = draw(rng)
    left, top, width, height = cv2.boundingRect(canvas)
    digit = canvas[top : top + height, left : left + width]

    tall = max(6, round(size * rng.uniform(*SETTINGS.tall)))
    wide = max(2, round(width * tall / max(height, 1)))
    widest = SETTINGS.widest * size
    if wide > widest:
        # Scaled down as a whole, to keep its shape.
        tall = max(4, round(tall * SETTINGS.widest * size / wide))
        wide = round(widest)

    interpolation = cv2.INTER_AREA if tall < height else cv2.INTER_LINEAR
    resized = cv2.resize(digit, (wide, tall), interpolation=interpolation)
    glyph = resized.astype(np.float32) / 255.0
    # Making a digit smaller makes its strokes paler.
    return np.minimum(glyph * 1.15, 1.0), label


def _touch(canvas: Plane, glyph: Plane, right: int, y: int) -> int:
    """The rightmost x where the glyph's ink meets the ink on its left.

    It never reaches far into that ink.
    """
    height, width = glyph.shape
    taken = canvas[y : y + height] > SETTINGS.ink_is
    mask = glyph > SETTINGS.ink_is
    furthest = right - max(2, round(SETTINGS.overlap * width))
    for x in range(right, furthest, -1):
        if (taken[:, x : x + width] & mask).any():
            return x
    return furthest


def _dash(canvas: Plane, rng: Rng, right: int, size: int) -> int:
    """Draw a dash after what is written so far, and return where it ends."""
    y = round(size * rng.uniform(0.9, 1.1))
    length = round(size * rng.uniform(0.3, 0.5))
    thick = max(2, size // 14)
    start = right + round(0.25 * size)
    end = start + length
    # A pixel up or down: no hand draws a dash quite level.
    end_y = y + int(rng.integers(-1, 2))
    cv2.line(canvas, (start, y), (end, end_y), 1.0, thick)
    gap = round(0.15 * size)
    return end + gap


def _rule_row(
    rules: Plane, rng: Rng, kind: str, row: _Row, place: tuple[int, int], size: int
) -> None:
    """What a form prints for one number: boxes, a line, dots."""
    left, top = place
    right = left + row.ink.shape[1]
    thick = int(rng.integers(1, 3))
    if kind == "comb":
        pitch = round(SETTINGS.pitch * size)
        start = left + size // 2
        low = top + round(0.3 * size)
        high = top + round(1.72 * size)
        end = start + pitch * len(row.text)
        cv2.rectangle(rules, (start, low), (end, high), 1.0, thick)
        for x in range(start + pitch, end, pitch):
            cv2.line(rules, (x, low), (x, high), 1.0, thick)
    if kind == "underlined":
        y = top + round(1.62 * size)
        cv2.line(
            rules, (left, y), (right, y + int(rng.integers(-2, 3))), 1.0, thick + 1
        )
    if kind == "dotted":
        y = top + round(1.5 * size)
        for x in range(left, right, max(4, size // 6)):
            cv2.circle(rules, (x, y), 1, 1.0, -1)


def _rule_page(rules: Plane, rng: Rng, kind: str, size: int) -> None:
    """What is printed over the whole page: lines, squares, the frame of a cell."""
    height, width = rules.shape
    pitch = round(size * rng.uniform(1.4, 2.2))
    start = int(rng.integers(4, size))
    if kind in ("ruled", "squared"):
        for y in range(start, height, pitch):
            cv2.line(rules, (0, y), (width, y), 1.0, 1)
    if kind == "squared":
        for x in range(start, width, pitch):
            cv2.line(rules, (x, 0), (x, height), 1.0, 1)
    # The frame of a register's cell reaches into its picture.
    if kind in ("cells", "rim"):
        for x in (size // 4, width - size // 4):
            end_x = x + int(rng.integers(-2, 3))
            _worn_line(rules, rng, (x, 0), (end_x, height))
        for y in (3, height - 4):
            end_y = y + int(rng.integers(-2, 3))
            _worn_line(rules, rng, (0, y), (width, end_y))


def _worn_line(
    rules: Plane, rng: Rng, start: tuple[int, int], end: tuple[int, int]
) -> None:
    """A printed line as on old forms: uneven in strength, with gaps."""
    points = np.linspace(start, end, 40).round().astype(int)
    for piece_start, piece_end in pairwise(points.tolist()):
        if rng.random() < 0.85:
            strength = float(rng.uniform(0.4, 1.0))
            thick = int(rng.integers(1, 3))
            cv2.line(rules, piece_start, piece_end, strength, thick)


def _on_paper(rng: Rng, ink: Plane, rules: Plane, kind: str) -> Grey:
    """Ink and rules in their shades on grainy paper, lit from one side and blurred.

    A shadow, a tilt or a dark rim comes last.
    """
    shade = rng.uniform(*SETTINGS.paper)
    pen = rng.uniform(*SETTINGS.pen)
    rule = rng.uniform(*SETTINGS.rule)
    # Register cells are printed nearly as dark as the pen; other rules are paler.
    rule = min(rule, pen + 40) if kind == "cells" else max(rule, pen)

    height, width = ink.shape
    page: npt.NDArray[np.floating[Any]] = np.full(ink.shape, shade, np.float32)
    # A few values for the whole page, so that stains are large and soft.
    stains = rng.normal(0, SETTINGS.stains, (4, 4)).astype(np.float32)
    page += cv2.resize(stains, (width, height), interpolation=cv2.INTER_CUBIC)
    ruled = np.minimum(page, rule)
    page = page * (1 - rules) + ruled * rules
    page = page * (1 - ink) + pen * ink

    if kind == "shadow":
        page = page * _shadow(rng, ink.shape)
    if kind == "rim":
        page = _with_rim(page, rng)
    # A camera blurs what it sees, but not its own noise.
    blur = rng.uniform(*SETTINGS.blur)
    page = cv2.GaussianBlur(page, (0, 0), blur)
    grain = rng.uniform(*SETTINGS.grain)
    page += rng.normal(0, grain, page.shape)
    return np.clip(page, 0, 255).astype(np.uint8)


def _shadow(rng: Rng, shape: tuple[int, ...]) -> Plane:
    """The light on a page half in shadow, with a hard or soft edge."""
    height, width = shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    slope = rng.uniform(-1, 1)
    edge = rng.uniform(0.25, 0.75) * width
    across = (x - edge) + slope * (y - height / 2)
    softness = rng.uniform(*SETTINGS.shadow_edge_px)
    depth = rng.uniform(*SETTINGS.shadow_takes)
    return left_by_shadow(across, depth, softness).astype(np.float32)


def _tilted(layer: Plane, degrees: float) -> Plane:
    """The layer turned about its middle, on a plane that holds all of it."""
    longer = max(layer.shape)
    angle = np.deg2rad(degrees)
    grow = round(abs(np.sin(angle)) * longer / 2) + 4
    wide = cv2.copyMakeBorder(
        layer, grow, grow, grow, grow, cv2.BORDER_CONSTANT, value=(0,)
    )
    height, width = wide.shape
    middle = (width / 2, height / 2)
    matrix = cv2.getRotationMatrix2D(middle, degrees, 1.0)
    turned = cv2.warpAffine(wide, matrix, (width, height))
    return np.asarray(turned, np.float32)


def _with_rim(page: npt.NDArray[np.floating[Any]], rng: Rng) -> Plane:
    """The black of a scanner's lid along one side, its edge ragged."""
    height, width = page.shape
    rim_px = round(width * rng.uniform(*SETTINGS.rim))
    # The edge moves by less than a pixel from row to row.
    steps = rng.normal(0, 0.6, height)
    edge = rim_px + np.cumsum(steps)
    # The page moves to the right by as much as the rim takes.
    full = cv2.copyMakeBorder(page, 0, 0, rim_px, 0, cv2.BORDER_REPLICATE)
    columns = np.arange(full.shape[1])
    is_rim = columns[None, :] < edge[:, None]
    rim = rng.normal(*SETTINGS.rim_shade, full.shape)
    with_rim = np.where(is_rim, rim, full)
    return with_rim.astype(np.float32)


def pages(
    seed: int, count: int, hand: Hand, kinds: Sequence[str] = KINDS
) -> list[ComposedPage]:
    """`count` pages of alternating kinds; the same seed gives the same pages."""
    made = []
    for index in range(count):
        kind = kinds[index % len(kinds)]
        # One generator per page, so that a page does not depend on those before it.
        rng = np.random.default_rng([seed, index])
        made.append(compose(rng, hand, kind))
    return made
