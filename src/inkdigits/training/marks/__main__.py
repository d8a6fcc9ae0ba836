"""Trains the marks network, in stages that survive a kill: `make marks-model`."""

from pathlib import Path

from inkdigits.data.loading import data_folder
from inkdigits.reading.marks.network import BUNDLED
from inkdigits.training import stages
from inkdigits.training.marks.feed import FeedSettings
from inkdigits.training.marks.finish import finish, fit_confidence, write
from inkdigits.training.marks.rounds import label_all
from inkdigits.training.marks.train import LABELLED, NETWORK, TrainSettings, keep, train

# What was trained so far, in the tree until the network is final.
START = Path("training-state/marks.npz")
RESULTS = Path("benchmarks/results/marks-training.json")
VERBS = {
    "train": "train on",
    "label": "find boxes anew",
    "quantize": "write the network alone",
    "finish": "write the bundled file",
    "confidence": "fit its confidence alone, after another network has changed",
    "keep": "keep the weights",
}


def main() -> None:
    usual = TrainSettings()
    parser = stages.parser_of("marks", VERBS, usual, BUNDLED)
    cool = "steps in which the rate falls to 0"
    parser.add_argument("--cool-steps", type=int, default=usual.cool_steps, help=cool)
    names = "label: a glyph network that says what the marks are"
    parser.add_argument("--glyphs", type=Path, help=names)
    options = parser.parse_args()
    data_dir, run = data_folder(None), options.run
    if options.what == "train":
        settings = TrainSettings(
            steps=options.steps,
            cool_steps=options.cool_steps,
            precision=options.precision,
        )
        train(
            data_dir, run, settings, FeedSettings(seed=options.seed), stages.say, START
        )
    elif options.what == "keep":
        keep(run / stages.CHECKPOINT, START)
    elif options.what == "quantize":
        write(data_dir, run, options.output)
    elif options.what in ("finish", "confidence"):
        result = (
            finish(data_dir, run, options.output, stages.say)
            if options.what == "finish"
            else fit_confidence(data_dir, options.output, stages.say)
        )
        if options.output == BUNDLED:
            stages.write_results(RESULTS, result)
    else:
        label_all(data_dir, run / NETWORK, run / LABELLED, stages.say, options.glyphs)


if __name__ == "__main__":
    stages.run_command(main)
