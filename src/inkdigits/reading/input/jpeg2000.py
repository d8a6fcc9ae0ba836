"""Decode large JPEG 2000 pictures in a separate process.

Pillow holds the GIL for seconds while it decodes one, which would block every other thread of a
service. Other formats are decoded without the GIL.
"""

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import IO, Any, cast

import numpy as np

from inkdigits.errors import BusyError, NotAPictureError
from inkdigits.reading.input.limits import MIB
from inkdigits.reading.input.pages import Grey

# Pixels that are decoded in this process: they take a fraction of a second at most.
INLINE_PX = 1_000_000
# Bytes of memory that the process takes in addition to the picture.
PROCESS_BYTES = 80 * MIB
# Seconds that a picture may take, where nothing sets a bound.
_LONGEST_S = 86_400.0
_MODULE = "inkdigits.reading.input.jpeg2000_worker"
# Bytes of what the process says before the pixels.
_LONGEST_SAYING = 10_000


def decode_apart(data: bytes, name: str, deadline: float) -> Grey:
    """The picture in grey, upright."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", _MODULE, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    seconds = max(0.0, min(deadline - time.monotonic(), _LONGEST_S))
    watch = threading.Timer(seconds, process.kill)
    watch.daemon = True
    watch.start()
    try:
        return _exchange(process, data)
    except (OSError, ValueError):  # it has ended before all was said
        if time.monotonic() >= deadline:
            reason = f"{name} was not decoded in time: it is too large, or the machine is busy"
            raise BusyError(
                f"{reason}; try again later, or save it as PNG or JPEG"
            ) from None
        message = f"{name} is a broken picture (its decoder failed): download the whole file again"
        raise NotAPictureError(message) from None
    finally:
        watch.cancel()
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # what it did not take is lost
                cast(IO[bytes], pipe).close()
        process.wait()


def _exchange(process: "subprocess.Popen[bytes]", data: bytes) -> Grey:
    """Send the file, and take the decoded pixels or the reason why there are none."""
    requests: Any = process.stdin
    answers: Any = process.stdout
    requests.write(data)
    requests.close()
    kind, _, said = answers.readline(_LONGEST_SAYING).partition(b" ")
    if kind == b"broken":
        raise NotAPictureError(said.decode("utf-8", "surrogateescape").strip())
    height, width = map(int, said.split())
    grey = np.empty((height, width), np.uint8)
    if answers.readinto(grey.reshape(-1)) != grey.size:
        raise OSError("the process has ended")
    return grey
