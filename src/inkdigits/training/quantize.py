"""Quantize a network to int8: a third of the size and of the time.

Weights keep to seven bits, so that processors without 8-bit dot products, and browsers,
compute the same sums.
"""

import json
import logging
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.files import write_whole
from inkdigits.reading.session import METADATA_KEY
from inkdigits.training.learner import as_input

Inputs = npt.NDArray[np.float32]
# Steps of 1/256 are too coarse for probabilities: a digit network's last layer stays
# float32.
PROBABILITIES = ("Gemm", "MatMul", "Softmax")
_SAMPLES = 2000  # pictures that calibrate the ranges
_BATCH = 250  # of them in memory at once


def quantize(
    path: Path,
    samples: Iterable[Inputs],
    output: Path,
    facts: dict[str, Any],
    *,
    exact: tuple[str, ...] = (),
    exact_ends: bool = False,
) -> None:
    """Write the float32 ONNX file at `path` as int8, with ranges taken from `samples`.

    `facts` become its metadata. Nodes of the kinds named in `exact` stay float32, and
    with `exact_ends` so do the first and the last convolution.
    """
    import onnx
    from onnxruntime.quantization import (
        QuantFormat,
        QuantType,
        quant_pre_process,
        quantize_static,
    )

    logging.getLogger().setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as name:
        ready = Path(name) / "ready.onnx"
        small = Path(name) / "small.onnx"
        quant_pre_process(path, ready, skip_symbolic_shape=True)
        nodes = onnx.load(ready).graph.node
        exact_nodes = [node.name for node in nodes if node.op_type in exact]
        if exact_ends:
            convolutions = [node.name for node in nodes if node.op_type == "Conv"]
            exact_nodes += [convolutions[0], convolutions[-1]]
        quantize_static(
            ready,
            small,
            _Samples(samples),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
            nodes_to_exclude=exact_nodes,
        )
        model = onnx.load(small)
        _add_whole_numbers(model)
        known = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
        onnx.helper.set_model_props(model, known | {METADATA_KEY: json.dumps(facts)})
        write_whole(output, model.SerializeToString())


def _add_whole_numbers(model: Any) -> None:
    """Make each sum of two an addition, which onnxruntime does without going back to float32."""
    for node in model.graph.node:
        if node.op_type == "Sum" and len(node.input) == 2:
            node.op_type = "Add"


def set_facts(path: Path, facts: dict[str, Any]) -> None:
    """Rewrite a file's metadata, for values fitted after the network was written."""
    import onnx

    model = onnx.load(path)
    known = {entry.key: entry.value for entry in model.metadata_props}
    onnx.helper.set_model_props(model, known | {METADATA_KEY: json.dumps(facts)})
    write_whole(path, model.SerializeToString())


class _Samples:
    """Samples in the form that onnxruntime's quantizer asks for them."""

    def __init__(self, samples: Iterable[Inputs]) -> None:
        """Samples one by one, as onnxruntime asks for them."""
        self._samples: Iterator[Inputs]
        self._samples = iter(samples)

    def get_next(self) -> dict[str, Inputs] | None:
        sample = next(self._samples, None)
        return None if sample is None else {"image": sample}

    def __iter__(self) -> "_Samples":
        return self

    def __next__(self) -> dict[str, Inputs]:
        sample = self.get_next()
        if sample is None:
            raise StopIteration
        return sample


def glyph_batches(glyphs: npt.NDArray[np.uint8]) -> Iterator[Inputs]:
    """Up to 2,000 glyphs in the form that digit networks take them."""
    some = glyphs[:_SAMPLES]
    for batch in np.array_split(some, -(-len(some) // _BATCH)):
        yield as_input(batch)
