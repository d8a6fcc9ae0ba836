"""From a checkpoint to the bundled file: quantized, with a fitted confidence."""

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.network import MarksNetwork
from inkdigits.reading.numbers.row_network import RowNetworks
from inkdigits.reading.session import Network
from inkdigits.synthesis.hands import load_hands
from inkdigits.synthesis.patches import compose
from inkdigits.training.marks.calibrate import by_kind, fit, judged
from inkdigits.training.marks.heldout import held_out
from inkdigits.training.marks.mosaics import Mosaics
from inkdigits.training.marks.train import LABELLED, export
from inkdigits.training.quantize import quantize, set_facts
from inkdigits.training.stages import CHECKPOINT

_COMPOSED, _REAL = 48, 48  # patches from which the ranges of whole numbers are taken


def write(data_dir: Path, run: Path, output: Path) -> int:
    """Write the network of the run's checkpoint to `output`, without a confidence fit.

    Returns its step.
    """
    with tempfile.TemporaryDirectory() as name:
        exact = Path(name) / "exact.onnx"
        step = export(run / CHECKPOINT, exact)
        output.parent.mkdir(parents=True, exist_ok=True)
        quantize(
            exact, _samples(data_dir, run), output, {"step": step}, exact_ends=True
        )
    return step


def finish(
    data_dir: Path, run: Path, output: Path, say: Callable[[str], None]
) -> dict[str, Any]:
    """Write `output`; return its step, its fit, and the results on held-out lines.

    The other networks must exist.
    """
    write(data_dir, run, output)
    return fit_confidence(data_dir, output, say)


def fit_confidence(
    data_dir: Path, output: Path, say: Callable[[str], None]
) -> dict[str, Any]:
    """Fit the confidence of lines with the networks as they are, and keep it in `output`.

    Returns what `finish` does.
    """
    step = Network(output).settings["step"]
    lines = judged(
        held_out(data_dir, "validation"),
        MarksNetwork(output),
        GlyphNetwork(),
        RowNetworks.bundled(),
        say,
    )
    found = fit(lines)
    facts = {
        "line_confidence": found.weights,
        "line_signs": found.sign_weights,
        "line_least": found.least,
        "line_threshold": found.threshold,
    }
    set_facts(output, {"step": step, **facts})
    say(json.dumps(asdict(found)))
    return {"step": step, **asdict(found), "held_out": by_kind(lines, found)}


def _samples(data_dir: Path, run: Path) -> Iterator[npt.NDArray[np.float32]]:
    hands, mosaics = load_hands(data_dir, "train"), Mosaics(data_dir, run / LABELLED)
    patches = [
        compose(np.random.default_rng([4, index]), hands) for index in range(_COMPOSED)
    ]
    if mosaics.ready():
        patches += [
            mosaics.compose(np.random.default_rng([5, index])) for index in range(_REAL)
        ]
    for patch in patches:
        yield patch.grey.astype(np.float32)[None, ..., None]
