"""Benchmark the static page in Chromium on loopback: latency at pen-up, first answer, size.

    make bench-page

The latency is timed in the page, from the pointer event until the answer is in the document. It is
drawn in two ways: at the speed of a hand, with one point every 16 ms as from a mouse and the pen
lifted 16 ms after the last; and as fast as the browser accepts events, so that all of the reading
remains to be done at pen-up. The first answer is timed from the start of the navigation without any
cache, with a digit drawn by mouse as soon as the page has loaded. It includes the start of the
engine. The last figures: benchmarks/results/page.json
"""

import argparse
import os
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page

import pages
from inkdigits.web.folder import STATIC
from results_file import save

HAND_MS = 16.0
_WATCH = """
addEventListener("pointerup", () => { globalThis.up = performance.now(); }, true);
addEventListener("DOMContentLoaded", () => {
  const answer = document.getElementById("answer");
  globalThis.times = [];
  new MutationObserver(() => {
    if (answer.dataset.settled !== "true") return;
    globalThis.times.push(performance.now() - globalThis.up);
    globalThis.first ??= performance.now();
  }).observe(answer, { attributeFilter: ["data-settled"] });
});
"""


def fresh(browser: Browser) -> Page:
    """A page of a new context: nothing is cached."""
    page = browser.new_context(
        viewport=pages.LAPTOP, service_workers="block"
    ).new_page()
    page.add_init_script(_WATCH)
    return page


def cold_s(browser: Browser, url: str) -> float:
    page = fresh(browser)
    page.goto(url)
    pages.draw(page, "1")
    pages.answer(page)
    seconds: float = page.evaluate("globalThis.first / 1000")
    page.context.close()
    return seconds


def pen_up_ms(
    browser: Browser, url: str, texts: list[str], pace_ms: float
) -> list[float]:
    """From pen-up to the answer, after the last stroke of each text; the first is for warming up."""
    page = fresh(browser)
    page.goto(url)
    page.wait_for_selector("html[data-ready=true]")
    found = []
    for text in texts:
        pages.draw(page, text, pace_ms=pace_ms)
        pages.answer(page)
        page.wait_for_timeout(500)
        found.append(float(page.evaluate("globalThis.times.at(-1)")))
        page.click("#clear")
    page.context.close()
    return found[1:]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--no-save", action="store_true")
    options = parser.parse_args()
    rounds: int = options.rounds
    busy = os.getloadavg()[0]
    weight = sum(path.stat().st_size for path in STATIC.rglob("*") if path.is_file())
    with (
        tempfile.TemporaryDirectory() as folder,
        pages.static_host(Path(folder) / "page") as url,
        pages.chromium() as browser,
    ):
        texts = {"digit": [str(number % 10) for number in range(rounds + 1)],
                 "number": [f"{(37 * number) % 900 + 100}" for number in range(rounds + 1)]}  # fmt: skip
        times: dict[str, float] = {}
        for pace, pace_ms in (("", HAND_MS), ("_at_once", 0.0)):
            for kind, drawn in texts.items():
                found = sorted(pen_up_ms(browser, url, drawn, pace_ms))
                times |= {
                    f"{kind}{pace}_ms": statistics.median(found),
                    f"{kind}{pace}_p90_ms": found[int(0.9 * len(found))],
                }
        cold = [cold_s(browser, url) for _ in range(5)]
        version = browser.version
        site = sum(
            path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()
        )
    results = {
        "rounds": rounds, "load_average_before": busy, "page_bytes": weight, "site_bytes": site, "chromium": version,
        "hand_ms": HAND_MS, **times,
        "cold_s": statistics.median(cold), "cold_best_s": min(cold),
    }  # fmt: skip
    print(results)
    if not options.no_save:
        save("page", {"command": "make bench-page", **results})


if __name__ == "__main__":
    main()
