"""Plots of a search: its progress, the settings that mattered, the best paths."""

import io
import math
from typing import Any

import numpy as np

from inkdigits.errors import MissingExtraError
from inkdigits.training.tuning.optuna_engine import optuna_module
from inkdigits.training.tuning.space import Choices, Range, Space
from inkdigits.training.tuning.trials import Trial

BLUE, RUST, GREY = "#1d4ed8", "#9a3412", "#9ca3af"
_PATHS = 12  # best trials, which are drawn in colour


def draw(trials: list[Trial], space: Space) -> dict[str, bytes]:
    """PNG files by name; importance needs at least four complete trials."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("drawing the search", "train") from None
    drawn = {
        "history": _history(Figure, trials),
        "paths": _paths(Figure, trials, space),
    }
    weights = importance(trials, space)
    if weights:
        drawn["importance"] = _importance(Figure, weights)
    return drawn


def importance(trials: list[Trial], space: Space) -> dict[str, float]:
    """Each setting's share of the variance in validation accuracy (fANOVA), sorted.

    The largest comes first. It is empty if there are too few trials.
    """
    whole = [trial for trial in trials if trial.state == "complete"]
    if len(whole) < 4 or len({trial.accuracy for trial in whole}) < 2:
        return {}
    optuna = optuna_module()
    study = optuna.create_study(direction="maximize")
    domains = {name: _distribution(optuna, range_) for name, range_ in space.items()}
    for trial in whole:
        known = optuna.trial.create_trial(
            params=trial.params, distributions=domains, value=trial.accuracy
        )
        study.add_trial(known)
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=1)
    shares = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return {name: float(share) for name, share in shares.items()}


def _distribution(optuna: Any, part: Range | Choices) -> Any:
    if isinstance(part, Choices):
        return optuna.distributions.CategoricalDistribution(list(part.values))
    if part.whole:
        return optuna.distributions.IntDistribution(
            int(part.low), int(part.high), log=part.log
        )
    return optuna.distributions.FloatDistribution(part.low, part.high, log=part.log)


def _history(figure_of: Any, trials: list[Trial]) -> bytes:
    figure = figure_of(figsize=(9, 4.0), dpi=120, layout="constrained")
    axes = figure.subplots()
    for state, colour, marker in (("complete", BLUE, "o"), ("pruned", GREY, "x")):
        points = [
            (trial.number, trial.accuracy) for trial in trials if trial.state == state
        ]
        if points:
            axes.scatter(
                *zip(*points, strict=True),
                color=colour,
                marker=marker,
                s=26,
                label=state,
            )
    whole = sorted(
        (trial.number, trial.accuracy) for trial in trials if trial.state == "complete"
    )
    numbers = [number for number, _ in whole]
    accuracies = [accuracy for _, accuracy in whole]
    best = np.maximum.accumulate(accuracies)
    axes.step(numbers, best, where="post", color=RUST, lw=1.5, label="best so far")
    # The worst trials may be cut off: what matters is near the best.
    low = np.quantile(accuracies, 0.1)
    axes.set_ylim(max(0.0, low - 0.5 * (1.0 - low)), 1 - 0.4 * (1 - best[-1]))
    axes.set(xlabel="trial", ylabel="validation accuracy", title="How the search went")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.25)
    figure.legend(frameon=False, loc="outside lower center", ncols=3)
    return _png(figure)


def _importance(figure_of: Any, weights: dict[str, float]) -> bytes:
    figure = figure_of(
        figsize=(9, 0.9 + 0.36 * len(weights)), dpi=120, layout="constrained"
    )
    axes = figure.subplots()
    names = list(reversed(weights))
    bars = axes.barh(
        [name.replace("_", " ") for name in names],
        [weights[name] for name in names],
        color=BLUE,
    )
    axes.bar_label(bars, fmt="{:.0%}", padding=4)
    axes.set(
        xlim=(0, max(weights.values()) * 1.15),
        title="Share of each setting in how accuracy varies",
    )
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.spines[["top", "right"]].set_visible(False)
    return _png(figure)


def _paths(figure_of: Any, trials: list[Trial], space: Space) -> bytes:
    """One line per trial across all settings; the best dozen in colour."""
    wide = max(6.0, len(space) + 1.0)
    figure = figure_of(figsize=(wide, 4.8), dpi=120, layout="constrained")
    axes = figure.subplots()
    finished = [trial for trial in trials if trial.finished]
    ranked = sorted(
        finished, key=lambda trial: (trial.state == "complete", trial.accuracy)
    )
    count = min(_PATHS, sum(trial.state == "complete" for trial in ranked))
    for place, trial in enumerate(ranked):
        heights = [
            _height(range_, trial.params[name], trial.number)
            for name, range_ in space.items()
        ]
        near = place - (len(ranked) - count)
        if place == len(ranked) - 1:
            colour, width, alpha = RUST, 2.4, 1.0
        elif near >= 0:
            colour = BLUE
            width = 1.3
            alpha = 0.25 + 0.6 * near / max(1, count)
        else:
            colour, width, alpha = GREY, 0.8, 0.3
        axes.plot(range(len(space)), heights, color=colour, lw=width, alpha=alpha)
    for column, range_ in enumerate(space.values()):
        axes.axvline(column, color="#d1d5db", lw=1, zorder=0)
        for height, text in _marks(range_):
            axes.text(
                column,
                height,
                f" {text}",
                fontsize=8,
                va="center",
                color="#374151",
                bbox={"facecolor": "white", "alpha": 0.7, "lw": 0, "pad": 0.8},
            )
    title = (
        f"Paths of the trials: the best in red, the next {max(0, count - 1)} in blue"
    )
    axes.set(
        yticks=[], xlim=(-0.15, len(space) - 0.45), ylim=(-0.06, 1.06), title=title
    )
    axes.set_xticks(range(len(space)), [name.replace("_", "\n") for name in space])
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
    axes.tick_params(length=0)
    return _png(figure)


def _height(part: Range | Choices, value: Any, number: int) -> float:
    """Where a trial's line crosses a setting, from 0 to 1."""
    if isinstance(part, Choices):
        share = part.values.index(value) / max(1, len(part.values) - 1)
        return share + 0.03 * math.sin(
            number * 2.4
        )  # or all lines through a choice would overlap
    scale = math.log if part.log else float
    low = scale(part.low)
    high = scale(part.high)
    return (scale(value) - low) / (high - low)


def _marks(part: Range | Choices) -> list[tuple[float, str]]:
    """The marks of an axis: how far along it each stands, and its text."""
    if isinstance(part, Choices):
        last = max(1, len(part.values) - 1)
        return [(place / last, str(value)) for place, value in enumerate(part.values)]
    # On an axis of logarithms, the middle is the geometric mean.
    middle = math.sqrt(part.low * part.high) if part.log else (part.low + part.high) / 2
    return [
        (0.0, f"{part.low:.3g}"),
        (0.5, f"{middle:.2g}"),
        (1.0, f"{part.high:.3g}"),
    ]


def _png(figure: Any) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()
