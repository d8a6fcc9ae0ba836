"""ONNX → Keras for the networks of `training.bundled.net`.

The float weights are read back, also from a quantized file.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.errors import MissingExtraError, ModelError
from inkdigits.training.bundled import net

_Floats = npt.NDArray[np.float32]
_SHAPES = (net.build, net.build_residual)
_LAYERS = ("Conv", "BatchNormalization", "Gemm")


def load_onnx(path: Path) -> Any:
    """The Keras network with these weights; quantized weights are dequantized."""
    layers = _weights_in_order(path)
    width = layers[0][0].shape[0] if layers and layers[0][0].ndim == 4 else 0
    for build in _SHAPES if width else ():
        model = build(width)
        if _fill(model, layers):
            return model
    raise ModelError(
        f"{path} cannot be trained further: "
        "start from the bundled one, a run folder or a .keras file"
    )


def is_quantized(path: Path) -> bool:
    """Whether a network is quantized."""
    kinds = {node.op_type for node in _graph(path).node}
    return "QuantizeLinear" in kinds


def _graph(path: Path) -> Any:
    try:
        import onnx
    except ImportError:
        raise MissingExtraError("reading an ONNX net to train it on", "train") from None
    try:
        return onnx.load(path).graph
    # protobuf and the file system raise classes of their own.
    except Exception as error:  # noqa: BLE001
        raise ModelError(
            f"{path} is not an ONNX file ({str(error).splitlines()[0][:100]})"
        ) from None


def _weights_in_order(path: Path) -> list[list[_Floats]]:
    """The arrays of each layer that has weights, from the first layer to the last.

    They are as ONNX has them.
    """
    import onnx

    graph = _graph(path)
    arrays = {
        entry.name: onnx.numpy_helper.to_array(entry) for entry in graph.initializer
    }
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in arrays:
            axis = next(
                (entry.i for entry in node.attribute if entry.name == "axis"), 0
            )
            arrays[node.output[0]] = _dequantized(
                [arrays[name] for name in node.input], axis
            )
    return [
        [np.asarray(arrays[name], np.float32) for name in node.input[1:]]
        for node in graph.node
        if node.op_type in _LAYERS and all(name in arrays for name in node.input[1:])
    ]


def _dequantized(parts: list[npt.NDArray[Any]], axis: int) -> _Floats:
    """Quantized weights as the floats they stand for."""
    whole, scale, zero = parts
    # A scale for each filter applies along one axis of the weights.
    if scale.size > 1:
        shape = [1] * whole.ndim
        shape[axis] = -1
        scale = scale.reshape(shape)
        zero = zero.reshape(shape)
    from_zero = whole.astype(np.float64) - zero
    return (from_zero * scale).astype(np.float32)


def _fill(model: Any, layers: list[list[_Floats]]) -> bool:
    """Put the arrays into the network's layers in order; False if they do not fit."""
    targets = [layer for layer in model.layers if layer.weights]
    if len(targets) != len(layers):
        return False
    for target, arrays in zip(targets, layers, strict=True):
        values = [_as_keras(target, array) for array in arrays]
        if [value.shape for value in values] != [
            tuple(weight.shape) for weight in target.weights
        ]:
            return False
        target.set_weights(values)
    return True


def _as_keras(layer: Any, array: _Floats) -> _Floats:
    if array.ndim != 4:
        return array
    kernel = array.transpose(2, 3, 1, 0)
    return (
        kernel.transpose(0, 1, 3, 2)
        if type(layer).__name__ == "DepthwiseConv2D"
        else kernel
    )
