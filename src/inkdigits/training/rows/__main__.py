"""Trains the quick row network, in stages that survive a kill: `make marks-model`."""

from pathlib import Path

from inkdigits.data.loading import data_folder
from inkdigits.reading.numbers.row_network import BUNDLED, RowNetworks
from inkdigits.training import stages
from inkdigits.training.rows.as_read import find_rows
from inkdigits.training.rows.finish import weigh, write
from inkdigits.training.rows.samples import Sources, StripSamples
from inkdigits.training.rows.train import BEFORE, TrainSettings, keep, train

# What was trained so far, in the tree until the network is final.
START = Path("training-state/rows.npz")
RESULTS = Path("benchmarks/results/rows-training.json")
# Where the reader finds the real numbers, in the run's folder.
AS_READ = "as_read.npz"
VERBS = {
    "look": "find where the reader finds real numbers",
    "train": "train on",
    "write": "write the bundled file",
    "weigh": "fit how the marks and both row networks count",
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
    if options.what == "weigh":
        result = weigh(data_dir, RowNetworks.bundled(), stages.say)
        stages.write_results(RESULTS, result)
        return
    sources = Sources(
        data_dir, stages.if_there(options.labelled), stages.if_there(as_read)
    )
    if options.what == "write":
        before = stages.if_there(options.run / BEFORE)
        write(sources, options.run, options.output, earlier=before)
        return
    settings = TrainSettings(steps=options.steps, precision=options.precision)
    samples = StripSamples(seed=options.seed)
    train(sources, options.run, settings, samples, stages.say, START)


if __name__ == "__main__":
    stages.run_command(main)
