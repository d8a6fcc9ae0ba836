"""Charts as inline SVG: a report needs no library, and they take the page's colours."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from inkdigits.evaluation.metrics import Floats, Metrics

# Pixels: the whole chart.
_WIDTH, _HEIGHT = 420, 260
# Pixels: the margins around its axes; numbers and titles stand at the left and below.
_LEFT, _BOTTOM, _TOP, _RIGHT = 64, 36, 12, 14
Scale = Callable[[float], float]


def reliability(metrics: Metrics) -> str:
    """A reliability diagram: on the diagonal, confidence equals accuracy."""
    x = _scale(0, 1, _LEFT, _WIDTH - _RIGHT)
    y = _scale(0, 1, _HEIGHT - _BOTTOM, _TOP)
    dots = "".join(
        f'<circle cx="{x(p.confidence):.1f}" cy="{y(p.accuracy):.1f}" '
        f'r="{3 + 9 * math.sqrt(p.n / metrics.n):.1f}" '
        f'fill="var(--blue)" fill-opacity=".75"><title>{p.n} at {p.confidence:.0%}: '
        f"{p.accuracy:.0%} right</title></circle>"
        for p in metrics.bins
    )
    diagonal = _line([(0, 0), (1, 1)], x, y, "var(--soft)", dashed=True)
    path = _line(
        [(p.confidence, p.accuracy) for p in metrics.bins], x, y, "var(--blue)"
    )
    ticks = [0, 0.25, 0.5, 0.75, 1]
    axes = _axes(x, y, ticks, ticks, "confidence", "right", _share)
    return _figure(
        axes + diagonal + path + dots,
        "Share of right answers by confidence. Larger dots stand for more answers.",
    )


def answered(confidence: Floats, right: npt.NDArray[np.bool_]) -> str:
    """The error rate if only the surest answers are given, against their share."""
    count = len(confidence)
    surest_first = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(~right[surest_first]) / np.arange(1, count + 1)
    # The surest 2 % are left out: there one wrong answer changes the share too much.
    picks = np.unique(np.linspace(max(0, count // 50), count - 1, 80).astype(int))
    top = max(float(wrong[picks].max()) * 1.1, 1e-4)
    x = _scale(0, 1, _LEFT, _WIDTH - _RIGHT)
    y = _scale(0, top, _HEIGHT - _BOTTOM, _TOP)
    points = [((pick + 1) / count, float(wrong[pick])) for pick in picks]
    path = _line(points, x, y, "var(--rust)")
    axes = _axes(
        x, y, [0, 0.25, 0.5, 0.75, 1], [0, top / 2, top], "answered", "wrong", _share
    )
    return _figure(
        axes + path, "Error rate if only the most confident answers are given."
    )


def curves(history: Sequence[dict[str, float]], name: str) -> str:
    """Training and validation, epoch by epoch."""
    keys = [key for key in (name, f"val_{name}") if key in history[0]]
    values = [row[key] for row in history for key in keys]
    low = min(values)
    high = max(values)
    # A flat curve still needs a scale.
    pad = (high - low) * 0.06 or 0.01
    epochs = [row["epoch"] for row in history]
    x = _scale(epochs[0], epochs[-1], _LEFT, _WIDTH - _RIGHT)
    y = _scale(low - pad, high + pad, _HEIGHT - _BOTTOM, _TOP)
    colours = dict(
        zip((name, f"val_{name}"), ("var(--blue)", "var(--rust)"), strict=True)
    )
    lines = "".join(
        _line([(row["epoch"], row[key]) for row in history], x, y, colours[key])
        for key in keys
    )
    middle = (low + high) / 2
    axes = _axes(
        x,
        y,
        [epochs[0], epochs[-1]],
        [low, middle, high],
        "epoch",
        name,
        lambda value: f"{value:.3g}",
    )
    return _figure(
        axes + lines, f"{name.capitalize()}: training in blue, validation in red."
    )


def _scale(low: float, high: float, start: float, end: float) -> Scale:
    """Map values to positions along an axis."""
    # A single value has no span and is placed at the start.
    span = (high - low) or 1.0

    def place(value: float) -> float:
        share = (value - low) / span
        return start + share * (end - start)

    return place


def _line(
    points: Sequence[tuple[float, float]],
    x: Scale,
    y: Scale,
    colour: str,
    *,
    dashed: bool = False,
) -> str:
    """Points as a line in the chart's scales."""
    path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)
    dash = ' stroke-dasharray="4 4"' if dashed else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'


def _axes(
    x: Scale,
    y: Scale,
    x_ticks: Sequence[float],
    y_ticks: Sequence[float],
    x_name: str,
    y_name: str,
    shown: Callable[[float], str],
) -> str:
    bottom = _HEIGHT - _BOTTOM
    lines = "".join(
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(t):.1f}" y2="{y(t):.1f}" '
        'stroke="var(--line)"/>'
        f'<text x="{_LEFT - 6}" y="{y(t) + 4:.1f}" text-anchor="end">{shown(t)}</text>'
        for t in y_ticks
    )
    marks = "".join(
        f'<text x="{x(t):.1f}" y="{bottom + 15}" text-anchor="middle">{shown(t)}</text>'
        for t in x_ticks
    )
    names = (
        f'<text x="{(_LEFT + _WIDTH) / 2:.0f}" y="{_HEIGHT - 4}" '
        f'text-anchor="middle">{x_name}</text>'
        f'<text transform="translate(11 {bottom / 2:.0f}) rotate(-90)" '
        f'text-anchor="middle">{y_name}</text>'
    )
    return lines + marks + names


def _share(value: float) -> str:
    """A share in percent, for the axis."""
    return f"{100 * value:.3g}%"


def _figure(inner: str, caption: str) -> str:
    """A drawing with its caption, for eyes and for screen readers."""
    size = f"0 0 {_WIDTH} {_HEIGHT}"
    svg = f'<svg viewBox="{size}" role="img" aria-label="{caption}">{inner}</svg>'
    return f"<figure>{svg}<figcaption>{caption}</figcaption></figure>"
