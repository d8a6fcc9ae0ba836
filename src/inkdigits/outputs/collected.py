"""Formats that are made of all readings together: a COCO data set, Label Studio tasks."""

from collections.abc import Callable, Sequence
from pathlib import Path

from inkdigits.reading.results import Reading


class CollectedWriter:
    """Holds the readings, and writes them at the end."""

    def __init__(
        self, path: Path, made: Callable[[Sequence[tuple[str, Reading]]], str]
    ) -> None:
        """Gather all readings: the file is made of them at the end."""
        self._path = path
        self._made = made
        # Each with its picture's name.
        self._found: list[tuple[str, Reading]] = []

    @classmethod
    def of(
        cls, made: Callable[[Sequence[tuple[str, Reading]]], str]
    ) -> Callable[[Path], "CollectedWriter"]:
        return lambda path: cls(path, made)

    def add(self, name: str, found: Reading) -> None:
        """Remember a reading until the file is made."""
        self._found.append((name, found))

    def close(self) -> None:
        """Make the file of all readings."""
        text = self._made(self._found)
        self._path.write_text(text, encoding="utf-8")
