"""A service that is attacked, and an honest client that goes on meanwhile."""

import os
import threading
import time
from dataclasses import dataclass, field

import httpx2
import psutil

from inkdigits.data import drawn
from live_server import LiveServer

IS_LONG = os.environ.get("INKDIGITS_ATTACK") == "long"
MIB = 1024 * 1024
MEMORY = 1024 * MIB
TIMEOUT_S = 30  # of the service, by default
# The promise is one second, which the long run holds the service to, on a machine without other
# work. A test must not fail because its machine is busy.
HEALTH_S = 1.0 if IS_LONG else 10.0
MAY_STAY = 100 * MIB
SEVEN = drawn.as_file(drawn.draw_digit(7), "PNG")
PHOTO = drawn.as_file(drawn.draw_numbers(["4071", "3528"], size_px=200), "JPEG")


class Honest(threading.Thread):
    """Asks for a digit again and again. A 503 says when to come back, and it does."""

    def __init__(self, server: LiveServer) -> None:
        super().__init__(daemon=True)
        self.client = server.client(timeout=60)
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
        deadline = time.monotonic() + 3 * TIMEOUT_S
        answer = self.client.post("/v1/predict", content=SEVEN)
        while answer.status_code == 503 and time.monotonic() < deadline:
            self.over.wait(float(answer.headers["retry-after"]))
            answer = self.client.post("/v1/predict", content=SEVEN)
        if answer.status_code == 200 and answer.json()[0]["digit"] == 7:
            self.answered += 1
        else:
            self.failures.append(answer.text)


class Health(threading.Thread):
    """Asks whether the service lives, and how long that takes."""

    def __init__(self, server: LiveServer) -> None:
        super().__init__(daemon=True)
        self.client = server.client(timeout=60)
        self.over = threading.Event()
        self.slowest_s = 0.0
        self.failures: list[str] = []

    def run(self) -> None:
        while not self.over.is_set():
            start = time.monotonic()
            try:
                self.client.get("/healthz").raise_for_status()
            except httpx2.HTTPError as error:
                self.failures.append(repr(error))
            self.slowest_s = max(self.slowest_s, time.monotonic() - start)
            self.over.wait(0.05)
        self.client.close()


@dataclass
class Service:
    """The server that is attacked."""

    server: LiveServer
    start_bytes: int = 0
    slowest_s: dict[str, float] = field(default_factory=dict)

    def close(self) -> None:
        """Say how slow /healthz was; pytest shows it with -s."""
        for name, seconds in sorted(self.slowest_s.items(), key=lambda pair: -pair[1])[:10]:
            print(f"{seconds:6.2f} s /healthz at most in {name}")

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
        """Its memory once it is back to near the start, or after a minute."""
        deadline = time.monotonic() + 60
        while (held := self.memory()) > self.start_bytes + MAY_STAY and time.monotonic() < deadline:
            time.sleep(0.2)
        return held
