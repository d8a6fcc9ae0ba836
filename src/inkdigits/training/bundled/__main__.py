"""Train a digit network that comes with inkdigits, and put it in its place: `make model`.

That for the boxes of forms begins with the bundled one: `make boxed-model`.
"""

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

from inkdigits.errors import InkdigitsError
from inkdigits.files import write_whole
from inkdigits.reading.classifier import BOXED, BUNDLED
from inkdigits.training import recipes, run
from inkdigits.training.bundled.recipe import RECIPE, further
from inkdigits.training.fit import Silent

_SETTINGS = {"epochs": int, "learning_rate": float, "precision": str, "seed": int}
RESULTS = Path("benchmarks/results")
MODEL = "model.onnx"  # of a run
# How each network was made.
_RECORDS = {BUNDLED: "bundled-training.json", BOXED: "boxed-training.json"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=None,
        help="the folder of the open data sets (or INKDIGITS_DATA)",
    )
    parser.add_argument(
        "--run",
        type=Path,
        help="the run folder; a stopped run goes on (runs/bundled, or with --further runs/boxed)",
    )
    parser.add_argument(
        "--output", type=Path, help="where the .onnx goes, if not to its place"
    )
    parser.add_argument(
        "--further",
        type=Path,
        nargs="?",
        const=BUNDLED,
        metavar="FILE",
        help="begin with this network (the bundled one if none is named), and close many fours",
    )
    for name, kind in _SETTINGS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, default=None)
    options = parser.parse_args()
    told = _Rows()
    start: Path | None = options.further
    recipe = further(start) if start is not None else RECIPE
    # A finished run of the other kind would be put in this one's place.
    folder: Path = options.run or Path("runs/boxed" if start else "runs/bundled")
    try:
        if (folder / run.RUN_FILE).exists():
            run.resume(recipe, folder, data_dir=options.data_dir, listener=told)
        else:
            given = {name: getattr(options, name) for name in _SETTINGS}
            settings = recipes.settings_for("bundled", **given)
            run.train(
                recipe,
                settings,
                output=folder,
                data_dir=options.data_dir,
                listener=told,
            )
    except InkdigitsError as error:
        parser.error(str(error))
    _put_in_place(folder, options.output or (BOXED if start else BUNDLED), start)


class _Rows(Silent):
    """Prints a line of JSON for each epoch, for a log file."""

    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        """Print an epoch as a line of JSON."""
        figures = {"epoch": epoch, **row}
        print(json.dumps(figures), flush=True)


def _put_in_place(folder: Path, output: Path, start: Path | None) -> None:
    """Copy the trained network to its place in the package, and record its training.

    With the run that it began with, if that lies beside its first network.
    """
    model = (folder / MODEL).read_bytes()
    write_whole(output, model)
    # Only in a checkout: an installed package has no results.
    if output in _RECORDS and RESULTS.is_dir():
        content = _facts_of(folder)
        content["command"] = "make model" if output == BUNDLED else "make boxed-model"
        if start is not None and (start.parent / run.RUN_FILE).exists():
            content["began_with"] = _facts_of(start.parent)
        text = json.dumps(content, indent=2)
        write_whole(RESULTS / _RECORDS[output], text + "\n")
    print(f"{output}: {len(model):,} bytes")


def _facts_of(folder: Path) -> dict[str, Any]:
    """How a run made its network."""
    facts = json.loads((folder / run.RUN_FILE).read_text())
    return {
        "settings": facts["settings"],
        "sha256": hashlib.sha256((folder / MODEL).read_bytes()).hexdigest(),
        "samples": facts["data"]["samples"],
        "history": facts["history"],
        "fit_seconds": facts["seconds"]["fit"],
        "calibration": facts["calibration"],
        "machine": facts["machine"],
        "versions": facts["versions"],
    }


if __name__ == "__main__":
    main()
