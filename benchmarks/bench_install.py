"""Benchmark the wheel in a fresh environment of each Python: size, import and first answer.

`python benchmarks/bench_install.py --python python3.11 --python python3.12` builds the wheel,
creates an environment for each Python, installs the wheel with its dependencies, and starts
processes in interleaved rounds. It reports wall-clock time and CPU time, which depends less on
other load. Everything is in a temporary folder that is removed afterwards.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inkdigits.synthesis.drawn import as_file, draw_digit
from results_file import save

ROOT = Path(__file__).parent.parent
MB = 1_000_000  # bytes
_IMPORT = """
import time
start, used = time.perf_counter(), time.process_time()
import inkdigits
print(time.perf_counter() - start, time.process_time() - used)
"""
# The heaviest packages that are named.
_MOST_NAMED = 6


@dataclass
class Environment:
    """A Python with the wheel in it, and what was measured of it."""

    folder: Path
    version: str
    runs: dict[str, list[float]] = field(default_factory=dict)

    @property
    def programs(self) -> Path:
        return self.folder / "bin"

    def sizes(self) -> dict[str, int]:
        """Bytes of each package, compiled modules and libraries beside it included."""
        (packages,) = self.folder.glob("lib/python*/site-packages")
        found: dict[str, int] = {}
        for entry in packages.iterdir():
            name = entry.name.partition(".")[0].partition("-")[0]
            files = [entry] if entry.is_file() else list(entry.rglob("*"))
            size = sum(path.stat().st_size for path in files if path.is_file())
            found[name] = found.get(name, 0) + size
        return found

    def measure(self, picture: Path) -> None:
        """Import it once, and read the picture once, each in a new process."""
        wall, processor = output([self.programs / "python", "-c", _IMPORT]).split()
        self._add("import", float(wall), float(processor))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        output([self.programs / "inkdigits", "predict", picture])
        wall_s = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self._add("first_answer", wall_s, used)

    def _add(self, what: str, wall_s: float, processor_s: float) -> None:
        self.runs.setdefault(f"{what}_s", []).append(wall_s)
        self.runs.setdefault(f"{what}_processor_s", []).append(processor_s)

    def results(self) -> dict[str, Any]:
        sizes = self.sizes()
        heaviest = sorted(sizes, key=lambda name: -sizes[name])[:_MOST_NAMED]
        return {
            "installed_mb": sum(sizes.values()) / MB,
            "heaviest_mb": {name: sizes[name] / MB for name in heaviest},
            **{what: summary(seconds) for what, seconds in self.runs.items()},
        }


def output(command: list[str | Path]) -> str:
    """What a program prints, of which no variable says where Python looks for modules."""
    plain = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTHON")
    }
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env=plain
    )
    return done.stdout.strip()


def summary(runs: list[float]) -> dict[str, float]:
    return {"median": statistics.median(runs), "fastest": min(runs)}


def wheel(folder: Path) -> Path:
    """The wheel of this checkout."""
    hatchling = Path(sys.executable).with_name("hatchling")
    build: list[str | Path] = [hatchling, "build", "-t", "wheel", "-d", folder]
    subprocess.run(build, check=True, cwd=ROOT, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def installed(python: str, built: Path, folder: Path) -> Environment:
    """A fresh environment with nothing but the wheel and what it depends on."""
    output([python, "-m", "venv", "--without-pip", folder])
    inside = folder / "bin" / "python"
    pip: list[str | Path] = [python, "-m", "pip", "--python", inside]
    output([*pip, "--disable-pip-version-check", "install", "--quiet", built])
    version = output(
        [inside, "-c", "import platform; print(platform.python_version())"]
    )
    return Environment(folder, version)


def main() -> None:
    """Install into each Python, measure in turn, and keep the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--python",
        action="append",
        required=True,
        help="a Python that has pip; may be repeated",
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--no-save", action="store_true", help="only print")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        picture = folder / "seven.png"
        picture.write_bytes(as_file(draw_digit(7), "PNG"))
        built = wheel(folder)
        environments = [
            installed(python, built, folder / f"environment-{index}")
            for index, python in enumerate(options.python)
        ]
        for (
            environment
        ) in environments:  # compiles what pip left, and fills the disk's cache
            environment.measure(picture)
            environment.runs.clear()
        for _ in range(options.rounds):
            for environment in environments:
                environment.measure(picture)
        results = {
            "wheel_mb": built.stat().st_size / MB,
            "rounds": options.rounds,
            "load": round(os.getloadavg()[0], 1),
            "install": {
                environment.version: environment.results()
                for environment in environments
            },
        }
    for version, figures in results["install"].items():
        print(version, figures)
    if not options.no_save:
        print(save("install", results))


if __name__ == "__main__":
    main()
