"""Where results are kept: benchmarks/results/NAME.json, with the machine and the versions in it."""

import json
from pathlib import Path
from typing import Any

from inkdigits.files import write_whole
from inkdigits.machine import machine, versions

RESULTS = Path(__file__).parent / "results"


def save(name: str, results: dict[str, Any]) -> Path:
    RESULTS.mkdir(exist_ok=True)
    content = {**results, "machine": machine(), "versions": versions()}
    return write_whole(RESULTS / f"{name}.json", json.dumps(content, indent=2) + "\n")
