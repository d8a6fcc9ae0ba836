"""Marks of a table as on a straight page, however the camera was held.

middles of marks → how rows lean, and columns → middles on the straight page

A page seen from aside is wider at one end than at the other: rows that lean differently
at the top and at the bottom, columns at the left and at the right. So a lean is tried
together with its change over the page. Right is where most of the page is left free.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LeanSettings:
    """Leans that are tried: slopes, and how much they change over half of the page."""

    most: float = 0.12
    step: float = 0.006
    most_change: float = 0.12
    change_step: float = 0.02
    # Around the best ones, so much finer.
    finer: int = 5
    # Columns lean as rows do, but for so much.
    most_apart: float = 0.12
    # What a slope of 1 takes from the score: few marks leave much free by chance.
    penalty: float = 1.0
    bins: float = 5.0  # that are covered or free, for each height of a digit
    fewest: int = 3  # marks that say anything


LEAN = LeanSettings()


def straightened(
    middles: Floats, widths: Floats, height: float, settings: LeanSettings = LEAN
) -> tuple[Floats, Floats]:
    """Where the marks would stand on a straight page: across and down, in pixels.

    `height` is that of a usual digit.
    """
    x: Floats = middles[:, 0].astype(np.float64)
    y: Floats = middles[:, 1].astype(np.float64)
    if len(middles) < settings.fewest:
        return x, y
    half = max(float(np.ptp(x)), float(np.ptp(y)), 1.0) / 2
    middle_x = float(x.max() + x.min()) / 2
    middle_y = float(y.max() + y.min()) / 2
    u, v = (x - middle_x) / half, (y - middle_y) / half
    bin_size = height / settings.bins / half
    points = np.zeros_like(v)
    lean, change = _best(v, u, points, (0.0, 0.0), bin_size, settings.most, settings)
    # A page that is only turned has columns that lean against its rows.
    usual = (-lean, 0.0)
    most = settings.most_apart
    other = _best(u, v, widths / half, usual, bin_size, most, settings)
    across: Floats = middle_x + half * (u - v * (other[0] + other[1] * u))
    down: Floats = middle_y + half * (v - u * (lean + change * v))
    return across, down


def _best(
    along: Floats,
    beside: Floats,
    widths: Floats,
    usual: tuple[float, float],
    bin_size: float,
    most: float,
    settings: LeanSettings,
) -> tuple[float, float]:
    """The slope and its change by which marks `along` one axis leave most free."""
    slopes = usual[0] + _steps(most, settings.step)
    changes = usual[1] + _steps(settings.most_change, settings.change_step)
    best = usual
    for _ in range(2):
        tried = np.stack(np.meshgrid(slopes, changes), axis=-1).reshape(-1, 2)
        off = np.abs(tried - np.array(usual)).sum(axis=1)
        scores = _piled(along, beside, widths, tried, bin_size)
        best_index = int((scores * (1 - settings.penalty * off)).argmax())
        best = (float(tried[best_index, 0]), float(tried[best_index, 1]))
        slopes = best[0] + _steps(settings.step, settings.step / settings.finer)
        changes = best[1] + _steps(
            settings.change_step, settings.change_step / settings.finer
        )
    return best


def _steps(most: float, step: float) -> Floats:
    count = round(most / step)
    return np.asarray(np.arange(-count, count + 1) * step, np.float64)


def _piled(
    along: Floats, beside: Floats, widths: Floats, tried: Floats, bin_size: float
) -> Floats:
    """How narrow the bands are in which all marks lie, for each slope and change tried."""
    slope, change = tried[:, :1], tried[:, 1:]
    straight = along - beside * (slope + change * along)
    first = np.floor((straight - widths / 2) / bin_size).astype(np.int64)
    last = np.floor((straight + widths / 2) / bin_size).astype(np.int64) + 1
    least = int(first.min())
    count = int(last.max()) - least + 1
    row = np.arange(len(tried))[:, None] * count - least
    size = len(tried) * count
    # Each mark covers the bins from its first to its last.
    begun = np.bincount((row + first).ravel(), minlength=size)
    ended = np.bincount((row + last).ravel(), minlength=size)
    covered = np.cumsum((begun - ended).reshape(len(tried), count), axis=1)
    return np.asarray(1.0 / (covered > 0).sum(axis=1), np.float64)
