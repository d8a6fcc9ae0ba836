"""A real server in a process of its own, on a free port of loopback."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from waiting import PATIENCE_S


@dataclass
class LiveServer:
    """What is needed to talk to it, and to end it."""

    process: "subprocess.Popen[bytes]"
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, **options: Any) -> httpx2.Client:
        return httpx2.Client(
            base_url=self.url, trust_env=False, **{"timeout": PATIENCE_S, **options}
        )

    def connect(self) -> socket.socket:
        """A bare connection, for clients that do not behave."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)

    def lines(self) -> list[dict[str, Any]]:
        """What it has logged."""
        return [
            json.loads(line)
            for line in self.log.read_text().splitlines()
            if line.startswith("{")
        ]

    def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE_S)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def live_server(
    folder: Path,
    *options: str,
    database_url: str | None = None,
    launcher: Sequence[str] = (),
) -> Iterator[LiveServer]:
    """`inkdigits serve` with these options; its database is in the folder unless another is named.

    `launcher` is a command that runs the one behind it. On a busy machine an answer takes long, so
    the time limit is generous unless the options name one.
    """
    if "--timeout" not in options:
        options = (*options, "--timeout", f"{PATIENCE_S:g}")
    port, log = free_port(), folder / f"server-{time.monotonic_ns()}.log"
    url = database_url or f"sqlite:///{folder}/inkdigits.db"
    environment = {**os.environ, "INKDIGITS_DATABASE_URL": url}
    command = [
        *launcher,
        sys.executable,
        "-m",
        "inkdigits",
        "serve",
        "--port",
        str(port),
        *options,
    ]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=out,
            env=environment,
            start_new_session=True,
        )
    server = LiveServer(process, port, log)
    try:
        _wait(server)
        yield server
    finally:
        _end(process)


def _wait(server: LiveServer) -> None:
    deadline = time.monotonic() + PATIENCE_S
    with server.client() as client:
        while time.monotonic() < deadline and server.process.poll() is None:
            try:
                client.get("/healthz")
                return
            except httpx2.TransportError:
                time.sleep(0.05)
    raise RuntimeError(f"the server did not start: {server.log.read_text()[-2000:]}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """The server and its workers, whatever state they are in."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
