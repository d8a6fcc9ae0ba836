"""No decoder keeps the interpreter's lock for long: all of a service's threads would stand still.

How long is counted in the decoding thread's own seconds of processor, which a busy machine hardly
changes: what it used between two moments in which another thread could run.
"""

import io
import threading
import time
from typing import Any

import pytest
from PIL import Image

from inkdigits.reading.input.limits import Limits
from inkdigits.reading.input.pictures import page_of_bytes
from inkdigits.web.settings import ServeSettings

pytestmark = pytest.mark.skipif(
    not hasattr(time, "pthread_getcpuclockid"), reason="threads have no clocks"
)

SIZE = (1500, 1200)
PIXELS = SIZE[0] * SIZE[1]
LONGEST_S = 1.0  # what /healthz may take
KINDS: dict[str, dict[str, Any]] = {
    "PNG": {"mode": "RGBA", "compress_level": 1},
    "GIF": {"mode": "P"},
    "BMP": {},
    "JPEG": {"progressive": True, "subsampling": 0},
    "TIFF": {"mode": "RGBA", "compression": "tiff_lzw"},
    "WEBP": {"lossless": True, "method": 0},
    "AVIF": {"speed": 10},
    "JPEG2000": {},
}


def saved(kind: str, size: tuple[int, int]) -> bytes:
    options = {"mode": "RGB", **KINDS[kind]}
    file = io.BytesIO()
    picture = Image.effect_noise(size, 60).convert(options.pop("mode"))
    picture.save(file, kind, **options)
    return file.getvalue()


def longest_hold_s(content: bytes) -> float:
    """Seconds of processor that decoding took while no other thread could run."""
    ready, go, done, end = (threading.Event() for _ in range(4))

    def decode() -> None:
        ready.set()
        go.wait()
        try:
            page_of_bytes(content, "picture", Limits())
        finally:
            done.set()
            end.wait()  # its clock ends with it

    thread = threading.Thread(target=decode, daemon=True)
    thread.start()
    ready.wait()
    clock = time.pthread_getcpuclockid(thread.ident or 0)
    longest, before = 0.0, time.clock_gettime(clock)
    go.set()
    while not done.is_set():
        time.sleep(0.0005)
        now = time.clock_gettime(clock)
        longest, before = max(longest, now - before), now
    end.set()
    thread.join()
    return longest


@pytest.mark.parametrize("kind", KINDS)
def test_the_largest_picture_would_not_keep_others_for_a_second(kind: str) -> None:
    page_of_bytes(saved(kind, (64, 64)), "picture", Limits())  # what is loaded once
    hold_s = longest_hold_s(saved(kind, SIZE))
    assert hold_s / PIXELS * ServeSettings().max_pixels <= LONGEST_S
