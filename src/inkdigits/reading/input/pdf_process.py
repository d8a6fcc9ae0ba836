"""Processes that render PDF pages: started when needed, kept warm, replaced when they fail.

Any number of threads may use them. A process is held for one request only, so that threads with
many open documents cannot deadlock; a process with another document open is sent this one.
"""

import atexit
import json
import os
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from inkdigits.errors import MissingExtraError
from inkdigits.reading.input.limits import MIB
from inkdigits.reading.input.pages import Grey
from inkdigits.reading.input.pdf_worker import TOO_MUCH_MEMORY

_WORKER = Path(__file__).with_name("pdf_worker.py")
_LENGTHS = struct.Struct("<IQ")
# Processes at a time: drawing is a small part of reading, and each may take its limit of memory.
MOST_PROCESSES = 2
# What a process may hold between two requests: so much of its limit, but at least what one that has
# drawn a page and has no document open holds (about 20 MiB). One that holds more is replaced.
_RESTING_SHARE = 1 / 8
_LEAST_RESTING_BYTES = 32 * MIB  # at least
# Requests after which a process is replaced, before what PDFium leaks adds up.
_MOST_REQUESTS = 5_000
_PIPE_BYTES = 1 << 20  # read at once
# Seconds in which a document must be closed.
_CLOSING_S = 5.0
# Seconds that any request may take, where the limits set no bound.
_LONGEST_S = 86_400.0
# Of a document's time: who waited for less than this was not short of time because of it.
_GOOD_PART = 0.1
# Bytes of the head of an answer, which holds a few numbers.
_LONGEST_HEAD_BYTES = 1000

T = TypeVar("T")
Head: TypeAlias = "dict[str, Any]"
# Is handed a process that has the file open, and the time until which it may take.
Task: TypeAlias = "Callable[[PdfProcess, PdfFile, float], T]"


class DrawingFailedError(Exception):
    """A document could not be opened, or a page drawn; `kind` says why.

    "password", "broken" and "no page" are what PDFium says; with "memory" and "time" a limit was
    reached; with "died" PDFium failed; with "busy" others used the processes for too long.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True, eq=False)
class PdfFile:
    """What a process needs to open a document, whichever of them is free."""

    data: bytes
    password: str | None
    most_bytes: int


class PdfProcess:
    """One process, and the document it has open."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.file: PdfFile | None = None
        # Whether requests and answers are in step, and it is not known to be short of memory.
        self.is_sound = True
        self.requests = 0
        self._pages = 0
        self._overdue = False
        command = [
            sys.executable,
            "-I",
            "-S",
            str(_WORKER),
            site_packages(),
            str(most_bytes),
        ]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            pipesize=_PIPE_BYTES,
        )
        self._requests: Any = self._process.stdin
        self._answers: Any = self._process.stdout

    def open(self, file: PdfFile, until: float) -> int:
        """How many pages a document has; the process keeps it open."""
        if self.file is not file:
            # None meanwhile: a process that fails to open it has no file.
            self.file = None
            request = {"do": "open", "password": file.password}
            answer = self.ask(request, until, file.data)
            self._pages = int(answer["pages"])
            self.file = file
        return self._pages

    def rest(self) -> bool:
        """Hand back what it can; whether it then holds no more than between two requests it may."""
        answer = self.ask({"do": "rest"}, time.monotonic() + _CLOSING_S)
        return int(answer["held"]) <= resting_bytes(self.most_bytes)

    def close_file(self) -> None:
        """Let the document go; the process stays for the next one."""
        self.file = None
        self.ask({"do": "close"}, time.monotonic() + _CLOSING_S)

    def ask(
        self, request: Head, until: float, body: bytes = b"", into: Grey | None = None
    ) -> Head:
        """The answer's head; its body goes into an array of just its size."""
        seconds = max(0.0, until - time.monotonic())
        self.requests += 1
        watch = threading.Timer(seconds, self._kill_overdue)
        watch.daemon = True
        watch.start()
        self.is_sound = False
        try:
            answer = self._exchange({**request, "seconds": seconds}, body, into)
        except (OSError, ValueError):
            raise DrawingFailedError(self._reason_of_death()) from None
        finally:
            watch.cancel()
            watch.join()  # after which it kills no more
        failure = answer.get("error")
        self.is_sound = failure != "memory" and not self._overdue
        if failure is not None:
            raise DrawingFailedError(str(failure))
        return answer

    def _exchange(self, request: Head, body: bytes, into: Grey | None) -> Head:
        """One request and its answer. Everything that comes back is checked for its size first."""
        head = json.dumps(request).encode()
        self._write(_LENGTHS.pack(len(head), len(body)) + head)
        self._write(body)
        head_bytes, body_bytes = _LENGTHS.unpack(self._read(bytearray(_LENGTHS.size)))
        if head_bytes > _LONGEST_HEAD_BYTES:
            raise OSError("the answer is not valid")
        answer: Head = json.loads(self._read(bytearray(head_bytes)))
        if body_bytes != (0 if into is None or "error" in answer else into.size):
            raise OSError("the answer has another size than was asked for")
        if into is not None and body_bytes:
            self._read(into.reshape(-1))
        return answer

    def _write(self, content: bytes) -> None:
        """Write all of it: a pipe may take less at a time."""
        rest = memoryview(content)
        while rest:
            rest = rest[self._requests.write(rest) :]

    def _read(self, into: Any) -> Any:
        rest = memoryview(into)
        while rest:
            count = self._answers.readinto(rest)
            if count == 0:
                raise OSError("the process has ended")
            rest = rest[count:]
        return into

    def _reason_of_death(self) -> str:
        if self._overdue:
            return "time"
        try:
            status = self._process.wait(_CLOSING_S)
        except subprocess.TimeoutExpired:
            return "died"
        return "memory" if status == TOO_MUCH_MEMORY else "died"

    def _kill_overdue(self) -> None:
        self._overdue = True
        self._process.kill()

    def end(self) -> None:
        """Kill it, and leave nothing behind."""
        self._process.kill()
        self._requests.close()
        self._answers.close()
        self._process.wait()

    def leave_to_parent(self) -> None:
        """After a fork, close this side of what belongs to the parent."""
        self._requests.close()
        self._answers.close()
        self._process.returncode = 0  # else it would be waited for


