"""What an exporter of Readings provides."""

from collections.abc import Callable
from dataclasses import dataclass

from inkdigits.reading.results import Reading


@dataclass(frozen=True, slots=True)
class Exporter:
    """Text before the first reading, for each reading, and after the last.

    `one` takes the name of the file, its reading, and whether it is the only one. Each
    part ends with its own line end, so that parts can be written as they come.
    """

    head: str
    one: Callable[[str, Reading, bool], str]
    foot: str
