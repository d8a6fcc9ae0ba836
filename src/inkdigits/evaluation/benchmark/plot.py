"""Accuracy against seconds and against parameters, as SVG that any page can show.

No plotting library is needed, and the same figures give the same bytes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, HEIGHT = 760, 460  # pixels
_LEFT, _RIGHT, _TOP, _BOTTOM = 66, 26, 52, 52  # margins around the axes, in pixels
_INK, _SOFT, _LINE, _PAPER = "#1c1b19", "#6b675f", "#e4e0d8", "#fffdf9"
_OURS, _PEER, _THEIRS = "#b03a1a", "#1d4ed8", "#57534e"
# Accuracies that get a line of their own.
_MARKS = (0.97, 0.98, 0.985, 0.99, 0.993, 0.995, 0.996, 0.997, 0.998, 0.999)
# The mean width of a letter, the radius of a mark, and how far a name stands from it.
_LETTER_PX, _MARK_PX, _APART_PX = 6.9, 7.0, 11.0
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Point:
    """A mean with its spread.

    `x` is None where it is not known: then a line is drawn at its height. `kind` is
    ours, peer or theirs.
    """

    name: str
    x: float | None
    accuracy: float
    sd: float
    kind: str = "ours"
    each: tuple[tuple[float, float], ...] = field(default=())


@dataclass(frozen=True)
class _Frame:
    """Maps values to pixels on logarithmic axes; accuracy's is of the error rate."""

    x_low: float
    x_high: float
    y_low: float
    y_high: float

    def x(self, value: float) -> float:
        """Pixels from the left; the axis is logarithmic."""
        whole = math.log(self.x_high / self.x_low)
        share = math.log(value / self.x_low) / whole
        return _LEFT + share * (WIDTH - _LEFT - _RIGHT)

    def y(self, accuracy: float) -> float:
        """Pixels from the top; the axis is logarithmic in the error rate."""
        most_wrong = 1 - self.y_low
        least_wrong = 1 - self.y_high
        whole = math.log(most_wrong / least_wrong)
        wrong = 1 - accuracy
        share = math.log(most_wrong / wrong) / whole
        room = HEIGHT - _TOP - _BOTTOM
        return HEIGHT - _BOTTOM - share * room


def scatter(
    title: str,
    x_name: str,
    points: Sequence[Point],
    curve: Sequence[tuple[float, float]] = (),
) -> str:
    """Draw the labelled points; `curve` is the peer's accuracy after each epoch."""
    frame = _frame(points, curve)
    placed = [point for point in points if point.x is not None]
    without_x = [point for point in points if point.x is None]
    taken = [box for point in placed for box in _marked(point, frame)]
    marks = [_mark(point, frame) for point in points]
    # From top to bottom, lines before points: each label avoids those before it.
    in_order = [
        *sorted(without_x, key=lambda point: -point.accuracy),
        *sorted(placed, key=lambda point: -point.accuracy),
    ]
    labels = [_label(point, frame, taken) for point in in_order]
    inner = "".join([_axes(frame, x_name), _curve(frame, curve), *marks, *labels])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="12"><title>{escape(title)}</title>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="10" fill="{_PAPER}"/>'
        f'<text x="{_LEFT}" y="30" font-size="16" font-weight="600" '
        f'fill="{_INK}">{escape(title)}</text>{inner}</svg>\n'
    )


def _frame(points: Sequence[Point], curve: Sequence[tuple[float, float]]) -> _Frame:
    """Axes with room for all points, and for their labels on the right.

    The accuracy axis begins and ends at a tick.
    """
    xs = []
    ys = []
    for point in points:
        if point.x is not None:
            xs.append(point.x)
        # There must be room for the whole error bar, not only for the mean.
        ys += [point.accuracy - point.sd, point.accuracy + point.sd]
        for x, y in point.each:
            xs.append(x)
            ys.append(y)
    for x, y in curve:
        xs.append(x)
        ys.append(y)

    xs = xs or [1.0]
    below = [mark for mark in _MARKS if mark <= min(ys, default=0.99)]
    above = [mark for mark in _MARKS if mark > max(ys, default=0.99)]
    low = max(below, default=0.98 * min([0.97, *ys]))
    high = min(above, default=0.9995)
    # More room at the right, where most labels stand.
    return _Frame(min(xs) / 1.9, max(xs) * 2.6, low, high)


def _axes(frame: _Frame, x_name: str) -> str:
    """Grid lines with their labels, and the title of the lower axis."""
    bottom = HEIGHT - _BOTTOM
    parts = []
    for mark in (mark for mark in _MARKS if frame.y_low <= mark <= frame.y_high):
        y = frame.y(mark)
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}" stroke="{_LINE}"/>')
        parts.append(
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" '
            f'fill="{_SOFT}">{100 * mark:g}%</text>'
        )
    for tick in _ticks(frame.x_low, frame.x_high):
        x = frame.x(tick)
        parts.append(f'<path d="M{x:.1f} {_TOP}V{bottom}" stroke="{_LINE}"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle" '
            f'fill="{_SOFT}">{_number(tick)}</text>'
        )
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    return (
        "".join(parts) + f'<text x="{middle}" y="{HEIGHT - 12}" text-anchor="middle" '
        f'fill="{_INK}">{escape(x_name)}</text>'
    )


