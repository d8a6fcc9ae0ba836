"""A file for readings that appears only when it is complete."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from inkdigits.errors import SettingError
from inkdigits.reading.results import Reading


class Writer(Protocol):
    """Writes one file."""

    def add(self, name: str, found: Reading) -> None:
        """The reading of one more picture or document."""
        ...

    def close(self) -> None:
        """Write what is left."""
        ...


class Output(Protocol):
    """Where readings go: `with open_output(path) as out: out.add(name, reading)`."""

    def add(self, name: str, found: Reading) -> None:
        """Take a picture's reading, under the name to show for it."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class FileOutput:
    """One file with its writer."""

    def __init__(self, path: Path, writer: Callable[[Path], Writer]) -> None:
        self.path = path
        with unwritable_is_said(path):
            self._part = _part_beside(path)
        try:
            self._writer = writer(self._part)
        except BaseException:
            self._part.unlink(missing_ok=True)
            raise

    def add(self, name: str, found: Reading) -> None:
        """Write the reading to the file."""
        self._writer.add(name, found)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            with unwritable_is_said(self.path):
                self._writer.close()
                if kind is None:
                    self._part.chmod(0o644)
                    self._part.replace(self.path)
        finally:
            self._part.unlink(missing_ok=True)


def _part_beside(path: Path) -> Path:
    """An empty file in the same folder, that is renamed when it is whole."""
    handle, name = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.stem}.", suffix=path.suffix
    )
    os.close(handle)
    return Path(name)


@contextmanager
def unwritable_is_said(path: Path) -> Iterator[None]:
    """What the system says of a file that cannot be written is a SettingError."""
    try:
        yield
    except OSError as error:
        raise SettingError(
            f"{path} cannot be written ({error.strerror or error}): name another --output"
        ) from None
