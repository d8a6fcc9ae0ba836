"""Memory goes back to the system once a burst is over."""

import subprocess
import sys

import pytest

BURST = """
import time
from inkdigits.web import idle_memory
from inkdigits.web.idle_memory import IdleMemory, Thresholds

memory = IdleMemory(Thresholds(wait_s=0.0, most_wait_s=0.0))
start = idle_memory._resident()
kept = []
for _ in range(200_000):
    kept.append(bytes(600))  # too small for a mapping of its own
    kept.append([kept[-1]])
last = bytes(600)  # above what is freed
while kept:
    kept.pop()
    if len(kept) == 50:  # in use while memory is handed back
        memory.look()
memory.look()
print((idle_memory._resident() - start) / 2**20, memory._start / 2**20)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's own")
def test_what_a_burst_leaves_is_handed_back() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BURST], capture_output=True, text=True, check=True
    )
    grown, _ = map(float, done.stdout.split())
    assert grown < 64
