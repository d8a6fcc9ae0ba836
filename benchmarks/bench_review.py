"""Benchmark the response times of the review, over HTTP as the page uses it.

    INKDIGITS_DATA=FOLDER make bench-forms

Drawn sheets are read and then reviewed. The simulated person looks at each field for two seconds,
during which the next pictures are prepared. The last figures: benchmarks/results/review.json
"""

import argparse
import http.client
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import numpy as np
from PIL import Image

import bench_forms
from inkdigits.forms.sheet import Identity, draw_sheet
from inkdigits.synthesis.forms import MACHINES, write_comb
from inkdigits.synthesis.hands import load_hands
from results_file import save

PORT = 8123
# Seconds that a person takes for a field, at thirty a minute: what is made ahead has so long.
LOOKS_S = 2.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("INKDIGITS_DATA"))
    parser.add_argument("--sheets", type=int, default=40)
    parser.add_argument("--fields", type=int, default=40, help="that are answered")
    options = parser.parse_args()
    if options.data is None:
        parser.error("name the data folder: --data FOLDER or INKDIGITS_DATA")
    with TemporaryDirectory() as folder:
        results = pile(Path(folder), Path(options.data), options.sheets)
        figures = reviewed(results, Path(folder), options.fields)
    print(json.dumps(figures))
    command = f"benchmarks/bench_review.py --sheets {options.sheets} --fields {options.fields}"
    save(
        "review",
        {
            "command": command,
            "seed": bench_forms.SEED,
            "load": os.getloadavg()[0],
            "results": figures,
        },
    )


def pile(folder: Path, data: Path, count: int) -> Path:
    """Sheets of twelve points and their sum, filled in by held-out writers, and read."""
    form = bench_forms.points()
    (folder / "points.form.json").write_text(form.source)
    hands = load_hands(data, "test")
    scans = folder / "scans"
    scans.mkdir()
    for index in range(count):
        rng = np.random.default_rng([bench_forms.SEED, 9, index])
        hand, pen = bench_forms.a_hand(hands, rng)
        sheet = draw_sheet(form, form.pages[0], 200, Identity(str(index))).copy()
        for name, text in bench_forms.texts_for(form, rng).items():
            write_comb(
                sheet, hand, text, bench_forms.boxes(form.fields[name]), rng, pen
            )
        Image.fromarray(MACHINES["scan"](sheet, rng).grey).save(
            scans / f"{index:03}.png"
        )
    results = folder / "results.csv"
    # What is accepted from 1 on is nothing: every field is asked about.
    inkdigits = [
        sys.executable,
        "-m",
        "inkdigits",
        "form",
        "read",
        str(folder / "points.form.json"),
        str(scans),
    ]
    subprocess.run(
        [*inkdigits, "--output", str(results), "--min-confidence", "1", "--quiet"],
        check=True,
    )
    return results


def reviewed(results: Path, folder: Path, count: int) -> dict[str, Any]:
    """The milliseconds that answers and pictures take."""
    environment = {
        **os.environ,
        "INKDIGITS_DATABASE_URL": f"sqlite:///{folder}/review.db",
    }
    command = [
        sys.executable,
        "-m",
        "inkdigits",
        "form",
        "review",
        str(results),
        "--port",
        str(PORT),
        "--reviewer",
        "bench",
    ]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL
    ) as server:
        try:
            return _walked(_connected(), count)
        finally:
            server.terminate()


def _connected() -> http.client.HTTPConnection:
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", PORT)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return connection


def _walked(connection: http.client.HTTPConnection, count: int) -> dict[str, Any]:
    answers: list[float] = []
    pictures: list[float] = []

    def timed(
        times: list[float], method: str, path: str, body: str | None = None
    ) -> bytes:
        began = time.perf_counter()
        connection.request(method, path, body)
        content = connection.getresponse().read()
        times.append(1000 * (time.perf_counter() - began))
        return content

    shown = json.loads(timed([], "GET", "/v1/review/next?reviewer=bench"))
    time.sleep(LOOKS_S)
    for _ in range(count):
        timed(pictures, "GET", f"/v1/review/picture?key={quote(shown['item']['key'])}")
        time.sleep(LOOKS_S)
        said = {
            "id": uuid.uuid4().hex,
            "key": shown["item"]["key"],
            "text": shown["item"]["text"],
            "reviewer": "bench",
            "sure": True,
        }
        shown = json.loads(
            timed(answers, "POST", "/v1/review/answer", json.dumps(said))
        )
        if shown["item"] is None:
            break
    return {
        "fields": len(answers),
        "answer_ms": _spread(answers),
        "picture_ms": _spread(pictures),
    }


def _spread(times: Sequence[float]) -> dict[str, float]:
    shares = {"median": 50, "p95": 95, "most": 100}
    return {
        name: round(float(np.percentile(times, share)), 1)
        for name, share in shares.items()
    }


if __name__ == "__main__":
    main()
