"""Train the recipe `bundled` again and install its network as the bundled one."""

import argparse
import hashlib
import json
from pathlib import Path

from inkdigits.errors import InkdigitsError
from inkdigits.files import write_whole
from inkdigits.reading.classifier import BUNDLED
from inkdigits.training import by_name, recipes, run
from inkdigits.training.fit import Silent

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
    parser.add_argument("--epochs", type=int, default=None)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    told = _Rows()
    try:
        if (options.run / run.RUN_FILE).exists():
            by_name.resume(options.run, data_dir=options.data_dir, listener=told)
        else:
            settings = recipes.settings_for(
                "bundled", epochs=options.epochs, seed=options.seed
            )
            by_name.train(
                settings, output=options.run, data_dir=options.data_dir, listener=told
            )
    except InkdigitsError as error:
        parser.error(str(error))
    _put_in_place(options.run, options.output)


class _Rows(Silent):
    """Prints a line of JSON for each epoch, for a log file."""

    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        """Print an epoch as a line of JSON."""
        figures = {"epoch": epoch, **row}
        print(json.dumps(figures), flush=True)


def _put_in_place(folder: Path, output: Path) -> None:
    """Copy the trained network to its place in the package, and record its training."""
    model = (folder / "model.onnx").read_bytes()
    write_whole(output, model)
    run_facts = json.loads((folder / run.RUN_FILE).read_text())
    digest = hashlib.sha256(model).hexdigest()
    content = {
        "command": "make model",
        "run": run_facts["command"],
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
        text = json.dumps(content, indent=2)
        write_whole(RESULTS, text + "\n")
    print(f"{output}: {len(model):,} bytes")


if __name__ == "__main__":
    main()
