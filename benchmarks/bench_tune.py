"""Benchmark tuning: forty trials on digits8x8, killed twice.

    make bench-tune

Does the search find better settings than the recipe's own, on the validation set? `inkdigits tune`
runs as a separate process, is killed (SIGKILL) when a third and when two thirds of its trials are
finished, and is resumed with the same command. Finished trials and duplicate settings are counted
at the end. The recipe's own settings are one of the trials. The best settings and the recipe's own
are also trained in full and evaluated once on the test set. The last figures:
benchmarks/results/tune.json
"""

import argparse
import csv
import json
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from inkdigits.training import Settings, train
from inkdigits.training.run import read_run
from results_file import save

COMMAND = [sys.executable, "-m", "inkdigits", "tune", "--data", "digits8x8"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--output", type=Path, default=Path("runs/bench/tune"))
    parser.add_argument(
        "--fresh", action="store_true", help="begin anew where a search lies already"
    )
    options = parser.parse_args()
    if options.fresh:
        shutil.rmtree(options.output, ignore_errors=True)
    command = [
        *COMMAND,
        "--trials",
        str(options.trials),
        "--jobs",
        str(options.jobs),
        "--output",
        str(options.output),
    ]
    begun = time.perf_counter()
    kills = [
        kill_after(command, options.output, round(options.trials * share / 3))
        for share in (1, 2)
    ]
    subprocess.run(command, check=True)
    seconds = time.perf_counter() - begun
    facts = json.loads((options.output / "tune.json").read_text())
    print(facts["sentence"])
    save("tune", {"command": "make bench-tune", "wanted": options.trials, "killed_after": kills, "seconds": round(seconds),
                  **counted(options.output), "best": facts["best"], "own": facts["own"], "sentence": facts["sentence"],
                  "test": tests(options.output)})  # fmt: skip


def kill_after(command: list[str], output: Path, finished: int) -> int:
    """Start the search and kill it as soon as that many trials are finished; gives how many were."""
    with subprocess.Popen(command, start_new_session=True) as process:
        while process.poll() is None and finished_trials(output) < finished:
            time.sleep(0.5)
        process.send_signal(signal.SIGKILL)
    return finished_trials(output)


def finished_trials(output: Path) -> int:
    import sqlite3

    database = output / "study.db"
    if not database.exists():
        return 0
    with sqlite3.connect(
        f"file:{database}?mode=ro", uri=True, timeout=30
    ) as connection:
        try:
            return connection.execute(
                "select count(*) from trials where state in ('COMPLETE', 'PRUNED')"
            ).fetchone()[0]
        except sqlite3.OperationalError:
            return 0


def counted(output: Path) -> dict[str, Any]:
    with (output / "trials.csv").open() as file:
        rows = list(csv.DictReader(file))
    settings = Counter(tuple(row.values())[6:] for row in rows)
    states = Counter(row["state"] for row in rows)
    return {
        "trials": dict(states),
        "finished": states["complete"] + states["pruned"],
        "duplicates": len(rows) - len(settings),
    }


def tests(output: Path) -> dict[str, float]:
    """The test figures of the best run and of the recipe's own settings, each trained once."""
    own = output / "own"
    if not (own / "run.json").exists():
        train(Settings(data="digits8x8"), output=own)
    found = {
        name: read_run(output / name)["results"]["test"] for name in ("best", "own")
    }
    return {name: scores["accuracy"] for name, scores in found.items()} | {
        "n": found["best"]["n"]
    }


if __name__ == "__main__":
    main()