def _ticks(low: float, high: float) -> list[float]:
    """1, 10, 100, …, with 2 and 5 between where the axis is short."""
    steps = (1, 2, 5) if high / low < 300 else (1, 3) if high / low < 3000 else (1,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [
        step * 10.0**power
        for power in powers
        for step in steps
        if low <= step * 10.0**power <= high
    ]


def _curve(frame: _Frame, curve: Sequence[tuple[float, float]]) -> str:
    """A line through the points, with a dot at each of them."""
    if len(curve) < 2:
        return ""
    path = " ".join(f"{frame.x(x):.1f},{frame.y(y):.1f}" for x, y in curve)
    dots = "".join(
        f'<circle cx="{frame.x(x):.1f}" cy="{frame.y(y):.1f}" r="2.2" fill="{_PEER}"/>'
        for x, y in curve
    )
    return (
        f'<polyline points="{path}" fill="none" stroke="{_PEER}" stroke-width="1.5" '
        f'stroke-opacity=".6"/>{dots}'
    )


def _mark(point: Point, frame: _Frame) -> str:
    """A point with its error bar and seeds, or a dashed line where x is unknown."""
    colour = _colour(point)
    y = frame.y(point.accuracy)
    if point.x is None:
        return (
            f'<path d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}" stroke="{colour}" stroke-dasharray="5 '
            '4" stroke-opacity=".7"/>'
        )
    x, low, high = (
        frame.x(point.x),
        *(frame.y(point.accuracy + step) for step in (-point.sd, point.sd)),
    )
    each = "".join(
        f'<circle cx="{frame.x(a):.1f}" cy="{frame.y(b):.1f}" r="2.4" fill="{colour}" '
        'fill-opacity=".28"/>'
        for a, b in point.each
    )
    bar = f'<path d="M{x:.1f} {low:.1f}V{high:.1f}" stroke="{colour}" stroke-width="1.5"/>'
    if point.kind == "theirs":
        d = f"M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6-6z"
        return (
            f'{bar}<path d="{d}" fill="{_PAPER}" stroke="{colour}" stroke-width="1.8"/>'
        )
    return f'{each}{bar}<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>'


def _colour(point: Point) -> str:
    """The colour that says whose point it is."""
    colours = {"ours": _OURS, "peer": _PEER, "theirs": _THEIRS}
    return colours[point.kind]


def _label(point: Point, frame: _Frame, taken: list[Box]) -> str:
    """The label, next to its mark if there is room, or at the left end of a line."""
    text = f"{point.name} {_percent(point)}"
    width = len(text) * _LETTER_PX
    y = frame.y(point.accuracy)
    if point.x is None:
        left = _LEFT + 6.0
        places = [(left, y - 8), (left, y + 9)]
    else:
        places = _places(frame.x(point.x), y, width)
    free = [place for place in places if _is_free(_box(*place, width), taken)]
    # Where every place is taken, labels overlap rather than vanish.
    x, y = free[0] if free else places[0]
    taken.append(_box(x, y, width))

    # A label at the left of its mark ends there, however wide its letters really are.
    right = x + width
    ends_at_mark = point.x is not None and right < frame.x(point.x)
    at = f'x="{right:.1f}" text-anchor="end"' if ends_at_mark else f'x="{x:.1f}"'
    # A label stays legible on a line that it crosses.
    halo = f'paint-order="stroke" stroke="{_PAPER}" stroke-width="4" stroke-linejoin="round"'
    colour = _colour(point)
    return f'<text {at} y="{y + 4:.1f}" fill="{colour}" {halo}>{escape(text)}</text>'


def _places(x: float, y: float, wide: float) -> list[tuple[float, float]]:
    """Where a label may go: right, left, above or below its mark, ever further away."""
    right = x + _APART_PX
    left = x - _APART_PX - wide
    centred = x - wide / 2
    places = []
    for step in (0, -9, 9):
        places += [(right, y + step), (left, y + step)]
    for step in (20, 34, 48, 62):
        places += [(centred, y - step), (centred, y + step)]
    return places


def _box(x: float, y: float, wide: float) -> Box:
    """The box that a label covers, centred on y."""
    top = y - 7
    bottom = y + 7
    return x, top, x + wide, bottom


def _marked(point: Point, frame: _Frame) -> list[Box]:
    """The boxes of a mark and of its error bar."""
    x = frame.x(point.x or frame.x_low)
    y = frame.y(point.accuracy)
    mark = (x - _MARK_PX, y - _MARK_PX, x + _MARK_PX, y + _MARK_PX)
    # A standard deviation to either side of the mean.
    top = frame.y(point.accuracy + point.sd)
    bottom = frame.y(point.accuracy - point.sd)
    bar = (x - 2, top, x + 2, bottom)
    return [mark, bar]


def _is_free(box: Box, taken: Sequence[Box]) -> bool:
    """Whether a label lies within the axes and on no other label."""
    inside = (
        box[0] > _LEFT
        and box[2] < WIDTH - 6
        and box[1] > _TOP - 12
        and box[3] < HEIGHT - _BOTTOM
    )
    return inside and not any(
        box[0] < other_box[2]
        and other_box[0] < box[2]
        and box[1] < other_box[3]
        and other_box[1] < box[3]
        for other_box in taken
    )


def _percent(point: Point) -> str:
    return (
        f"{100 * point.accuracy:.5g}%"
        if point.kind == "theirs"
        else f"{100 * point.accuracy:.2f}%"
    )


def _number(value: float) -> str:
    """A number for the axis; millions in words."""
    if value >= 1e6:
        return f"{value / 1e6:g} million"
    return f"{value:,g}"
