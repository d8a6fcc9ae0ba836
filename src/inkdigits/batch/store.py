"""The output of a batch: a local folder, or a remote one through fsspec.

A file appears whole or not at all in both.
"""

from pathlib import Path
from typing import Any, Protocol

from inkdigits.batch.remote import patiently
from inkdigits.errors import SettingError
from inkdigits.files import write_whole
from inkdigits.reading.input.remote import filesystem
from inkdigits.reading.input.url import is_remote


class Store(Protocol):
    """Names are relative, with `/` between folder and file."""

    def write(self, name: str, content: bytes) -> None:
        """Write a file as a whole, or not at all."""

    def read(self, name: str) -> bytes:
        """The content of a file."""
        ...

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        ...

    def names(self, folder: str) -> list[str]:
        """The files of a folder by name; none where it is missing."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""


def open_store(output: str) -> Store:
    """The store under a folder's path or a remote address."""
    if is_remote(output):
        return RemoteStore(output)
    return LocalStore(output)


class LocalStore:
    """A folder on this machine."""

    def __init__(self, output: str) -> None:
        """A folder; it need not be there yet."""
        self.root = Path(output)

    def write(self, name: str, content: bytes) -> None:
        path = self.root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content, durable=True)
        except OSError as error:
            raise SettingError(
                f"{path} cannot be written ({error.strerror or error}): name another --output"
            ) from None

    def read(self, name: str) -> bytes:
        """The content of a file."""
        return (self.root / name).read_bytes()

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return (self.root / name).exists()

    def names(self, folder: str) -> list[str]:
        place = self.root / folder
        return (
            sorted(path.name for path in place.iterdir() if path.is_file())
            if place.is_dir()
            else []
        )

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        (self.root / name).unlink(missing_ok=True)


class RemoteStore:
    """A prefix in an object store; a file appears only when it is complete."""

    def __init__(self, output: str) -> None:
        """Find the file system that the address belongs to."""
        self.url = output.rstrip("/")
        self._system: Any
        self._system, path = filesystem(self.url)
        self._root = path.rstrip("/")

    def write(self, name: str, content: bytes) -> None:
        try:
            patiently(
                self.url,
                lambda: self._system.pipe_file(f"{self._root}/{name}", content),
            )
        except (FileNotFoundError, PermissionError) as error:
            raise SettingError(
                f"{self.url} cannot be written ({type(error).__name__}): name another --output"
            ) from None

    def read(self, name: str) -> bytes:
        """The content of a file, fetched again where the network fails."""
        content: bytes = patiently(
            self.url, lambda: self._system.cat_file(f"{self._root}/{name}")
        )
        return content

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        # Other machines write too: what was seen before no longer counts.
        self._system.invalidate_cache()
        path = f"{self._root}/{name}"
        is_there = patiently(self.url, lambda: self._system.exists(path))
        return bool(is_there)

    def names(self, folder: str) -> list[str]:
        """The files of a folder by name; none where it is missing."""
        self._system.invalidate_cache()
        place = f"{self._root}/{folder}".rstrip("/")
        try:
            entries = patiently(self.url, lambda: self._system.ls(place, detail=True))
        except FileNotFoundError:
            return []
        return sorted(
            entry["name"].rsplit("/", 1)[-1]
            for entry in entries
            if entry["type"] == "file"
        )

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        if not self.exists(name):
            return
        path = f"{self._root}/{name}"
        patiently(self.url, lambda: self._system.rm_file(path))
