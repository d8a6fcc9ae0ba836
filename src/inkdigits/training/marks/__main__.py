"""Trains the marks network, in stages that survive a kill: `make marks-model`."""

import argparse
import json
import sys
from pathlib import Path

from inkdigits.data.loading import data_folder
from inkdigits.errors import InkdigitsError
from inkdigits.files import write_whole
from inkdigits.machine import machine, versions
from inkdigits.reading.marks.network import BUNDLED
from inkdigits.training.marks.feed import FeedSettings
from inkdigits.training.marks.finish import finish, write
from inkdigits.training.marks.rounds import label_all
from inkdigits.training.marks.train import CHECKPOINT, LABELLED, NETWORK, TrainSettings, save_weights, train

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
    parser.add_argument("--run", type=Path, default=Path("runs/marks"), help="where checkpoints are kept")
    parser.add_argument("--steps", type=int, default=usual.steps, help="at which step the training ends")
    parser.add_argument("--cool-steps", type=int, default=usual.cool_steps, help="steps in which the rate falls to 0")
    parser.add_argument("--output", type=Path, default=BUNDLED, help="where `finish` writes the network")
    parser.add_argument("--glyphs", type=Path, help="label: a glyph network that says what the marks are")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--precision", default=usual.precision, help="mixed_bfloat16 where the processor has it")
    options = parser.parse_args()
    settings = TrainSettings(steps=options.steps, cool_steps=options.cool_steps, precision=options.precision)
    data_dir = data_folder(None)
    if options.what == "train":
        train(data_dir, options.run, settings, FeedSettings(seed=options.seed), _say, START)
    elif options.what == "keep":
        save_weights(options.run / CHECKPOINT, START)
    elif options.what == "quantize":
        write(data_dir, options.run, options.output)
    elif options.what == "finish":
        result = finish(data_dir, options.run, options.output, _say)
        if options.output == BUNDLED and RESULTS.parent.is_dir():
            result |= {"command": "make marks-model", "machine": machine(), "versions": versions()}
            write_whole(RESULTS, json.dumps(result, indent=2) + "\n")
    else:
        label_all(data_dir, options.run / NETWORK, options.run / LABELLED, _say, options.glyphs)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    try:
        main()
    except InkdigitsError as error:
        print(f"inkdigits: {error}", file=sys.stderr)
        sys.exit(2)
