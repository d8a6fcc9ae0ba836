"""From a checkpoint to the bundled file: quantized, with a fitted temperature."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.reading.marks.boxes import Floats
from inkdigits.reading.marks.found import softmax
from inkdigits.reading.marks.glyph_network import GlyphNetwork
from inkdigits.reading.marks.network import MarksNetwork
from inkdigits.training.glyphs.calibrate import fit_existence, fit_joint
from inkdigits.training.glyphs.samples import SampleSettings, batches
from inkdigits.training.glyphs.train import export
from inkdigits.training.quantize import PROBABILITIES, quantize, set_facts
from inkdigits.training.stages import CHECKPOINT

_RANGES, _HELD_OUT = 8, 40  # batches of 256 close-ups
_TEMPERATURES = np.geomspace(0.4, 2.0, 41)


def finish(
    data_dir: Path,
    run: Path,
    labelled: Path | None,
    output: Path,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Write `output`; return its step, temperature and accuracy on held-out close-ups.

    The marks network is needed: how sure both networks are of one digit is fitted on
    digits that it finds.
    """
    learned = SampleSettings(seed=1)
    shown = [
        closeups
        for closeups, _ in islice(batches(data_dir, labelled, learned), _RANGES)
    ]
    held = list(
        islice(batches(data_dir, None, replace(learned, part="validation")), _HELD_OUT)
    )
    closeups, classes = (np.concatenate(part) for part in zip(*held, strict=True))
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        exact = Path(name) / "exact.onnx"
        facts: dict[str, Any] = {"step": export(run / CHECKPOINT, exact)}
        quantize(
            exact, iter(shown), output, facts, exact=PROBABILITIES, exact_ends=True
        )
    shares = GlyphNetwork(output)(closeups)
    facts["temperature"] = _fitted(np.log(np.maximum(shares, 1e-9)), classes)
    set_facts(output, facts)
    there = fit_existence(data_dir, MarksNetwork(), GlyphNetwork(output))
    facts["existence"] = there["existence"]
    set_facts(output, facts)
    together = fit_joint(data_dir, MarksNetwork(), GlyphNetwork(output))
    set_facts(output, facts | {"joint": together["joint"]})
    right = float((shares.argmax(axis=1) == classes).mean())
    say(
        f"{right:.2%} of {len(classes)} held-out close-ups right, "
        f"temperature {facts['temperature']}"
    )
    say(json.dumps([there, together]))
    return {
        **facts,
        "held_out": len(classes),
        "right": right,
        "finds": there,
        "one_digit": together,
    }


def _fitted(scores: Floats, classes: npt.NDArray[np.int64]) -> float:
    """The temperature at which the right classes are likeliest."""
    losses = [_loss(scores / temperature, classes) for temperature in _TEMPERATURES]
    return round(float(_TEMPERATURES[int(np.argmin(losses))]), 3)


def _loss(scores: Floats, classes: npt.NDArray[np.int64]) -> float:
    right = softmax(np.asarray(scores, np.float32))[np.arange(len(classes)), classes]
    return float(-np.log(np.maximum(right, 1e-9)).mean())
