"""Trains the network for rows in doubt, from the beginning: `make marks-model`."""

from dataclasses import replace
from pathlib import Path

from inkdigits.data.loading import data_folder
from inkdigits.reading.numbers.row_network import CLOSER
from inkdigits.training import stages
from inkdigits.training.rows.finish import write
from inkdigits.training.rows.net import build_closer
from inkdigits.training.rows.samples import Sources, batches
from inkdigits.training.rows.train import (
    BEFORE,
    CLOSER_SAMPLES,
    CloserSettings,
    keep,
    keep_start,
    prepare,
)

# What was trained so far, in the tree until the network is final.
START = Path("training-state/rows_closer.npz")
VERBS = {
    "train": "train on",
    "write": "write the bundled file",
    "keep": "keep the weights",
}


def main() -> None:
    parser = stages.parser_of("rows.closer", VERBS, CloserSettings(), CLOSER)
    stages.add_labelled(parser)
    found = Path("runs/rows/as_read.npz")
    names = "where the reader finds the real numbers"
    parser.add_argument("--as-read", type=Path, default=found, help=names)
    options = parser.parse_args()
    if options.what == "keep":
        keep(options.run / stages.CHECKPOINT, START, build_closer)
        return
    sources = Sources(
        data_folder(None),
        stages.if_there(options.labelled),
        stages.if_there(options.as_read),
    )
    before = options.run / BEFORE
    if options.what == "write":
        write(
            sources,
            options.run,
            options.output,
            build_closer,
            CLOSER_SAMPLES,
            stages.if_there(before),
        )
        return
    settings = CloserSettings(steps=options.steps, precision=options.precision)
    stream = batches(sources, replace(CLOSER_SAMPLES, seed=options.seed))
    model = prepare(settings, build_closer)

    keep_start(START, options.run)

    def keep_before(step: int) -> None:
        if step == settings.ends[-1]:
            keep(options.run / stages.CHECKPOINT, before, build_closer)

    stages.learn(
        model,
        stream,
        options.run,
        settings,
        stages.say,
        start=START,
        at_checkpoint=keep_before,
    )


if __name__ == "__main__":
    stages.run_command(main)
