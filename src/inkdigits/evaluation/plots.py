"""Plots of the figures, made with matplotlib (extra `train`).

Without it there are none, and the report draws its own.
"""

import io
from typing import Any

import numpy as np

from inkdigits.evaluation.metrics import Metrics


def draw(metrics: Metrics) -> dict[str, bytes]:
    """confusion.png and reliability.png; empty if matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return {}
    return {
        "confusion.png": _confusion(Figure, metrics),
        "reliability.png": _reliability(Figure, metrics),
    }


def _confusion(figure_of: Any, metrics: Metrics) -> bytes:
    figure = figure_of(figsize=(6, 5.4), dpi=120, layout="constrained")
    axes = figure.subplots()
    counts = np.array(metrics.confusion)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(np.sqrt(share), cmap="Blues", vmin=0, vmax=1)
    for row, column in np.argwhere(counts > 0):
        light = share[row, column] > 0.4
        axes.text(
            column,
            row,
            counts[row, column],
            ha="center",
            va="center",
            fontsize=8,
            color="white" if light else "#222",
        )
    axes.set(
        xticks=range(10),
        yticks=range(10),
        xlabel="predicted",
        ylabel="true",
        title=f"confusion, n = {metrics.n:,}",
    )
    return _png(figure)


def _reliability(figure_of: Any, metrics: Metrics) -> bytes:
    figure = figure_of(figsize=(5, 4.4), dpi=120, layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="#888", lw=1, ls="--")
    sizes = [20 + 160 * (bin_.n / metrics.n) ** 0.5 for bin_ in metrics.bins]
    axes.plot(
        [p.confidence for p in metrics.bins],
        [p.accuracy for p in metrics.bins],
        color="#1d4ed8",
        lw=1,
    )
    axes.scatter(
        [p.confidence for p in metrics.bins],
        [p.accuracy for p in metrics.bins],
        s=sizes,
        color="#1d4ed8",
        alpha=0.7,
    )
    axes.set(
        xlim=(0, 1.02),
        ylim=(0, 1.02),
        xlabel="confidence",
        ylabel="right",
        title=f"calibration, ECE {metrics.ece:.2%}",
    )
    axes.grid(alpha=0.25)
    return _png(figure)


def _png(figure: Any) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()
