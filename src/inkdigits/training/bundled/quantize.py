"""The net in whole numbers: a third of the size and of the time.

Weights keep to seven bits, so that processors without 8-bit dot products (and browsers) come to the same sums.
"""

import json
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.files import write_whole
from inkdigits.reading.session import METADATA_KEY
from inkdigits.training.learner import as_input

_SAMPLES, _BATCH = 2000, 250
# Probabilities in steps of 1/256 are no probabilities: the last layer stays as it is.
_EXACT = ("Gemm", "MatMul", "Softmax")


def quantize(path: Path, glyphs: npt.NDArray[np.uint8], output: Path, facts: dict[str, Any]) -> None:
    """Write the float32 ONNX file at `path` as int8, its ranges taken from `glyphs`, with `facts` as its metadata."""
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quant_pre_process, quantize_static

    logging.getLogger().setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as name:
        ready, small = Path(name) / "ready.onnx", Path(name) / "small.onnx"
        quant_pre_process(path, ready, skip_symbolic_shape=True)
        exact = [node.name for node in onnx.load(ready).graph.node if node.op_type in _EXACT]
        quantize_static(
            ready, small, _Reader(glyphs), quant_format=QuantFormat.QDQ, per_channel=True, reduce_range=True,
            weight_type=QuantType.QInt8, activation_type=QuantType.QUInt8, nodes_to_exclude=exact,
        )  # fmt: skip
        model = onnx.load(small)
        kept = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
        onnx.helper.set_model_props(model, kept | {METADATA_KEY: json.dumps(facts)})
        write_whole(output, model.SerializeToString())


class _Reader:
    """Samples in the form onnxruntime's quantizer asks for them."""

    def __init__(self, glyphs: npt.NDArray[np.uint8]) -> None:
        self._parts: Iterator[npt.NDArray[np.uint8]] = iter(
            np.array_split(glyphs[:_SAMPLES], -(-min(len(glyphs), _SAMPLES) // _BATCH))
        )

    def get_next(self) -> dict[str, Any] | None:
        part = next(self._parts, None)
        return None if part is None else {"image": as_input(part)}

    def __iter__(self) -> "_Reader":
        return self

    def __next__(self) -> dict[str, Any]:
        part = self.get_next()
        if part is None:
            raise StopIteration
        return part
