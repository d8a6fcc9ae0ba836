"""Benchmark the lab's page that looks inside a network, in Chromium on loopback.

    make bench-lab

A frame is one drawing shown in all layers of the classic network (225,034 parameters). It is timed
in the page, from the pointer event until every map, bar and number is painted. Sixty points of a
stroke are drawn at the speed of a hand, one every 16 ms; the first stroke is a warm-up.
The last figures: benchmarks/results/lab.json
"""

import argparse
import math
import os
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page

import pages
from inkdigits.training.onnx_export import save_onnx
from inkdigits.training.recipes import build, settings_for
from inkdigits.web.lab.folder import write_lab_folder
from results_file import save

FRAMES = 60
HAND_MS = 16.0
_WATCH = """
globalThis.times = [];
document.addEventListener("shown", ({ detail }) => { globalThis.times.push(detail.ms); });
"""


def stroke(page: Page, points: int) -> None:
    """A spiral by real mouse events, a point each 16 ms."""
    frame = page.locator("#pad").bounding_box()
    assert frame is not None
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    for step in range(points):
        turn, radius = (
            4 * math.pi * step / points,
            0.35 * frame["height"] * step / points,
        )
        page.mouse.move(x + radius * math.cos(turn), y + radius * math.sin(turn))
        if step == 0:
            page.mouse.down()
        page.wait_for_timeout(HAND_MS)
    page.mouse.up()


def frame_times(url: str) -> tuple[list[float], str]:
    """How long each of the frames took, in milliseconds, and the browser's version."""
    with pages.chromium() as browser:
        page = browser.new_context(viewport=pages.LAPTOP).new_page()
        page.add_init_script(_WATCH)
        page.goto(url)
        page.wait_for_selector("html[data-ready=true]")
        stroke(page, FRAMES)
        page.wait_for_selector("html[data-settled=true]")
        page.click("#clear")
        page.evaluate("globalThis.times = []")
        while page.evaluate("globalThis.times.length") < FRAMES:
            stroke(page, FRAMES)
        times: list[float] = page.evaluate("globalThis.times")
        return times[:FRAMES], browser.version


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--no-save", action="store_true")
    options = parser.parse_args()
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "classic.onnx"
        save_onnx(build(settings_for("classic")), file, {})
        site = write_lab_folder(file, Path(folder) / "site")
        port = pages.free_port()
        command = [
            sys.executable,
            "-m",
            "http.server",
            str(port),
            "--bind",
            "127.0.0.1",
        ]
        with pages.running(
            [*command, "--directory", str(site)], port, dict(os.environ)
        ) as url:
            times, version = frame_times(url)
    results = {
        "frames": len(times),
        "load_average_before": busy,
        "chromium": version,
        "median_ms": statistics.median(times),
        "p90_ms": sorted(times)[int(0.9 * len(times))],
        "slowest_ms": max(times),
    }
    print(results)
    if not options.no_save:
        save("lab", {"command": "make bench-lab", **results})


if __name__ == "__main__":
    main()
