"""A service that is attacked, and an honest client that goes on meanwhile."""

import os
import threading
import time
from dataclasses import dataclass, field

import httpx2
import psutil

from inkdigits.synthesis import drawn
from live_server import LiveServer
from waiting import PATIENCE_S

IS_LONG = os.environ.get("INKDIGITS_ATTACK") == "long"
MIB = 1024 * 1024
MEMORY = 1024 * MIB
TIMEOUT_S = 30  # of the service, by default
# The promise is one second, which the long run holds the service to, on a machine without other
# work. A test must not fail because its machine is busy: it looks for stalls that the service's own
# work makes, and for any that would not end.
HEALTH_S = 1.0 if IS_LONG else 60.0
STALLED_S = 1.0 if IS_LONG else 2.0
MAY_STAY = 100 * MIB
SEVEN = drawn.as_file(drawn.draw_digit(7), "PNG")
PHOTO = drawn.as_file(drawn.draw_numbers(["4071", "3528"], size_px=200), "JPEG")


class Honest(threading.Thread):
    """Asks for a digit again and again. A 503 says when to come back, and it does."""

    def __init__(self, server: LiveServer) -> None:
        super().__init__(daemon=True)
        self.client = server.client()
        self.over = threading.Event()
        self.answered = 0
        self.failures: list[str] = []

    def run(self) -> None:
        while not self.over.is_set():
            try:
                self._ask()
            except httpx2.HTTPError as error:
                self.failures.append(repr(error))
            self.over.wait(0.02)
        self.client.close()

    def _ask(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        answer = self.client.post("/v1/predict", content=SEVEN)
        while answer.status_code == 503 and time.monotonic() < deadline:
            self.over.wait(float(answer.headers["retry-after"]))
            answer = self.client.post("/v1/predict", content=SEVEN)
        if answer.status_code == 200 and answer.json()[0]["digit"] == 7:
            self.answered += 1
        else:
            self.failures.append(answer.text)


class Health(threading.Thread):
    """Asks whether the service lives, and how long that takes.

    A stall of the service's own making costs its process time: of an answer that is late while the
    process did not run, the machine is the reason.
    """

    def __init__(self, server: LiveServer) -> None:
        super().__init__(daemon=True)
        self.client = server.client()
        self.over = threading.Event()
        self.process = psutil.Process(server.process.pid)
        self.slowest_s = 0.0
        self.stalled_s = 0.0
        self.failures: list[str] = []

    def run(self) -> None:
        while not self.over.is_set():
            start, worked = time.monotonic(), self._worked_s()
            try:
                self.client.get("/healthz").raise_for_status()
            except httpx2.HTTPError as error:
                self.failures.append(repr(error))
            seconds = time.monotonic() - start
            self.slowest_s = max(self.slowest_s, seconds)
            self.stalled_s = max(
                self.stalled_s, min(seconds, self._worked_s() - worked)
            )
            self.over.wait(0.05)
        self.client.close()

    def _worked_s(self) -> float:
        """Seconds of processor that the service has used."""
        try:
            times = self.process.cpu_times()
        except psutil.NoSuchProcess:
            return 0.0
        return float(times.user + times.system)


@dataclass
class Service:
    """The server that is attacked."""

    server: LiveServer
    start_bytes: int = 0
    slowest_s: dict[str, float] = field(default_factory=dict)
    stalled_s: dict[str, float] = field(default_factory=dict)

    def close(self) -> None:
        """Say how slow /healthz was; pytest shows it with -s."""
        for name, seconds in sorted(self.slowest_s.items(), key=lambda pair: -pair[1])[
            :10
        ]:
            stalled_s = self.stalled_s[name]
            print(
                f"{seconds:6.2f} s /healthz at most in {name} ({stalled_s:.2f} s of its own)"
            )

    def memory(self) -> int:
        """What it and its processes hold for themselves."""
        main = psutil.Process(self.server.process.pid)
        found = 0
        for process in (main, *main.children(recursive=True)):
            try:
                found += process.memory_full_info().uss
            except psutil.NoSuchProcess:
                continue
        return int(found)

    def settle(self) -> int:
        """Its memory once it is back to near the start, or after some minutes."""
        deadline = time.monotonic() + 5 * 60
        while (
            held := self.memory()
        ) > self.start_bytes + MAY_STAY and time.monotonic() < deadline:
            time.sleep(0.2)
        return held
