"""Draws docs/page.png, the page in a browser with a photo of a form on it: `PYTHONPATH=tests python docs/draw_page.py`."""

import tempfile
from pathlib import Path

from PIL import Image

import pages

HERE = Path(__file__).parent
FORM = HERE.parent / "examples" / "form.jpg"
SHOWN = (960, 486)


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        pages.service(Path(folder)) as url,
        pages.chromium() as browser,
    ):
        page = pages.opened(browser, url, color_scheme="light")
        page.set_input_files("#file", FORM)
        print(pages.answer(page))
        shot = Path(folder) / "page.png"
        page.screenshot(path=shot, clip={"x": 0, "y": 0, "width": 1280, "height": 648})
        with Image.open(shot) as picture:
            shown = picture.convert("RGB").resize(SHOWN, Image.Resampling.LANCZOS)
        shown.quantize(128).save(HERE / "page.png", optimize=True)


if __name__ == "__main__":
    main()
