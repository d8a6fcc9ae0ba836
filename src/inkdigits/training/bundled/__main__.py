"""Train the recipe `bundled` again and install its network as the bundled one."""

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

from inkdigits.errors import InkdigitsError
from inkdigits.files import write_whole
from inkdigits.reading.classifier import BUNDLED
from inkdigits.training import recipes, run
from inkdigits.training.bundled.recipe import FURTHER, RECIPE
from inkdigits.training.fit import Silent

_SETTINGS = {"epochs": int, "learning_rate": float, "precision": str, "seed": int}
RESULTS = Path("benchmarks/results/bundled-training.json")


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
        default=Path("runs/bundled"),
        help="the run folder; a stopped run goes on",
    )
    parser.add_argument(
        "--output", type=Path, default=BUNDLED, help="where the .onnx goes"
    )
    parser.add_argument(
        "--further",
        action="store_true",
        help="begin with the bundled network, not with a new one",
    )
    for name, kind in _SETTINGS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, default=None)
    options = parser.parse_args()
    told = _Rows()
    recipe = FURTHER if options.further else RECIPE
    try:
        if (options.run / run.RUN_FILE).exists():
            run.resume(recipe, options.run, data_dir=options.data_dir, listener=told)
        else:
            given = {name: getattr(options, name) for name in _SETTINGS}
            settings = recipes.settings_for("bundled", **given)
            run.train(
                recipe,
                settings,
                output=options.run,
                data_dir=options.data_dir,
                listener=told,
            )
    except InkdigitsError as error:
        parser.error(str(error))
    _put_in_place(options.run, options.output, is_further=options.further)


class _Rows(Silent):
    """Prints a line of JSON for each epoch, for a log file."""

    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        """Print an epoch as a line of JSON."""
        figures = {"epoch": epoch, **row}
        print(json.dumps(figures), flush=True)


def _put_in_place(folder: Path, output: Path, *, is_further: bool) -> None:
    """Copy the trained network to its place in the package, and record its training.

    What was recorded of the network that it began with is kept.
    """
    model = (folder / "model.onnx").read_bytes()
    write_whole(output, model)
    run_facts = json.loads((folder / run.RUN_FILE).read_text())
    digest = hashlib.sha256(model).hexdigest()
    content: dict[str, Any] = {
        "command": "make model",
        "settings": run_facts["settings"],
        "sha256": digest,
        "samples": run_facts["data"]["samples"],
        "history": run_facts["history"],
        "fit_seconds": run_facts["seconds"]["fit"],
        "calibration": run_facts["calibration"],
        "machine": run_facts["machine"],
        "versions": run_facts["versions"],
    }
    # Only in a checkout: an installed package has no results.
    if output == BUNDLED and RESULTS.parent.is_dir():
        if is_further:
            content["began_with"] = json.loads(RESULTS.read_text())
        text = json.dumps(content, indent=2)
        write_whole(RESULTS, text + "\n")
    print(f"{output}: {len(model):,} bytes")


if __name__ == "__main__":
    main()
