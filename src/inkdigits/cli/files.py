"""What `predict` and `read` share: the names of files, and what is said of those that fail."""

import io
import os
import sys

from inkdigits.errors import InkdigitsError


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
