"""Read the example pictures offline with the bundled model, print the numbers, and save annotated pictures.

make demo
"""

import time
from pathlib import Path

from PIL import Image, ImageOps

import inkdigits
from inkdigits.formats.overlay import caption, mark

PICTURES = Path(__file__).parent / "pictures"
MARKED = Path("out") / "demo"


def main() -> None:
    paths = sorted(PICTURES.iterdir())
    start = time.perf_counter()
    predictions = inkdigits.Reader().predict(paths)
    seconds = time.perf_counter() - start
    MARKED.mkdir(parents=True, exist_ok=True)
    for path, prediction in zip(paths, predictions, strict=True):
        print(f"{path.name:28}{caption(prediction)}")
        with Image.open(path) as picture:
            mark(ImageOps.exif_transpose(picture), prediction).save(
                MARKED / f"{path.stem}.png"
            )
    _strip(MARKED)
    print(
        f"\n{len(paths)} pictures in {seconds:.2f} s, including loading the model. The annotated pictures are in {MARKED}/"
    )


def _strip(folder: Path) -> None:
    """All marked-up pictures side by side, as one picture."""
    tiles = []
    for path in sorted(folder.glob("[0-9n]*.png")):
        with Image.open(path) as picture:
            tiles.append(
                picture.convert("RGB").resize(
                    (150, round(150 * picture.height / picture.width))
                )
            )
    high = max(tile.height for tile in tiles)
    strip = Image.new("RGB", (6 * 158 + 8, 2 * (high + 8) + 8), "white")
    for index, tile in enumerate(tiles):
        strip.paste(tile, (8 + index % 6 * 158, 8 + index // 6 * (high + 8)))
    strip.save(folder / "strip.png", optimize=True)


if __name__ == "__main__":
    main()
