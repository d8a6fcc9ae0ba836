"""Input files of `predict` and `read`, and messages about those that fail."""

import io
import os
import sys
from collections.abc import Callable, Iterable
from glob import glob
from pathlib import Path

from inkdigits.errors import InkdigitsError, NotAPictureError
from inkdigits.reading.input.url import is_remote, is_web

_GLOB_SIGNS = "*?["


def files_named(
    arguments: Iterable[str], is_wanted: Callable[[Path], bool]
) -> list[str]:
    """List the given files, those in folders, and those matching globs, in order."""
    files: list[str] = []
    for argument in arguments:
        path = Path(argument)
        has_glob_sign = any(sign in argument for sign in _GLOB_SIGNS)
        if is_remote(argument):
            files += _elsewhere(argument, is_wanted)
        elif path.is_dir():
            files += _files_in(path, is_wanted)
        # A file's own name may hold such signs too.
        elif has_glob_sign and not path.exists():
            files += _fitting(argument)
        else:
            files.append(argument)
    return files


def _files_in(folder: Path, is_wanted: Callable[[Path], bool]) -> list[str]:
    """The files of a folder and its subfolders, sorted by name."""
    inside = []
    for path in folder.rglob("*"):
        if path.is_file() and is_wanted(path):
            inside.append(str(path))
    if not inside:
        raise NotAPictureError(
            f"{folder} contains no pictures: give a folder that does"
        )
    # The order of a file system is no order to a person.
    return sorted(inside)


def _elsewhere(url: str, is_wanted: Callable[[Path], bool]) -> list[str]:
    """List the pictures at a URL.

    A web address is one picture. A store also has folders (ending with a slash) and
    globs.
    """
    if is_web(url) or not (
        url.endswith("/") or any(sign in url for sign in _GLOB_SIGNS)
    ):
        return [url]
    from inkdigits.reading.input.remote import filesystem

    system, path = filesystem(url)
    try:
        names = system.find(path) if url.endswith("/") else system.glob(path)
    except Exception as error:  # noqa: BLE001 - each store has errors of its own
        raise NotAPictureError(
            f"{url} cannot be listed ({error}): check the name and the permissions"
        ) from None
    files = sorted(
        system.unstrip_protocol(name) for name in names if is_wanted(Path(name))
    )
    if not files:
        raise NotAPictureError(f"{url} contains no pictures: check the name")
    return files


def _fitting(pattern: str) -> list[str]:
    """The files that a glob fits; none at all is an error."""
    fitting = sorted(glob(pattern, recursive=True))  # noqa: PTH207 - absolute patterns too
    if not fitting:
        raise NotAPictureError(f"no file matches {pattern}: check the pattern")
    return fitting


def once(files: Iterable[str]) -> list[str]:
    """List each file once, however it is named."""
    by_place: dict[str, str] = {}
    for file in files:
        place = file
        is_path = file != "-" and not is_remote(file)
        # Unlike Path.resolve, abspath leaves symbolic links as they are.
        if is_path:
            place = os.path.abspath(file)  # noqa: PTH100
        # Named as it was the first time.
        by_place.setdefault(place, file)
    return list(by_place.values())


def shown(name: str) -> str:
    """A file's name as valid text: bytes that are not UTF-8 become U+FFFD."""
    return os.fsencode(name).decode("utf-8", "replace")


def print_whatever_comes() -> None:
    """Replace characters that stdout cannot encode by question marks."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def say_failure(name: str, error: Exception) -> None:
    """Report a file that could not be read, in one line on stderr."""
    if isinstance(error, InkdigitsError):
        message = str(error)
    else:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        message = (
            f"{name} could not be read ({reason}): "
            "this is a bug in inkdigits, please report it"
        )
    print(f"inkdigits: {shown(message)}", file=sys.stderr)
