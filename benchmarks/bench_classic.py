"""The classic recipe on MNIST: test accuracy at the last epoch, mean ± sd over seeds.

    make bench-classic                      # or: python benchmarks/bench_classic.py --seeds 1 2 3

A seed that is done is not run again; one that was stopped goes on. The last figures: benchmarks/results/classic.json
"""

import argparse
import statistics
import time
from pathlib import Path
from typing import Any

from inkdigits.cli.progress import listener
from inkdigits.training import recipes, run
from inkdigits.training.run import read_run
from results_file import save


def one_seed(recipe: str, seed: int, folder: Path) -> dict[str, Any]:
    """The run of this seed: finished already, gone on with, or new."""
    if not (folder / "run.json").exists():
        run.train(recipes.settings_for(recipe, seed=seed), output=folder, listener=listener(False))
    elif read_run(folder).get("state") != "finished":
        run.resume(folder, listener=listener(False))
    return read_run(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="classic")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--runs", type=Path, default=Path("runs") / "bench")
    options = parser.parse_args()
    runs = [one_seed(options.recipe, seed, options.runs / f"{options.recipe}-{seed}") for seed in options.seeds]
    accuracies = [row["results"]["test"]["accuracy"] for row in runs]
    results = {
        "command": "make bench-classic",
        "date": time.strftime("%Y-%m-%d"),
        "recipe": options.recipe,
        "epochs": runs[0]["results"]["epochs"],
        "seeds": options.seeds,
        "accuracies": accuracies,
        "mean": statistics.mean(accuracies),
        "sd": statistics.stdev(accuracies) if len(accuracies) > 1 else 0.0,
        "fit_seconds": [row["seconds"]["fit"] for row in runs],
    }
    save(options.recipe, results)
    print(f"{options.recipe}: {results['mean']:.2%} ± {results['sd']:.2%} (n = {len(runs)}), last epoch, MNIST test")


if __name__ == "__main__":
    main()
