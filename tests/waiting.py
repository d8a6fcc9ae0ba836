"""Waiting for a state, however busy the machine: no test bets on how long something takes."""

import signal
import subprocess
import time
from collections.abc import Callable

# Long enough for any state to come about beside other work, short enough to end a test that hangs.
PATIENCE_S = 900.0
_LOOK_EVERY_S = 0.005
# The exit status of a command that says it was stopped by Ctrl-C.
INTERRUPTED = 130


def wait_until(state: Callable[[], bool], what: str) -> None:
    """Wait for the state; a test that waits in vain says for what."""
    deadline = time.monotonic() + PATIENCE_S
    while not state():
        assert time.monotonic() < deadline, (
            f"still not so after {PATIENCE_S:.0f} s: {what}"
        )
        time.sleep(_LOOK_EVERY_S)


def kill_when(
    process: "subprocess.Popen[bytes]",
    state: Callable[[], bool],
    how: signal.Signals = signal.SIGKILL,
) -> bytes:
    """Wait for the state, send the signal and wait for the end; gives what the process said on stderr.

    The process may have ended by itself in the meantime: `was_killed` tells.
    """
    wait_until(
        lambda: process.poll() is not None or state(), "the process has begun, or ended"
    )
    process.send_signal(how)  # a process that has ended gets none
    _, said = process.communicate(timeout=PATIENCE_S)
    return said or b""


def was_killed(process: "subprocess.Popen[bytes]") -> bool:
    """Whether it was stopped before its end; one that failed by itself fails the test."""
    stopped = process.returncode in (-signal.SIGKILL, -signal.SIGINT, INTERRUPTED)
    assert stopped or process.returncode == 0, (
        f"it ended with status {process.returncode}"
    )
    return stopped
