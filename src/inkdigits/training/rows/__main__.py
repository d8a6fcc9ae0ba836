"""Trains the row network, in stages that survive a kill: `make marks-model`."""

from pathlib import Path

from inkdigits.data.loading import data_folder
from inkdigits.reading.numbers.row_network import BUNDLED
from inkdigits.training import stages
from inkdigits.training.rows.as_read import find_rows
from inkdigits.training.rows.finish import finish
from inkdigits.training.rows.samples import Sources, StripSamples
from inkdigits.training.rows.train import TrainSettings, keep, train

# What was trained so far, in the tree until the network is final.
START = Path("training-state/rows.npz")
RESULTS = Path("benchmarks/results/rows-training.json")
# Where the reader finds the real numbers, in the run's folder.
AS_READ = "as_read.npz"
VERBS = {
    "look": "find where the reader finds real numbers",
    "train": "train on",
    "finish": "write the bundled file",
    "keep": "keep the weights",
}


def main() -> None:
    parser = stages.parser_of("rows", VERBS, TrainSettings(), BUNDLED)
    stages.add_labelled(parser)
    options = parser.parse_args()
    if options.what == "keep":
        keep(options.run / stages.CHECKPOINT, START)
        return
    data_dir, as_read = data_folder(None), options.run / AS_READ
    if options.what == "look":
        find_rows(data_dir, as_read, stages.say)
        return
    sources = Sources(
        data_dir, stages.if_there(options.labelled), stages.if_there(as_read)
    )
    if options.what == "finish":
        result = finish(sources, options.run, options.output, stages.say)
        if options.output == BUNDLED:
            stages.write_results(RESULTS, result)
        return
    settings = TrainSettings(steps=options.steps, precision=options.precision)
    samples = StripSamples(seed=options.seed)
    train(sources, options.run, settings, samples, stages.say, START)


if __name__ == "__main__":
    stages.run_command(main)
