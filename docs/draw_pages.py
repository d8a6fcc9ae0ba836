"""Draws the pictures of pages in docs/forms.md: `PYTHONPATH=tests python docs/draw_pages.py`.

The form and its sheets are those of the page itself; Chromium must be installed.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import draw_forms
import numpy as np
from PIL import Image
from playwright.sync_api import Page

import pages
from inkdigits.forms.sheet import Identity
from inkdigits.synthesis.forms import MACHINES, strike

HERE = Path(__file__).parent
SHOWN_PX = 900
COLOURS = 64


def main() -> None:
    with TemporaryDirectory() as folder, pages.chromium() as browser:
        work = Path(folder)
        form_and_scans(work)
        run = [sys.executable, "-m", "inkdigits", "form"]
        read = [
            "read",
            "exam.form.json",
            "scans",
            "--output",
            "results.xlsx",
            "--quiet",
        ]
        subprocess.run([*run, *read], cwd=work, check=True)
        review = [*run, "review", "results.xlsx", "--reviewer", "Ann"]
        with served(review, work) as url:
            page = pages.opened(browser, f"{url}review/")
            page.wait_for_selector("#cutout[data-shows]")
            kept(page, "forms-review")
        edit = [*run, "new", "unused.png", "--output", "exam.form.json", "--edit"]
        with served(edit, work) as url:
            page = pages.opened(browser, f"{url}editor/")
            page.set_input_files("#example", work / "scans" / "1.png")
            page.wait_for_selector("text.read")
            page.locator("g[data-index='1']").focus()
            kept(page, "forms-editor")


def form_and_scans(work: Path) -> None:
    """The form of the tutorial, and two filled sheets; on the first a digit is crossed out."""
    text = (HERE / "forms.md").read_text(encoding="utf-8")
    found = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    if found is None:
        raise SystemExit("docs/forms.md has no template")
    (work / "exam.form.json").write_text(found[1], encoding="utf-8")
    (work / "scans").mkdir()
    for place, identity in enumerate(("271828", "314159")):
        texts = {"student": identity, **draw_forms.TEXTS}
        sheet = draw_forms.sheet(Identity(identity, identity), texts, place)
        rng = np.random.default_rng(place)
        if place == 0:
            cell = draw_forms.template().fields["student"].cells[3]
            strike(sheet, draw_forms.pixels(cell), rng)
        Image.fromarray(MACHINES["scan"](sheet, rng).grey).save(
            work / "scans" / f"{place}.png"
        )


@contextmanager
def served(command: list[str], work: Path) -> Iterator[str]:
    port = pages.free_port()
    environment = {**os.environ, "INKDIGITS_DATABASE_URL": f"sqlite:///{work}/pages.db"}
    here = Path.cwd()
    os.chdir(work)
    try:
        with pages.running([*command, "--port", str(port)], port, environment) as url:
            yield url
    finally:
        os.chdir(here)


def kept(page: Page, name: str) -> None:
    page.wait_for_timeout(500)
    page.screenshot(path=HERE / f"{name}.png")
    shown = Image.open(HERE / f"{name}.png").convert("RGB")
    height = round(SHOWN_PX * shown.height / shown.width)
    small = shown.resize((SHOWN_PX, height), Image.Resampling.LANCZOS)
    small.quantize(COLOURS).save(HERE / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
