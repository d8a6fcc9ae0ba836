"""A folder that is watched: each file in it once, when it is whole, also across restarts.

A file is whole when its size and time stay the same for a while. What was read is noted in a
journal in the folder: a file is known by its name, size and time, so that one that comes again with
other content is read again. The journal also says how long the output was after each file, and what
a kill left beyond that is cut off at the next start.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inkdigits.errors import SettingError

JOURNAL = ".inkdigits-watch.jsonl"


@dataclass(frozen=True, slots=True)
class Pace:
    """How often is looked, in seconds."""

    # A file that has not changed for so long is whole: scanners write at least a block a second.
    settle: float = 1.0
    # Between two looks at the folder without news from the system; also how soon Ctrl-C is heard.
    poll: float = 0.5
    # A look without news: network drives give none.
    without_news: float = 10.0


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file as it was: another size or time is another file."""

    size: int
    time_ns: int


Wait = Callable[
    [float], bool
]  # waits up to so many seconds; whether there may be something new


class Journal:
    """What was read, one line of JSON per file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / JOURNAL
        self._read: dict[str, Stamp] = {}
        self.output_bytes: dict[str, int] = {}
        for line in self._lines():
            if "file" in line:
                self._read[line["file"]] = Stamp(line["size"], line["time_ns"])
            if "output" in line:
                self.output_bytes[line["output"]] = line["output_bytes"]

    def _lines(self) -> Iterator[dict[str, Any]]:
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise _unwritable(self.path, error) from None
        *lines, cut = content.split(b"\n")
        if cut:  # the machine went down while it was written
            self._cut_to(len(content) - len(cut))
        try:
            yield from (json.loads(line) for line in lines if line)
        except ValueError:
            raise SettingError(
                f"{self.path} is not a journal of --watch: move it away"
            ) from None

    def _cut_to(self, size: int) -> None:
        """Drop what was written after this many bytes."""
        with self.path.open("r+b") as file:
            file.truncate(size)

    def has(self, name: str, stamp: Stamp) -> bool:
        return self._read.get(name) == stamp

    def note(self, name: str, stamp: Stamp, output: Path | None = None) -> None:
        """The file was read, and its rows are in the output."""
        facts = {"file": name, "size": stamp.size, "time_ns": stamp.time_ns}
        if output is not None:
            facts |= {
                "output": str(output.absolute()),
                "output_bytes": output.stat().st_size,
            }
        self._write(facts)
        self._read[name] = stamp

    def note_output(self, output: Path) -> None:
        """From now on the output belongs to this folder; nothing in it counts yet."""
        self._write({"output": str(output.absolute()), "output_bytes": 0})

    def _write(self, facts: dict[str, Any]) -> None:
        """A line more, on the disk before this returns."""
        line = json.dumps(facts).encode() + b"\n"
        try:
            with self.path.open("ab") as file:
                file.write(line)
                file.flush()
                # Or a loss of power could take it back.
                os.fsync(file.fileno())
        except OSError as error:
            raise _unwritable(self.path, error) from None


def _unwritable(path: Path, error: OSError) -> SettingError:
    return SettingError(
        f"{path} cannot be written ({error.strerror or error}): --watch records there what was read"
    )


class Appended:
    """A text file that grows by each file's rows.

    What a kill left half written is cut off at the start.
    """

    def __init__(self, path: Path, journal: Journal, head: str) -> None:
        self.path = path
        known_bytes = journal.output_bytes.get(str(path.absolute()))
        try:
            if known_bytes is None and path.exists() and path.stat().st_size:
                raise SettingError(
                    f"{path} exists already and is not from watching this folder: "
                    "name another --output"
                )
            if known_bytes is None or not path.exists():
                journal.note_output(path)
                known_bytes = 0
            with path.open("ab") as file:
                file.truncate(known_bytes)
                if known_bytes == 0:
                    file.write(head.encode())
        except OSError as error:
            raise SettingError(
                f"{path} cannot be written ({error.strerror or error}): name another --output"
            ) from None

    def add(self, rows: str) -> None:
        """Rows more, on the disk before this returns."""
        # Names of files need not be UTF-8.
        content = rows.encode("utf-8", "replace")
        with self.path.open("ab") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def whole_files(
    folder: Path,
    is_wanted: Callable[[Path], bool],
    journal: Journal,
    wait: Wait,
    pace: Pace = Pace(),
) -> Iterator[tuple[Path, Stamp]]:
    """Each new file once it is whole, for ever.

    The caller notes it in the journal when it was read.

    A file that could not be read is not given again until it changes.
    """
    given: dict[Path, Stamp] = {}
    growing: dict[Path, tuple[Stamp, float]] = {}
    while True:
        now = time.monotonic()
        for path, stamp in _files(folder, is_wanted):
            if journal.has(path.name, stamp) or given.get(path) == stamp:
                growing.pop(path, None)
                continue
            before, since = growing.get(path, (stamp, now))
            growing[path] = (stamp, since if before == stamp else now)
            if before == stamp and now - since >= pace.settle:
                given[path] = stamp
                yield path, stamp
        deadline = now + (pace.poll if growing else pace.without_news)
        while not wait(pace.poll) and time.monotonic() < deadline:
            continue


def _files(folder: Path, is_wanted: Callable[[Path], bool]) -> list[tuple[Path, Stamp]]:
    """The pictures and documents that lie in the folder, the oldest first.

    Hidden ones are still being written.
    """
    stamped = []
    try:
        entries = list(folder.iterdir())
    except OSError as error:
        raise SettingError(
            f"{folder} cannot be watched ({error.strerror or error}): name a folder"
        ) from None
    for path in entries:
        if path.name.startswith(".") or not is_wanted(path):
            continue
        try:
            facts = path.stat()
        except OSError:  # it was taken away again
            continue
        if path.is_file():
            stamped.append((path, Stamp(facts.st_size, facts.st_mtime_ns)))
    return sorted(stamped, key=lambda entry: (entry[1].time_ns, entry[0]))


def waiting_for_news(folder: Path) -> Wait:
    """By the system's own news of the folder where watchfiles is installed, else by the clock."""
    try:
        from watchfiles import watch
    except ImportError:
        return _sleep
    news: Iterator[object] | None = None

    def wait(seconds: float) -> bool:
        nonlocal news
        if news is None:
            timeout_ms = max(1, int(seconds * 1000))
            news = watch(
                folder,
                rust_timeout=timeout_ms,
                yield_on_timeout=True,
                debounce=50,
                recursive=False,
            )
        return bool(next(news))

    return wait


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return True
