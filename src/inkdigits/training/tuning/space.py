"""The search space: a range or some choices for each setting.

It is the recipe's own, or comes from a TOML file.
"""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from inkdigits.errors import SettingError
from inkdigits.training.settings import Settings

Params = dict[str, Any]
_FIXED = {
    "recipe",
    "data",
    "validation",
    "seed",
    "limit",
    "precision",
    "early_stop",
    "track",
}
TUNABLE = tuple(field.name for field in fields(Settings) if field.name not in _FIXED)
_WHOLE = {"batch_size", "epochs", "dense"}


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from low to high; `log` is for a log scale, `whole` for integers."""

    low: float
    high: float
    log: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """One of these; filters are written as text, "32,64"."""

    values: tuple[Any, ...]


Space = dict[str, Range | Choices]

# What is searched for the classic recipe, around its own settings.
_CLASSIC: Space = {
    "learning_rate": Range(0.0003, 0.01, log=True),
    "batch_size": Choices((32, 64, 128, 256)),
    "epochs": Range(5, 15, whole=True),
    "optimizer": Choices(("adam", "adamw", "rmsprop", "sgd")),
    "filters": Choices(("16,32", "32,64", "48,96", "32,64,64")),
    "dense": Choices((64, 128, 256)),
    "dropout": Range(0.0, 0.6),
    "activation": Choices(("relu", "gelu", "silu")),
    "augment": Choices(("none", "light", "strong")),
}
_SPACES = {"classic": _CLASSIC}


def space_for(settings: Settings, file: Path | None = None) -> Space:
    """A file's space or the recipe's own; all limits and choices are checked."""
    space = (
        read_space(file) if file is not None else _SPACES.get(settings.recipe, _CLASSIC)
    )
    for name, range_ in space.items():
        for value in (
            (range_.low, range_.high) if isinstance(range_, Range) else range_.values
        ):
            settings_with(settings, {name: int(value) if name in _WHOLE else value})
    return space


def read_space(file: Path) -> Space:
    """Read a space from a TOML file with one table per setting.

    Such tables are `[learning_rate] low = 0.0001, high = 0.01, log = true`, or `[dense]
    choices = [64, 128]`.
    """
    try:
        content = tomllib.loads(file.read_text())
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(
            f"--space {file} cannot be read ({error}): give a TOML file with one table per setting"
        ) from None
    if not content:
        raise SettingError(
            f"--space {file} is empty: give one table per setting, such as [learning_rate]"
        )
    return {name: _part(name, value, file) for name, value in content.items()}


def _part(name: str, part: Any, file: Path) -> Range | Choices:
    if name not in TUNABLE:
        raise SettingError(
            f"--space {file} names {name}: the settings that can be searched are "
            f"{', '.join(TUNABLE)}"
        )
    if (
        isinstance(part, dict)
        and isinstance(part.get("choices"), list)
        and part["choices"]
    ):
        return Choices(
            tuple(
                ",".join(map(str, value)) if isinstance(value, list) else value
                for value in part["choices"]
            )
        )
    numbers = isinstance(part, dict) and all(
        isinstance(part.get(end), int | float) for end in ("low", "high")
    )
    if (
        not numbers
        or part["low"] >= part["high"]
        or (part.get("log") and part["low"] <= 0)
    ):
        raise SettingError(
            f"--space {file}, [{name}]: give low and high (low < high; "
            "log = true needs low > 0), or choices"
        )
    return Range(part["low"], part["high"], bool(part.get("log")), name in _WHOLE)


def settings_with(base: Settings, params: Params) -> Settings:
    """The base settings, with a trial's values in place of theirs."""
    values = {**base.as_dict(), **params}
    if isinstance(values["filters"], str):
        try:
            values["filters"] = [int(number) for number in values["filters"].split(",")]
        except ValueError:
            raise SettingError(
                f"filters are {values['filters']!r}: "
                "give integers separated by commas, such as 32,64"
            ) from None
    try:
        return Settings.from_dict(values)
    except TypeError as error:
        raise SettingError(
            f"a setting has a value of the wrong kind ({error})"
        ) from None


def own_params(settings: Settings, space: Space) -> Params | None:
    """The settings themselves as a trial; None if they are outside the space."""
    params: Params = {}
    for name, range_ in space.items():
        value: Any = getattr(settings, name)
        # Choices of several numbers are texts, as on the command line.
        if isinstance(value, tuple):
            value = ",".join(map(str, value))
        if isinstance(range_, Range):
            lies_in_space = range_.low <= value <= range_.high
        else:
            lies_in_space = value in range_.values
        if not lies_in_space:
            return None
        params[name] = value
    return params
