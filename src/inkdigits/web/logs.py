"""Logs as JSON, one line per event, on stderr; never the contents of a picture."""

import json
import logging
import sys
import threading
import time
from typing import Any, TextIO

# Lines that may wait in memory to be written: some megabytes.
_MOST_LINES = 20_000
# Seconds from one writing to the next.
_EVERY_S = 0.2


class JsonLog:
    """Writes log lines on a separate thread, so that a slow reader delays no request.

    If too many lines are waiting, new ones are dropped and counted.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        """A log that a thread writes out, once there is something to write."""
        self._out = out or sys.stderr
        self._lines: list[str] = []
        # Lines that came faster than they could be written.
        self.dropped = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def write(self, level: str, message: str, **fields: Any) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="log", daemon=True)
            self._thread.start()
        if len(self._lines) >= _MOST_LINES:
            self.dropped += 1
            return
        self._lines.append(_line(level, message, **fields))

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=2)

    def _work(self) -> None:
        while not self._stop.wait(_EVERY_S):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        lines = self._lines
        self._lines = []
        dropped, self.dropped = self.dropped, 0
        if dropped:
            lines.append(_line("warning", "log lines dropped", count=dropped))
        if not lines:
            return
        try:
            self._out.write("\n".join(lines) + "\n")
            self._out.flush()
        except (
            OSError,
            ValueError,
        ):  # a full disk, or a pipe that nobody reads: this may pass
            self.dropped += len(lines)


class ToJsonLog(logging.Handler):
    """Hands what libraries log to a JsonLog."""

    def __init__(self, log: JsonLog) -> None:
        """Hand warnings of other libraries on to the service's log."""
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        fields = {"logger": record.name}
        if record.exc_info:
            fields["fault"] = logging.Formatter().formatException(record.exc_info)
        self._log.write(record.levelname.lower(), record.getMessage().strip(), **fields)


def _line(level: str, message: str, **fields: Any) -> str:
    """One event; what JSON has no kind for is written as text."""
    event = {"time": _now(), "level": level, "message": message}
    event |= fields
    return json.dumps(event, default=str)


def _now() -> str:
    """The time to a thousandth of a second, as RFC 3339 has it."""
    seconds = time.time()
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    # strftime knows nothing below a second.
    thousandths = int(seconds * 1000) % 1000
    return f"{whole}.{thousandths:03d}Z"
