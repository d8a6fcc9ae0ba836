"""Trains the glyph network, in stages that survive a kill: `make marks-model`."""

import argparse
from pathlib import Path

from inkdigits.data.loading import data_folder
from inkdigits.reading.marks.glyph_network import BUNDLED
from inkdigits.training.glyphs.finish import finish
from inkdigits.training.glyphs.samples import SampleSettings
from inkdigits.training.glyphs.train import TrainSettings, keep, train
from inkdigits.training.stages import CHECKPOINT, run_command, say, write_results

# What was trained so far, in the tree until the network is final.
START = Path("training-state/glyphs.npz")
RESULTS = Path("benchmarks/results/glyphs-training.json")


def main() -> None:
    usual = TrainSettings()
    parser = argparse.ArgumentParser(
        prog="python -m inkdigits.training.glyphs", description=__doc__
    )
    parser.add_argument(
        "what",
        choices=("train", "finish", "keep"),
        help="train on; write the bundled file; keep the weights",
    )
    parser.add_argument(
        "--run", type=Path, default=Path("runs/glyphs"), help="where checkpoints are kept"
    )
    parser.add_argument(
        "--labelled",
        type=Path,
        default=Path("runs/marks/labelled.npz"),
        help="boxes found on real numbers",
    )
    parser.add_argument(
        "--detector",
        type=Path,
        help="a marks network whose finds, right and wrong, are learned from too",
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
    data_dir = data_folder(None)
    labelled = options.labelled if options.labelled.exists() else None
    if options.what == "train":
        settings = TrainSettings(steps=options.steps, precision=options.precision)
        samples = SampleSettings(seed=options.seed, detector=options.detector)
        train(data_dir, options.run, labelled, settings, samples, say, START)
        return
    if options.what == "keep":
        keep(options.run / CHECKPOINT, START)
        return
    result = finish(data_dir, options.run, labelled, options.output, say)
    if options.output == BUNDLED:
        write_results(RESULTS, result)


if __name__ == "__main__":
    run_command(main)
