"""One worker's HTTP path against that of another checkout, interleaved.

    git worktree add /tmp/before f2c57bc
    python benchmarks/bench_http_path.py --other /tmp/before --rounds 9

wrk (Debian's) on loopback sends one 28×28 PNG a request over 32 connections. Each server is one
process of `inkdigits serve`. The figures of the last run are in benchmarks/results/http-path.json.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench_serve import Server, load, pictures, running
from results_file import save

ROOT = Path(__file__).parent.parent
CONNECTIONS = 32


def measure(checkouts: dict[str, Path], seconds: float, rounds: int) -> dict[str, Any]:
    """For each checkout its median run, and its requests a second as a share of the first one's."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in checkouts}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        script = pictures(folder)["28×28"]
        servers: list[Server] = []
        for name, checkout in checkouts.items():
            os.environ["PYTHONPATH"] = os.pathsep.join(
                [str(checkout / "src"), *_given_path()]
            )
            database = f"sqlite:///{folder}/{name}.db"
            command = [sys.executable, "-m", "inkdigits", "serve", "--port", "{port}"]
            command += ["--database-url", database]
            servers.append(stack.enter_context(running(name, command)))
        for server in servers:
            load(server, script, CONNECTIONS, 2)  # the first requests are slower
        for _ in range(rounds):
            for server in servers:
                runs[server.name].append(load(server, script, CONNECTIONS, seconds))
    first = next(iter(runs.values()))
    return {name: _summary(found, first) for name, found in runs.items()}


def _summary(
    runs: list[dict[str, float]], first: list[dict[str, float]]
) -> dict[str, float]:
    summary = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    for key in ("per_s", "cpu_ms"):
        shares = [run[key] / other[key] for run, other in zip(runs, first, strict=True)]
        summary[f"{key}_share"] = statistics.median(shares)
    return summary


_GIVEN = os.environ.get("PYTHONPATH", "").split(os.pathsep)


def _given_path() -> list[str]:
    """What was on the path already, but for another inkdigits."""
    return [
        entry for entry in _GIVEN if entry and not (Path(entry) / "inkdigits").is_dir()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--other", type=Path, required=True, help="a checkout to compare with"
    )
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--no-save", action="store_true")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed: apt-get install wrk")
    busy = os.getloadavg()[0]
    found = measure(
        {"other": options.other, "this": ROOT}, options.seconds, options.rounds
    )
    for name, row in found.items():
        print(name, {key: round(value, 3) for key, value in row.items()})
    if not options.no_save:
        command = f"python benchmarks/bench_http_path.py --other DIR --rounds {options.rounds}"
        facts = {
            "command": command,
            "seconds": options.seconds,
            "load_average_before": busy,
        }
        save("http-path", {**facts, "servers": found})


if __name__ == "__main__":
    main()
