"""What `predict` and `read` share: the files that are named, and what is said of those that fail."""

import io
import os
import sys
from collections.abc import Callable, Iterable
from glob import glob
from pathlib import Path

from inkdigits.errors import InkdigitsError, NotAPictureError

_GLOB_SIGNS = "*?["


def files_named(arguments: Iterable[str], is_wanted: Callable[[Path], bool]) -> list[str]:
    """Each file named, the wanted ones in each folder, and those that each glob fits, in order."""
    files: list[str] = []
    for argument in arguments:
        path = Path(argument)
        if path.is_dir():
            files += _files_in(path, is_wanted)
        elif any(sign in argument for sign in _GLOB_SIGNS) and not path.exists():
            files += _fitting(argument)
        else:
            files.append(argument)
    return files


def _files_in(folder: Path, is_wanted: Callable[[Path], bool]) -> list[str]:
    inside = sorted(str(file) for file in folder.rglob("*") if file.is_file() and is_wanted(file))
    if not inside:
        raise NotAPictureError(f"{folder} holds no pictures: name a folder that does")
    return inside


def _fitting(pattern: str) -> list[str]:
    fitting = sorted(glob(pattern, recursive=True))  # noqa: PTH207 - absolute patterns too
    if not fitting:
        raise NotAPictureError(f"no file fits {pattern}: check the pattern")
    return fitting


def once(files: Iterable[str]) -> list[str]:
    """Each file once, however it is named."""
    found: dict[str, str] = {}
    for file in files:
        found.setdefault(file if file == "-" else os.path.abspath(file), file)  # noqa: PTH100 - links stay
    return list(found.values())


def shown(name: str) -> str:
    """A file's name as every output can hold it: what is no UTF-8 in it becomes U+FFFD."""
    return os.fsencode(name).decode("utf-8", "replace")


def print_whatever_comes() -> None:
    """Let a stdout of few letters show others as question marks, rather than end the command."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def say_failure(name: str, error: Exception) -> None:
    """One line on stderr for a file that could not be read, whatever the reason."""
    if isinstance(error, InkdigitsError):
        message = str(error)
    else:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        message = f"{name} could not be read ({reason}): this is a fault of inkdigits, report it"
    print(f"inkdigits: {shown(message)}", file=sys.stderr)
