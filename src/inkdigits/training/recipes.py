"""The recipes by name: what each is, its settings, and the net it builds."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from inkdigits.errors import SettingError
from inkdigits.training import best, classic, distilled, ensemble, fast, tiny
from inkdigits.training.bundled import recipe as bundled_recipe
from inkdigits.training.fit import Listener
from inkdigits.training.settings import Settings

Train = Callable[[Settings, Path, str | Path | None, Listener], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """A way to train: its default settings and the function that builds its net.

    Where it trains in a way of its own, `train` does, and `takes` names the settings that may be changed.
    `longer` is what differs in a second setting that is worth its own figures.
    """

    name: str
    about: str
    settings: Settings
    build: Callable[[Settings], Any]
    train: Train | None = None
    takes: frozenset[str] | None = None
    longer: dict[str, Any] = field(default_factory=dict)


RECIPES = {
    "classic": Recipe("classic", "conv 32, pool, conv 64, pool, dense 128: the net every course begins with",
                      Settings(recipe="classic"), classic.build),
    "fast": Recipe("fast", "three narrow convolutions, one epoch of one cycle: 99 % in seconds", fast.SETTINGS, fast.build,
                   longer=fast.LONGER),
    "tiny": Recipe("tiny", "fewer than 10,000 parameters", tiny.SETTINGS, tiny.build),
    "best": Recipe("best", "one net, as right as an honest one gets", best.SETTINGS, best.build),
    "ensemble": Recipe("ensemble", "nets of several shapes, their shares averaged", ensemble.SETTINGS, ensemble.build,
                       ensemble.train, ensemble.TAKES),
    "distilled": Recipe("distilled", "an ensemble's knowledge in one net", distilled.SETTINGS, distilled.build,
                        distilled.train, distilled.TAKES),
    "bundled": Recipe("bundled", "the net that comes with inkdigits: all open sets, and a refusal (two hours)",
                      bundled_recipe.SETTINGS, bundled_recipe.build, bundled_recipe.train, bundled_recipe.TAKES),
}  # fmt: skip


def recipe(name: str) -> Recipe:
    if name not in RECIPES:
        raise SettingError(f"there is no recipe {name!r}: choose {', '.join(RECIPES)}")
    return RECIPES[name]


def settings_for(name: str, **changes: Any) -> Settings:
    """A recipe's settings with what is not None in `changes` put in its place."""
    given, takes = {key: value for key, value in changes.items() if value is not None}, recipe(name).takes
    unfit = sorted(set(given) - takes) if takes is not None else []
    if unfit:
        shown = ", ".join(f"--{one.replace('_', '-')}" for one in sorted(takes or ()))
        raise SettingError(
            f"--{unfit[0].replace('_', '-')} does not go with the recipe {name}, which takes {shown}: leave it out"
        )
    return replace(recipe(name).settings, **given)


def build(settings: Settings) -> Any:
    """The settings' net, in float32, not yet compiled."""
    return recipe(settings.recipe).build(settings)
