"""Trains the row network, in stages that survive a kill: `make marks-model`."""

import argparse
from pathlib import Path

from inkdigits.data.loading import data_folder
from inkdigits.reading.numbers.row_network import BUNDLED
from inkdigits.training.rows.finish import finish
from inkdigits.training.rows.samples import StripSamples
from inkdigits.training.rows.train import TrainSettings, keep, train
from inkdigits.training.stages import CHECKPOINT, run_command, say, write_results

# What was trained so far, in the tree until the network is final.
START = Path("training-state/rows.npz")
RESULTS = Path("benchmarks/results/rows-training.json")


def main() -> None:
    usual = TrainSettings()
    parser = argparse.ArgumentParser(prog="python -m inkdigits.training.rows", description=__doc__)
    parser.add_argument(
        "what",
        choices=("train", "finish", "keep"),
        help="train on; write the bundled file; keep the weights",
    )
    parser.add_argument(
        "--run", type=Path, default=Path("runs/rows"), help="where checkpoints are kept"
    )
    parser.add_argument(
        "--labelled",
        type=Path,
        default=Path("runs/marks/labelled.npz"),
        help="boxes found on real numbers",
    )
    parser.add_argument(
        "--steps", type=int, default=usual.steps, help="at which step the training ends"
    )
    parser.add_argument(
        "--output", type=Path, default=BUNDLED, help="where `finish` writes the network"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--precision", default=usual.precision, help="mixed_bfloat16 where the processor has it"
    )
    options = parser.parse_args()
    if options.what == "keep":
        keep(options.run / CHECKPOINT, START)
        return
    labelled = options.labelled if options.labelled.exists() else None
    if options.what == "finish":
        result = finish(data_folder(None), options.run, labelled, options.output, say)
        if options.output == BUNDLED:
            write_results(RESULTS, result)
        return
    settings = TrainSettings(steps=options.steps, precision=options.precision)
    train(
        data_folder(None),
        options.run,
        labelled,
        settings,
        StripSamples(seed=options.seed),
        say,
        START,
    )


if __name__ == "__main__":
    run_command(main)
