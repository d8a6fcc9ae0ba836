"""Where the time of a batch goes, stage by stage: `python benchmarks/batch_stages.py FOLDER`.

Each stage's own time on one core, what it calls of another stage left out: reading files, decoding
them, the marks network, telling marks from its maps, rows, texts, writing shards; and the rest.
"""

import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inkdigits.batch import contents, unit
from inkdigits.batch.inputs import items_of
from inkdigits.batch.plan import make_plan
from inkdigits.batch.settings import How, Settings
from inkdigits.batch.store import open_store
from inkdigits.reading.input import documents, pdf
from inkdigits.reading.marks import pyramid
from inkdigits.reading.marks.network import MarksNetwork
from inkdigits.reading.numbers import pages

_STAGES: tuple[tuple[str, Any, str], ...] = (
    ("I/O", contents, "read_bytes"),
    ("I/O", unit, "_write"),
    ("decode", documents, "page_of_bytes"),
    ("decode", pdf.PdfPages, "page"),
    ("network", MarksNetwork, "__call__"),
    ("marks", pyramid, "peaks_of"),
    ("rows", pages, "rows_of"),
    ("texts", pages, "lines_of"),
)


class Stopwatch:
    """The stage that runs has the clock; the one that called it waits."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._running = ["rest"]
        self._since = time.perf_counter()

    def switch(self) -> None:
        now = time.perf_counter()
        self.seconds[self._running[-1]] += now - self._since
        self._since = now

    def wrapped(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **options: Any) -> Any:
            self.switch()
            self._running.append(stage)
            try:
                return function(*arguments, **options)
            finally:
                self.switch()
                self._running.pop()

        return timed


def stages(folder: Path) -> dict[str, float]:
    """Milliseconds a picture of each stage, over all pictures of a folder."""
    with tempfile.TemporaryDirectory() as out:
        settings = Settings((str(folder),), out, How("jsonl"))
        plan = make_plan(
            open_store(out), settings.fingerprint(), items_of(settings.inputs)
        )
        reader = unit.UnitReader(out, settings.how)
        reader.read(0)
        watch = Stopwatch()
        kept = [(owner, name, getattr(owner, name)) for _, owner, name in _STAGES]
        try:
            for stage, owner, name in _STAGES:
                setattr(owner, name, watch.wrapped(stage, getattr(owner, name)))
            watch.switch()
            watch.seconds.clear()
            for number in range(plan.units):
                reader.read(number)
            watch.switch()
        finally:
            for owner, name, function in kept:
                setattr(owner, name, function)
        return {
            stage: 1000 * seconds / plan.pictures
            for stage, seconds in watch.seconds.items()
        }


if __name__ == "__main__":
    print(json.dumps(stages(Path(sys.argv[1])), indent=2))
