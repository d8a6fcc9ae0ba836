"""One training in its own process: started, resumed or already finished."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from inkdigits.errors import TrainingError
from inkdigits.training.run import RUN_FILE, read_run
from inkdigits.training.settings import Settings


class Listener(Protocol):
    """Is told what is going on; printing is up to the caller."""

    def began(self, what: str) -> None:
        """A part of the benchmark begins."""

    def epoch(self, line: str) -> None:
        """A training has finished an epoch."""

    def said(self, line: str) -> None:
        """Anything else worth a line."""


@dataclass(frozen=True)
class Process:
    """How long the whole process took, and how busy the machine was before it.

    There is no time if more than one process did the work.
    """

    seconds: float | None
    load_before: float


@dataclass
class Place:
    """Where trainings run: perhaps on another Keras backend, or on some of the cores.

    It keeps track of running trainings, so that they end when the benchmark is stopped.
    """

    backend: str | None = None
    cores: frozenset[int] | None = None
    _under_way: set["subprocess.Popen[str]"] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: bool = False

    @contextmanager
    def holding(self, process: "subprocess.Popen[str]") -> Iterator[None]:
        if self.cores and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(process.pid, self.cores)
        with self._lock:
            self._under_way.add(process)
            if self._closed:
                process.terminate()
        try:
            yield
        except BaseException:
            process.terminate()
            raise
        finally:
            with self._lock:
                self._under_way.discard(process)

    def close(self) -> None:
        """End the running trainings, and those that are still to begin."""
        with self._lock:
            self._closed = True
            for process in self._under_way:
                process.terminate()


def finish(
    command: list[str],
    settings: Settings,
    folder: Path,
    listener: Listener,
    data_dir: Path | None = None,
    *,
    place: Place | None = None,
) -> Process:
    """Start or resume the run in this folder and train it to the end."""
    where = ["--data-dir", str(data_dir)] if data_dir else []
    with _alone(folder, listener) as held:
        if not (folder / RUN_FILE).exists():
            return run_process(
                [*command, "--output", str(folder), *where], listener, held, place
            )
        facts = read_run(folder)
        if Settings.from_dict(facts["settings"]) != settings:
            raise TrainingError(
                f"{folder} contains a run with other settings: "
                "remove it with --fresh, or name another folder with --runs"
            )
        if facts.get("state") == "finished":
            return Process(None, _load())
        listener.said(f"resuming {folder}")
        run_process(
            ["inkdigits", "train", "--resume", str(folder), *where],
            listener,
            held,
            place,
        )
        return Process(None, _load())


def run_process(
    command: list[str],
    listener: Listener,
    held: tuple[int, ...] = (),
    place: Place | None = None,
) -> Process:
    place = place or Place()
    environment = {
        **os.environ,
        **({"KERAS_BACKEND": place.backend} if place.backend else {}),
    }
    words = [sys.executable, "-m", *command]
    busy = _load()
    begun = time.perf_counter()
    with tempfile.TemporaryFile("w+") as errors:
        with (
            subprocess.Popen(
                words,
                stdout=subprocess.PIPE,
                stderr=errors,
                stdin=subprocess.DEVNULL,
                text=True,
                pass_fds=held,
                env=environment,
            ) as process,
            place.holding(process),
        ):
            _listen(process, listener)
        seconds = time.perf_counter() - begun
        if process.returncode:
            errors.seek(0)
            raise TrainingError(failure(command, process.returncode, errors.read()))
    return Process(round(seconds, 3), busy)


def _listen(process: "subprocess.Popen[str]", listener: Listener) -> None:
    """Pass on what the training prints for each epoch."""
    for line in process.stdout or ():
        if line.startswith("epoch "):
            listener.epoch(line.rstrip())


def failure(command: list[str], status: int, said: str) -> str:
    """Why a command failed, from the last line that it printed."""
    lines = said.strip().splitlines()
    why = (
        lines[-1].removeprefix("inkdigits: ")
        if lines
        else f"it ended with status {status}"
    )
    return f"{' '.join(command)} failed: {why[:300]}"


@contextmanager
def _alone(folder: Path, listener: Listener) -> Iterator[tuple[int, ...]]:
    """Hold a lock on the run's folder, so that only one process trains in it.

    A killed benchmark may leave its training behind, which goes on until it next prints
    something. The training inherits the lock, so that it is held for as long as either
    lives.
    """
    try:
        import fcntl
    except ImportError:  # Windows: nothing to lock with
        yield ()
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            listener.said(f"waiting for another process that works in {folder}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield (lock.fileno(),)


def _load() -> float:
    """The load average of the last minute; 0 if the system does not say."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else 0.0


def facts(folder: Path) -> dict[str, Any]:
    """run.json of a finished run."""
    run = read_run(folder)
    if run.get("state") != "finished":
        raise TrainingError(
            f"{folder} is not finished: run the same command again to resume"
        )
    return run
