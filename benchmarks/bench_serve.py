"""Benchmark `inkdigits serve` under load, compared with two other servers.

    make bench-serve                        # or: python benchmarks/bench_serve.py --seconds 10 --rounds 3

The others are Flask + Keras, and FastAPI + onnxruntime without batches; all are interleaved. wrk
(Debian's) on loopback sends one picture per request, 28×28 and 200×200 PNG, over 1, 8 and 32
connections. Each server is one process, started as in its tutorial. It reports requests per second,
p50, p99 and CPU time per request. Then 200,000 requests go to inkdigits alone, to watch its memory.
The last figures: benchmarks/results/serve.json.
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from results_file import save

CONNECTIONS = (1, 8, 32)
PEERS = Path(__file__).with_name("serve_peers.py")
_START_S = 180.0
_LONGEST_S = 60.0
_LUA = """wrk.method = "POST"
local file = io.open("{body}", "rb")
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "image/png"
function done(summary, latency, requests)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), bad))
end
"""


@dataclass(frozen=True)
class Server:
    """One that runs."""

    name: str
    process: psutil.Process
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/predict"

    def cpu_s(self) -> float:
        times = self.process.cpu_times()
        return times.user + times.system

    def memory_mb(self) -> float:
        return self.process.memory_info().rss / 2**20


@contextmanager
def running(name: str, command: list[str]) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        [part.format(port=port) for part in command], stdout=quiet, stderr=quiet
    )
    server = Server(name, psutil.Process(process.pid), port)
    try:
        _wait(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(30)


def _wait(server: Server, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(server.url, timeout=5)  # noqa: S310 - our own address
        except urllib.error.HTTPError:
            return  # it is there; GET is not for this address
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{server.name} did not start")


def load(
    server: Server, script: Path, connections: int, seconds: float
) -> dict[str, float]:
    """One run of wrk: what it saw, and what the server's processor did. One too short for any answer is made longer."""
    before = server.cpu_s()
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds:g}s",
        "--timeout",
        "30s",
        "-s",
        str(script),
        server.url,
    ]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    count, took_us, p50_us, p99_us, bad = (
        int(part) for part in out.split("RESULT ")[1].split()[:5]
    )
    if not count and seconds < _LONGEST_S:
        return load(server, script, connections, 2 * seconds)
    if bad or not count:
        raise SystemExit(f"{server.name}: {bad} of {count} requests failed:\n{out}")
    cpu_ms = 1000 * (server.cpu_s() - before) / count
    return {
        "per_s": count / (took_us / 1e6),
        "p50_ms": p50_us / 1000,
        "p99_ms": p99_us / 1000,
        "cpu_ms": cpu_ms,
    }


def compare(
    servers: list[Server], scripts: dict[str, Path], seconds: float, rounds: int
) -> dict[str, Any]:
    """For each picture and number of connections, each server's median; and how many times ours serves what it does."""
    found: dict[str, Any] = {}
    for size, script in scripts.items():
        for connections in CONNECTIONS:
            runs = [
                {
                    server.name: load(server, script, connections, seconds)
                    for server in servers
                }
                for _ in range(rounds)
            ]
            row = {
                server.name: _median([run[server.name] for run in runs])
                for server in servers
            }
            for server in servers[1:]:
                ratios = [
                    run[servers[0].name]["per_s"] / run[server.name]["per_s"]
                    for run in runs
                ]
                row[server.name]["ours_times"] = statistics.median(ratios)
            found[f"{size} {connections}"] = row
            print(size, connections, json.dumps(row), flush=True)
    return found


def _median(runs: list[dict[str, float]]) -> dict[str, float]:
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def watch_memory(server: Server, script: Path, requests: int) -> dict[str, float]:
    """Resident memory after a warm-up of a tenth, and its least and most until so many requests are answered."""
    load(server, script, 32, 5)
    done, seen = 0.0, []
    start = server.memory_mb()
    while done < requests:
        run = load(server, script, 32, 10)
        done += 10 * run["per_s"]
        seen.append(server.memory_mb())
    return {"requests": round(done), "start_mb": start, "least_mb": min(seen), "most_mb": max(seen), "end_mb": seen[-1],
            "change": seen[-1] / start - 1}  # fmt: skip


def pictures(folder: Path) -> dict[str, Path]:
    """The wrk scripts for a digit as MNIST has it, and for a drawn one of 200×200."""
    import numpy as np
    from PIL import Image

    from inkdigits.reading.glyphs import frame
    from inkdigits.reading.marks.whole import all_ink
    from inkdigits.synthesis.drawn import draw_digit

    drawn = draw_digit(7)
    scripts = {}
    for size, picture in (
        ("28×28", Image.fromarray(frame(all_ink(np.asarray(drawn))))),
        ("200×200", drawn),
    ):
        body, script = folder / f"{picture.width}.png", folder / f"{picture.width}.lua"
        picture.save(body)
        script.write_text(_LUA.format(body=body))
        scripts[size] = script
    return scripts


def commands(folder: Path) -> dict[str, list[str]]:
    """How each server is started; the classic net's weights do not matter for the time."""
    from inkdigits.reading.classifier import BUNDLED
    from inkdigits.training import Settings
    from inkdigits.training.recipes import build

    keras = folder / "classic.keras"
    build(Settings()).save(keras)
    python, database = sys.executable, f"sqlite:///{folder}/inkdigits.db"
    return {
        "inkdigits": [
            python,
            "-m",
            "inkdigits",
            "serve",
            "--port",
            "{port}",
            "--database-url",
            database,
        ],
        "flask": [python, str(PEERS), "flask", str(keras), "{port}"],
        "fastapi": [python, str(PEERS), "fastapi", str(BUNDLED), "{port}"],
        "fastapi-reader": [
            python,
            str(PEERS),
            "fastapi-reader",
            str(BUNDLED),
            "{port}",
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=200_000, help="for the memory")
    parser.add_argument("--no-save", action="store_true")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed: apt-get install wrk")
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        scripts, ways = pictures(Path(name)), commands(Path(name))
        with running("inkdigits", ways["inkdigits"]) as ours:
            memory = (
                watch_memory(ours, scripts["28×28"], options.requests)
                if options.requests
                else {}
            )
            print("memory", json.dumps(memory), flush=True)
        with running("inkdigits", ways["inkdigits"]) as a, running("flask", ways["flask"]) as b, \
             running("fastapi", ways["fastapi"]) as c, running("fastapi-reader", ways["fastapi-reader"]) as d:  # fmt: skip
            loads = compare([a, b, c, d], scripts, options.seconds, options.rounds)
    if not options.no_save:
        save("serve", {"command": "python benchmarks/bench_serve.py", "seconds": options.seconds, "rounds": options.rounds,
                       "load_average_before": busy,
                       "loads": loads, "memory": memory})  # fmt: skip


if __name__ == "__main__":
    main()
