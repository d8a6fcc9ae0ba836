"""The recipes by name: what each is, its settings, and the network it builds.

Each recipe is a file here, with its measured results at the top.
"""

from dataclasses import replace
from typing import Any

from inkdigits.errors import SettingError
from inkdigits.training.bundled.recipe import RECIPE as BUNDLED
from inkdigits.training.recipe import Recipe
from inkdigits.training.recipes.best import RECIPE as BEST
from inkdigits.training.recipes.classic import RECIPE as CLASSIC
from inkdigits.training.recipes.distilled import RECIPE as DISTILLED
from inkdigits.training.recipes.ensemble import RECIPE as ENSEMBLE
from inkdigits.training.recipes.fast import RECIPE as FAST
from inkdigits.training.recipes.tiny import RECIPE as TINY
from inkdigits.training.settings import Settings

RECIPES = {
    each.name: each
    for each in (CLASSIC, FAST, TINY, BEST, ENSEMBLE, DISTILLED, BUNDLED)
}


def recipe(name: str) -> Recipe:
    """The recipe of this name."""
    if name not in RECIPES:
        raise SettingError(f"there is no recipe {name!r}: choose {', '.join(RECIPES)}")
    return RECIPES[name]


def settings_for(name: str, **changes: Any) -> Settings:
    """A recipe's settings with those `changes` that are not None."""
    given = {key: value for key, value in changes.items() if value is not None}
    takes = recipe(name).takes
    unfit = sorted(set(given) - takes) if takes is not None else []
    if unfit:
        shown = ", ".join(
            f"--{option.replace('_', '-')}" for option in sorted(takes or ())
        )
        raise SettingError(
            f"--{unfit[0].replace('_', '-')} cannot be combined with the recipe {name}, "
            f"which takes {shown}: leave it out"
        )
    return replace(recipe(name).settings, **given)


def build(settings: Settings) -> Any:
    """The network of the settings, in float32, not yet compiled."""
    return recipe(settings.recipe).build(settings)
