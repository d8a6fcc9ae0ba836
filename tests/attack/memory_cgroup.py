"""A control group that holds what runs in it to an amount of memory, where the machine allows one."""

import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_JOIN = 'echo $$ > "$0/cgroup.procs" && exec "$@"'


@contextmanager
def memory_cgroup(limit: int) -> Iterator[Sequence[str] | None]:
    """A command that runs the command behind it with so many bytes at most; None where none can be made."""
    folder = _made(limit)
    if folder is None:
        yield None
        return
    try:
        yield ["sh", "-c", _JOIN, str(folder)]
    finally:
        _remove(folder)


def _made(limit: int) -> Path | None:
    name = f"inkdigits-{uuid.uuid4().hex[:8]}"
    is_first_version = (_ROOT / "memory").is_dir()
    folder = _ROOT / "memory" / name if is_first_version else _ROOT / name
    limits = (
        ["memory.limit_in_bytes"]
        if is_first_version
        else ["memory.max", "memory.swap.max"]
    )
    try:
        folder.mkdir()
        (folder / limits[0]).write_text(str(limit))
    except OSError:
        with suppress(OSError):
            folder.rmdir()
        return None
    for more in limits[1:]:  # not every kernel counts swap
        with suppress(OSError):
            (folder / more).write_text("0")
    return folder


def _remove(folder: Path) -> None:
    """What ran in it has ended, or will at once."""
    for _ in range(100):
        with suppress(OSError):
            folder.rmdir()
            return
        time.sleep(0.1)
