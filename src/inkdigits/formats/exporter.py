"""What an exporter of Readings is."""

from collections.abc import Callable
from dataclasses import dataclass

from inkdigits.reading.results import Reading


@dataclass(frozen=True, slots=True)
class Exporter:
    """What is written before the first reading, for each (its file's name,
    whether it is the only one), and after the last.

    Each part ends with its own line end, so that parts are written one after the other as they
    come.
    """

    head: str
    one: Callable[[str, Reading, bool], str]
    foot: str
