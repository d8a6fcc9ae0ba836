"""A web page for each of several networks."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Site:
    """Each network's page lies in a folder with its name."""

    url: str
    models: dict[str, Any]
