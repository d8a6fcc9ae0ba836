"""Train the glyph network, in stages that resume after a kill: `make marks-model`."""

from pathlib import Path

from inkdigits.data.loading import data_folder
from inkdigits.reading.marks.glyph_network import BUNDLED
from inkdigits.training import stages
from inkdigits.training.glyphs.finish import finish
from inkdigits.training.glyphs.samples import SampleSettings
from inkdigits.training.glyphs.train import TrainSettings, keep, train

# The weights trained so far, in the repository until the network is final.
START = Path("training-state/glyphs.npz")
RESULTS = Path("benchmarks/results/glyphs-training.json")
VERBS = {
    "train": "train on",
    "finish": "write the bundled file",
    "keep": "keep the weights",
}


def main() -> None:
    parser = stages.parser_of("glyphs", VERBS, TrainSettings(), BUNDLED)
    stages.add_labelled(parser)
    finds = "a marks network whose finds, right and wrong, are learned from too"
    parser.add_argument("--detector", type=Path, help=finds)
    options = parser.parse_args()
    if options.what == "keep":
        keep(options.run / stages.CHECKPOINT, START)
        return
    data_dir, labelled = data_folder(None), stages.if_there(options.labelled)
    if options.what == "finish":
        result = finish(data_dir, options.run, labelled, options.output, stages.say)
        if options.output == BUNDLED:
            stages.write_results(RESULTS, result)
        return
    settings = TrainSettings(steps=options.steps, precision=options.precision)
    samples = SampleSettings(seed=options.seed, detector=options.detector)
    train(data_dir, options.run, labelled, settings, samples, stages.say, START)


if __name__ == "__main__":
    stages.run_command(main)
