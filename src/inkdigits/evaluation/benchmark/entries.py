"""What is measured: each recipe that trains on MNIST alone, with its usual settings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from inkdigits.errors import SettingError
from inkdigits.training import recipes
from inkdigits.training.settings import Settings

SEEDS = 5  # the fewest for which a mean and its spread are given
# It learns from every open data set, so its figures are in its own card.
_ELSEWHERE = frozenset({"bundled"})


@dataclass(frozen=True)
class Entry:
    """A recipe, the name of its results, and what differs from its settings."""

    name: str
    recipe: str
    about: str
    changes: dict[str, Any] = field(default_factory=dict)

    def options(self, seed: int, **others: Any) -> dict[str, Any]:
        """The options of `inkdigits train`.

        Nothing is held out, as nothing is chosen on it any more.
        """
        options: dict[str, Any] = {"seed": seed, "validation": 0.0}
        options |= self.changes
        options |= others
        return {name: value for name, value in options.items() if value is not None}

    def settings(self, seed: int, **others: Any) -> Settings:
        """The recipe's settings for one seed."""
        options = self.options(seed, **others)
        return recipes.settings_for(self.recipe, **options)

    def command(self, options: dict[str, Any]) -> list[str]:
        """The command line, without the folder of the run."""
        parts = [
            [
                f"--{name.replace('_', '-')}",
                f"{value:g}" if isinstance(value, float) else str(value),
            ]
            for name, value in options.items()
        ]
        return [
            "inkdigits",
            "train",
            "--recipe",
            self.recipe,
            *(word for words in parts for word in words),
        ]


def entries() -> dict[str, Entry]:
    """All entries by name; a recipe's longer variant follows it."""
    known: dict[str, Entry] = {}
    for name, recipe in recipes.RECIPES.items():
        if name in _ELSEWHERE:
            continue
        known[name] = Entry(name, name, recipe.about)
        longer = getattr(recipe, "longer", None)
        if longer:
            shown = ", ".join(
                f"{value} {key.replace('_', ' ')}" for key, value in longer.items()
            )
            known[f"{name}-longer"] = Entry(
                f"{name}-longer", name, f"{name} with {shown}", dict(longer)
            )
    return known


def chosen(names: Sequence[str]) -> list[Entry]:
    """The entries with these names, or all."""
    known = entries()
    if not names:
        return list(known.values())
    for name in names:
        # All names are checked before hours of training begin.
        if name not in known:
            raise SettingError(
                f"there is no recipe {name!r} to measure: choose {', '.join(known)}"
            )
    return [known[name] for name in names]
