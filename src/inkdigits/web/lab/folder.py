"""The page that looks inside a network, as a folder for any static host."""

from pathlib import Path

from inkdigits.web.engine import FILES, NOTICE, engine_folder
from inkdigits.web.folder import STATIC as PAGE
from inkdigits.web.folder import with_policy, write_site
from inkdigits.web.lab.examples import with_examples

STATIC = Path(__file__).parent / "static"
# What the lab takes from the page.
SHARED = (
    "answer.js",
    "board.js",
    "icon.svg",
    "page.css",
    "theme.js",
    "reader/arrays.js",
    "reader/components.js",
    "reader/dilate.js",
    "reader/glyphs.js",
    "reader/pictures.js",
    "reader/resize.js",
    "reader/saliency.js",
)
# What looking inside needs; the rest is for the server's pages.
_INSIDE = (
    "arithmetic.js",
    "before_after.js",
    "changes.js",
    "charts.js",
    "digit_map.js",
    "examples.js",
    "explain.js",
    "inside.js",
    "lab.css",
    "maps.js",
    "mistakes.js",
    "network.js",
    "place.js",
    "server.js",
    "training_set.js",
    "tuning.js",
    "worker.js",
)
_OURS = "network/network.json"


def write_lab_folder(run: str | Path, folder: Path, engine: Path | None = None) -> Path:
    """Write the page, the engine and the run's network to `folder`; returns it."""
    return write_site(folder, _OURS, lambda: lab_files(run, engine_folder(engine)))


def lab_files(run: str | Path, engine: Path) -> dict[str, bytes]:
    """Every file of the page by its path."""
    network = with_examples(run)
    page = (STATIC / "inside.html").read_bytes()
    return {
        "index.html": with_policy(page),
        **{name: (STATIC / name).read_bytes() for name in _INSIDE},
        **{name: (PAGE / name).read_bytes() for name in SHARED},
        **{f"engine/{name}": (engine / name).read_bytes() for name in FILES},
        "engine/NOTICE.txt": NOTICE.encode(),
        **{f"network/{name}": content for name, content in network.items()},
    }
