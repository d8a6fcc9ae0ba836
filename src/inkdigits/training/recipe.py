"""What a recipe is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from inkdigits.training.fit import Listener
from inkdigits.training.settings import Settings

Train: TypeAlias = Callable[
    [Settings, Path, str | Path | None, Listener], dict[str, Any]
]


@dataclass(frozen=True, slots=True)
class Recipe:
    """A way to train: its default settings and the function that builds its network.

    The network is float32 and not yet compiled. A recipe that trains in its own way has
    `train`, and `takes` names the settings that may be changed. `longer` has the
    changes of a longer variant that is worth its own figures.
    """

    name: str
    about: str
    settings: Settings
    build: Callable[[Settings], Any]
    train: Train | None = None
    takes: frozenset[str] | None = None
    longer: dict[str, Any] = field(default_factory=dict)
