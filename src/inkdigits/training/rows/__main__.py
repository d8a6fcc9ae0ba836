"""Trains the row network, in stages that survive a kill: `make marks-model`."""

import argparse
from dataclasses import replace
from pathlib import Path

from inkdigits.data.loading import data_folder
from inkdigits.reading.numbers.row_network import BUNDLED, CLOSER, RowNetworks
from inkdigits.training import stages
from inkdigits.training.rows.as_read import find_rows
from inkdigits.training.rows.finish import weigh, write, write_closer
from inkdigits.training.rows.samples import Sources, StripSamples
from inkdigits.training.rows.train import (
    CloserSettings,
    TrainSettings,
    keep,
    keep_closer,
    train,
    train_closer,
)

# What was trained so far, in the tree until the network is final.
START = Path("training-state/rows.npz")
START_CLOSER = Path("training-state/rows_closer.npz")
RESULTS = Path("benchmarks/results/rows-training.json")
# Where the reader finds the real numbers, in the run's folder.
AS_READ = "as_read.npz"
VERBS = {
    "look": "find where the reader finds real numbers",
    "train": "train on",
    "write": "write the bundled file",
    "weigh": "fit how both networks count",
    "keep": "keep the weights",
}


def main() -> None:
    parser = stages.parser_of("rows", VERBS, TrainSettings(), BUNDLED)
    stages.add_labelled(parser)
    closer = "the network for rows in doubt, and not the quick one"
    parser.add_argument("--closer", action="store_true", help=closer)
    options = parser.parse_args()
    data_dir, run, as_read = data_folder(None), options.run, options.run / AS_READ
    sources = Sources(
        data_dir, stages.if_there(options.labelled), stages.if_there(as_read)
    )
    if options.what == "look":
        find_rows(data_dir, as_read, stages.say)
    elif options.what == "weigh":
        result = weigh(data_dir, RowNetworks.bundled(), stages.say)
        stages.write_results(RESULTS, result)
    elif options.closer:
        _closer(options, sources, run / "closer")
    elif options.what == "keep":
        keep(run / stages.CHECKPOINT, START)
    elif options.what == "write":
        write(sources, run, options.output)
    else:
        settings = TrainSettings(steps=options.steps, precision=options.precision)
        samples = StripSamples(seed=options.seed)
        train(sources, run, settings, samples, stages.say, START)


def _closer(options: argparse.Namespace, sources: Sources, run: Path) -> None:
    """The same for the network for rows in doubt."""
    usual = CloserSettings()
    if options.what == "keep":
        keep_closer(run / stages.CHECKPOINT, START_CLOSER)
    elif options.what == "write":
        write_closer(sources, run, CLOSER)
    else:
        settings = replace(usual, precision=options.precision)
        train_closer(sources, run, settings, options.seed, stages.say, START_CLOSER)


if __name__ == "__main__":
    stages.run_command(main)
