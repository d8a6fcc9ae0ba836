"""The recipes by name: what each is, its settings, and the net it builds."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from inkdigits.errors import SettingError
from inkdigits.training import classic
from inkdigits.training.settings import Settings


@dataclass(frozen=True, slots=True)
class Recipe:
    """A way to train: its default settings and the function that builds its net."""

    name: str
    about: str
    settings: Settings
    build: Callable[[Settings], Any]


RECIPES = {
    "classic": Recipe("classic", "conv 32, pool, conv 64, pool, dense 128: the net every course begins with",
                      Settings(recipe="classic"), classic.build),
}  # fmt: skip


def recipe(name: str) -> Recipe:
    if name not in RECIPES:
        raise SettingError(f"there is no recipe {name!r}: choose {', '.join(RECIPES)}")
    return RECIPES[name]


def settings_for(name: str, **changes: Any) -> Settings:
    """A recipe's settings with what is not None in `changes` put in its place."""
    return replace(recipe(name).settings, **{key: value for key, value in changes.items() if value is not None})


def build(settings: Settings) -> Any:
    """The settings' net, in float32, not yet compiled."""
    return recipe(settings.recipe).build(settings)
