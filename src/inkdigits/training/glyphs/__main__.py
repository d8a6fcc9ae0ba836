"""Trains the glyph network, in stages that survive a kill: `make marks-model`."""

import argparse
import json
import sys
from pathlib import Path

from inkdigits.data.loading import data_folder
from inkdigits.errors import InkdigitsError
from inkdigits.files import write_whole
from inkdigits.machine import machine, versions
from inkdigits.reading.marks.glyph_network import BUNDLED
from inkdigits.training.glyphs.finish import finish
from inkdigits.training.glyphs.samples import SampleSettings
from inkdigits.training.glyphs.train import CHECKPOINT, TrainSettings, save_weights, train

# What was trained so far, in the tree until the network is final.
START = Path("training-state/glyphs.npz")
RESULTS = Path("benchmarks/results/glyphs-training.json")


def main() -> None:
    usual = TrainSettings()
    parser = argparse.ArgumentParser(prog="python -m inkdigits.training.glyphs", description=__doc__)
    parser.add_argument("what", choices=("train", "finish", "keep"), help="train on; write the bundled file; keep the weights")
    parser.add_argument("--run", type=Path, default=Path("runs/glyphs"), help="where checkpoints are kept")
    parser.add_argument("--labelled", type=Path, default=Path("runs/marks/labelled.npz"), help="boxes found on real numbers")
    parser.add_argument("--detector", type=Path, help="a marks network whose finds, right and wrong, are learned from too")
    parser.add_argument("--steps", type=int, default=usual.steps, help="at which step the training ends")
    parser.add_argument("--output", type=Path, default=BUNDLED, help="where `finish` writes the network")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--precision", default=usual.precision, help="mixed_bfloat16 where the processor has it")
    options = parser.parse_args()
    data_dir = data_folder(None)
    labelled = options.labelled if options.labelled.exists() else None
    if options.what == "train":
        settings = TrainSettings(steps=options.steps, precision=options.precision)
        samples = SampleSettings(seed=options.seed, detector=options.detector)
        train(data_dir, options.run, labelled, settings, samples, _say, START)
        return
    if options.what == "keep":
        save_weights(options.run / CHECKPOINT, START)
        return
    result = finish(data_dir, options.run, labelled, options.output, _say)
    if options.output == BUNDLED and RESULTS.parent.is_dir():
        result |= {"command": "make marks-model", "machine": machine(), "versions": versions()}
        write_whole(RESULTS, json.dumps(result, indent=2) + "\n")


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    try:
        main()
    except InkdigitsError as error:
        print(f"inkdigits: {error}", file=sys.stderr)
        sys.exit(2)
