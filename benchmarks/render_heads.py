"""The claim in the header of each recipe: accuracy, seeds, time, hardware and command."""

import textwrap
from pathlib import Path
from typing import Any

from inkdigits.evaluation.benchmark.sections import (
    epochs_shown,
    measured_on,
    seconds_shown,
)
from inkdigits.training.recipes import RECIPES

RECIPE_FILES = (
    Path(__file__).parent.parent / "src" / "inkdigits" / "training" / "recipes"
)
_WIDTH = 100


def heads(recipes: dict[str, Any], speed: dict[str, Any]) -> dict[Path, str]:
    """The text of each recipe's file with its new claim."""
    found = {}
    for name in RECIPES:
        file = RECIPE_FILES / f"{name}.py"
        if file.exists():
            said = (
                claim(recipes[name], name) + _faster(name, speed)
                if name in recipes
                else "not yet"
            )
            text = textwrap.fill(
                f"Measured: {said}; by",
                _WIDTH,
                break_on_hyphens=False,
                break_long_words=False,
            )
            before, rest = file.read_text().split("\n\nMeasured: ", 1)
            found[file] = "\n\n".join([before, text, rest.split("\n\n", 1)[1]])
    return found


def claim(entry: dict[str, Any], name: str) -> str:
    s, settings = entry["summary"], entry["rows"][0]["settings"]
    spread = f" ± {s['sd']:.3%}" if s["n"] > 1 else ""
    process = (
        f", {seconds_shown(s['process_seconds'])} from import to saved model"
        if s["process_seconds"]
        else ""
    )
    seeds = f"{s['n']} seed{'s' * (s['n'] > 1)}"
    epochs = epochs_shown(settings, with_unit=True)
    return (
        f"{s['mean']:.3%}{spread} of MNIST's test set, {seeds}; {epochs}, {s['parameters']:,} parameters, "
        f"{seconds_shown(s['fit_seconds'])} of training{process}; {measured_on({name: entry})}"
    )


def _faster(recipe: str, speed: dict[str, Any]) -> str:
    """The speedup over the classic recipe, also of its longer setting."""
    peer, found = speed["peer"], speed["summary"]
    rows = [
        (name, found[name])
        for name in (recipe, f"{recipe}-longer")
        if name in found and name != peer["recipe"]
    ]
    said = [
        f"{name} {row['accuracy']:.2%} in {seconds_shown(row['fit'])} of training, {row['fit_ratio'][0]:.1f} times as fast "
        f"({row['process_ratio'][0]:.1f} times the whole process)"
        for name, row in rows
    ]
    against = f"; interleaved with {peer['recipe']} to {peer['mark']:.0%}, {len(speed['rounds'])} rounds (`make bench-speed`): "
    return against + "; ".join(said) if said else ""