class _Pool:
    """The processes of this one, shared by its threads."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        """A pool without processes, also after a fork."""
        self._idle: list[PdfProcess] = []
        self._count = 0
        self._changed = threading.Condition()

    def run(
        self,
        file: PdfFile,
        seconds: float,
        deadline: float,
        task: "Task[T]",
        waited_before_s: float = 0.0,
    ) -> tuple[T, float]:
        """What a task gives, which may take so long once a process is free; and how long that took.

        `waited_before_s` is how long its document has waited already. A process that dies may have
        been worn out, or killed, before: a fresh one tries again.
        """
        seconds = min(seconds, _LONGEST_S)
        waited_s = 0.0
        while True:
            process, wait_s = self._take(file, deadline)
            waited_s += wait_s
            is_fresh = process.requests == 0
            left_s = deadline - time.monotonic()
            until = time.monotonic() + min(seconds, left_s)
            try:
                process.open(file, until)
                return task(process, file, until), waited_s
            except DrawingFailedError as failure:
                if failure.kind == "time" and _was_kept(
                    seconds, left_s, waited_before_s + waited_s
                ):
                    raise DrawingFailedError("busy") from None
                if is_fresh or failure.kind not in ("died", "memory"):
                    raise
            finally:
                self._give(process)

    def close_file(self, file: PdfFile) -> None:
        """Let a process that has the document open forget it."""
        process = self._take_holder(file)
        if process is None:
            return
        try:
            process.close_file()
        except DrawingFailedError:
            return  # it is ended below
        finally:
            self._give(process)

    def end(self) -> None:
        """End all that are not at work."""
        with self._changed:
            ended = self._idle
            self._idle = []
            self._count -= len(ended)
        for process in ended:
            process.end()

    def forget(self) -> None:
        """In a forked child: the processes are the parent's."""
        for process in self._idle:
            process.leave_to_parent()
        self._begin()

    def _take_holder(self, file: PdfFile) -> PdfProcess | None:
        """An idle process that has this file open."""
        with self._changed:
            holder = next(
                (process for process in self._idle if process.file is file), None
            )
            if holder is not None:
                self._idle.remove(holder)
        return holder

    def _take(self, file: PdfFile, deadline: float) -> tuple[PdfProcess, float]:
        """The process that has the file open, a new one, or one that has another's file open.

        And the seconds that were waited for it.
        """
        process = self._take_holder(file)
        if process is not None:
            return process, 0.0
        with self._changed:
            waited_s = self._wait_for_room(deadline)
            process = self._least_needed()
            if process is not None and process.most_bytes == file.most_bytes:
                return process, waited_s
            if process is None:
                self._count += 1
        if process is not None:
            process.end()
        try:
            return PdfProcess(file.most_bytes), waited_s
        except BaseException:
            with self._changed:
                self._count -= 1
                self._changed.notify()
            raise

    def _wait_for_room(self, deadline: float) -> float:
        """Wait until a process is free, or may be started; the seconds that took."""
        if self._has_room():
            return 0.0
        began = time.monotonic()
        if not self._changed.wait_for(
            self._has_room, min(deadline - began, _LONGEST_S)
        ):
            raise DrawingFailedError("busy")
        return time.monotonic() - began

    def _has_room(self) -> bool:
        """Whether a process is idle or another may be started."""
        may_start = self._count < MOST_PROCESSES
        return bool(self._idle) or may_start

    def _least_needed(self) -> PdfProcess | None:
        """An idle process, one with no file first; None where another may be started instead."""
        without_file = [process for process in self._idle if process.file is None]
        # A document that stays open need not be opened again for its next page.
        if not without_file and self._count < MOST_PROCESSES:
            return None
        candidates = without_file or self._idle
        process = candidates[0]
        self._idle.remove(process)
        return process

    def _give(self, process: PdfProcess) -> None:
        is_kept = _is_fit(process)
        if not is_kept:
            process.end()
        with self._changed:
            if is_kept:
                self._idle.append(process)
            else:
                self._count -= 1
            self._changed.notify()


def _was_kept(seconds: float, left_s: float, waited_s: float) -> bool:
    """Whether a task had less time than it may take because a good part of it went into waiting."""
    without_waiting_s = left_s + waited_s
    is_short = left_s < min(seconds, without_waiting_s)
    return is_short and waited_s > _GOOD_PART * without_waiting_s


def resting_bytes(most_bytes: int) -> int:
    """What a process with that limit of memory may hold between two requests."""
    return max(_LEAST_RESTING_BYTES, round(most_bytes * _RESTING_SHARE))


def _is_fit(process: PdfProcess) -> bool:
    """Whether a process may wait for the next request."""
    if not process.is_sound or process.requests >= _MOST_REQUESTS:
        return False
    try:
        return process.rest()
    except DrawingFailedError:
        return False


def site_packages() -> str:
    """The folder that holds PDFium's bindings."""
    # Looked for, not imported: PDFium stays in a process of its own.
    spec = find_spec("pypdfium2")
    if spec is None or spec.origin is None:
        raise MissingExtraError("reading PDF files", "pdf")
    package = Path(spec.origin).parent
    return str(package.parent)


pool = _Pool()
atexit.register(pool.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=pool.forget)
