"""Files that appear whole or not at all, and where they lie."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def beside(run: Path, ending: str) -> Path:
    """A path next to a folder, with its name and an ending."""
    folder = run if run.name not in ("", "..") else run.resolve()
    return folder.with_name(folder.name + ending)


def part_of(folder: Path) -> Path:
    """Where a folder lies until it is whole."""
    return folder.with_name(f".{folder.name}.part")


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Where to write what shall be there whole or not at all, whatever stops it.

    A killed process leaves a hidden folder behind, which the next one with the same name removes.
    """
    part = part_of(folder)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    # A rename is whole or not at all.
    part.rename(folder)


def write_whole(path: Path, content: bytes | str, *, durable: bool = False) -> Path:
    """Write beside, then rename: a reader sees the old file or the new one, never half of either.

    `durable` waits until the disk has it, so that the new file outlives a power cut.
    """
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        Path(unfinished).chmod(0o644)
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
    if durable:
        _sync_folder(path.parent)
    return path


def _sync_folder(folder: Path) -> None:
    """Write the folder's own record, which holds the rename.

    Where folders cannot be opened (Windows), the system does it by itself.
    """
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
