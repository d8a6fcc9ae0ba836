"""Trains the marks network, in stages that survive a kill: `make marks-model`."""

import argparse
from pathlib import Path

from inkdigits.data.loading import data_folder
from inkdigits.reading.marks.network import BUNDLED
from inkdigits.training.marks.feed import FeedSettings
from inkdigits.training.marks.finish import finish, write
from inkdigits.training.marks.rounds import label_all
from inkdigits.training.marks.train import LABELLED, NETWORK, TrainSettings, keep, train
from inkdigits.training.stages import CHECKPOINT, run_command, say, write_results

# What was trained so far, in the tree until the network is final.
START = Path("training-state/marks.npz")
RESULTS = Path("benchmarks/results/marks-training.json")


def main() -> None:
    usual = TrainSettings()
    parser = argparse.ArgumentParser(prog="python -m inkdigits.training.marks", description=__doc__)
    parser.add_argument(
        "what",
        choices=("train", "label", "quantize", "finish", "keep"),
        help="train on; find boxes anew; write the network alone; write the bundled file; keep the weights",
    )
    parser.add_argument(
        "--run", type=Path, default=Path("runs/marks"), help="where checkpoints are kept"
    )
    parser.add_argument(
        "--steps", type=int, default=usual.steps, help="at which step the training ends"
    )
    parser.add_argument(
        "--cool-steps",
        type=int,
        default=usual.cool_steps,
        help="steps in which the rate falls to 0",
    )
    parser.add_argument(
        "--output", type=Path, default=BUNDLED, help="where `finish` writes the network"
    )
    parser.add_argument(
        "--glyphs", type=Path, help="label: a glyph network that says what the marks are"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--precision", default=usual.precision, help="mixed_bfloat16 where the processor has it"
    )
    options = parser.parse_args()
    settings = TrainSettings(
        steps=options.steps, cool_steps=options.cool_steps, precision=options.precision
    )
    data_dir = data_folder(None)
    if options.what == "train":
        train(data_dir, options.run, settings, FeedSettings(seed=options.seed), say, START)
    elif options.what == "keep":
        keep(options.run / CHECKPOINT, START)
    elif options.what == "quantize":
        write(data_dir, options.run, options.output)
    elif options.what == "finish":
        result = finish(data_dir, options.run, options.output, say)
        if options.output == BUNDLED:
            write_results(RESULTS, result)
    else:
        label_all(data_dir, options.run / NETWORK, options.run / LABELLED, say, options.glyphs)


if __name__ == "__main__":
    run_command(main)
