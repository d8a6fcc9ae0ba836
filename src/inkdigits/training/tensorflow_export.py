"""ONNX → TensorFlow, for SavedModel and LiteRT files: the same numbers from the same file,
whole numbers between layers included.

The networks that go in are those that `onnx_export` writes and `quantize` puts in whole numbers.
TensorFlow lays pictures out channels last. So does everything in here, whatever ONNX calls the
axes: `Flow.channels_last` says which tensors are turned.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inkdigits.errors import MissingExtraError, ModelError
from inkdigits.training.onnx_export import INPUT, OUTPUT, load_onnx_file

# The orders of axes that put the channels last, and first again.
_TO_LAST, _TO_FIRST = [0, 2, 3, 1], [0, 3, 1, 2]


@dataclass(frozen=True, slots=True)
class Flow:
    """A tensor on its way through the network.

    Of channels-first tensors the last axis holds the channels here.
    """

    value: Any
    channels_last: bool = False


Attributes = dict[str, Any]


def save_tensorflow(onnx_file: Path, folder: Path) -> None:
    """Write the network as a SavedModel: input `image`, output `probabilities`, any batch."""
    tensorflow = _tensorflow()
    module = _module(onnx_file)
    tensorflow.saved_model.save(module, str(folder), signatures=module.run)


def litert_bytes(onnx_file: Path) -> bytes:
    """The network as a LiteRT (TFLite) flat buffer in float32."""
    tensorflow = _tensorflow()
    module = _module(onnx_file)
    converter = tensorflow.lite.TFLiteConverter.from_concrete_functions(
        [module.run.get_concrete_function()], module
    )
    try:
        content: bytes = converter.convert()
    except Exception as error:  # noqa: BLE001 - the converter raises errors of its own
        raise ModelError(
            f"{onnx_file} cannot be converted to LiteRT ({str(error).splitlines()[0][:120]})"
        ) from None
    return content


def _tensorflow() -> Any:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        import tensorflow
    except ImportError:
        raise MissingExtraError("writing SavedModel or LiteRT files", "train") from None
    return tensorflow


def _module(onnx_file: Path) -> Any:
    """The network as a function of TensorFlow, its weights as constants."""
    import onnx

    tensorflow = _tensorflow()
    graph = load_onnx_file(onnx_file).graph
    weights = {
        entry.name: onnx.numpy_helper.to_array(entry) for entry in graph.initializer
    }
    shape = [dim.dim_value or None for dim in graph.input[0].type.tensor_type.shape.dim]
    nodes = [
        (node.op_type, list(node.input), node.output[0], _attributes(node))
        for node in graph.node
    ]
    given, made = graph.input[0].name, graph.output[0].name

    def run(image: Any) -> dict[str, Any]:
        flows = {name: Flow(value) for name, value in weights.items()} | {
            given: Flow(image),
            "": Flow(None),
        }
        for kind, inputs, output, attributes in nodes:
            if kind not in _NODES:
                raise ModelError(
                    f"{onnx_file} has a {kind} node, which cannot be converted to TensorFlow: "
                    "use a network of inkdigits"
                )
            flows[output] = _NODES[kind](
                tensorflow, [flows[name] for name in inputs], attributes
            )
        return {OUTPUT: _as_onnx_has_it(tensorflow, flows[made])}

    module = tensorflow.Module()
    signature = tensorflow.TensorSpec(shape, tensorflow.float32, name=INPUT)
    module.run = tensorflow.function(run, input_signature=[signature], autograph=False)
    return module


def _attributes(node: Any) -> Attributes:
    import onnx

    found = {
        entry.name: onnx.helper.get_attribute_value(entry) for entry in node.attribute
    }
    return {
        name: value.decode() if isinstance(value, bytes) else value
        for name, value in found.items()
    }


def _as_onnx_has_it(tensorflow: Any, flow: Flow) -> Any:
    return (
        tensorflow.transpose(flow.value, _TO_FIRST)
        if flow.channels_last
        else flow.value
    )


def _convolve(tensorflow: Any, inputs: list[Flow], attributes: Attributes) -> Flow:
    image, kernel, *bias = (flow.value for flow in inputs)
    padding = "SAME" if attributes["auto_pad"] == "SAME_UPPER" else "VALID"
    # ONNX: out, in, height, width. TensorFlow: height, width, in, out.
    kernel = np.transpose(kernel, (2, 3, 1, 0))
    made = tensorflow.nn.convolution(
        image,
        kernel,
        strides=attributes["strides"],
        padding=padding,
        dilations=attributes["dilations"],
    )
    return Flow(made + bias[0] if bias else made, channels_last=True)


def _pool(kind: str) -> Callable[..., Flow]:
    def pool(tensorflow: Any, inputs: list[Flow], attributes: Attributes) -> Flow:
        padding = "SAME" if attributes.get("auto_pad") == "SAME_UPPER" else "VALID"
        sizes = attributes["kernel_shape"]
        strides = attributes["strides"]
        return Flow(
            tensorflow.nn.pool(inputs[0].value, sizes, kind, strides, padding),
            channels_last=True,
        )

    return pool


def _pool_all(name: str) -> Callable[..., Flow]:
    def pool(tensorflow: Any, inputs: list[Flow], _attributes: Attributes) -> Flow:
        reduce = getattr(tensorflow, name)
        return Flow(
            reduce(inputs[0].value, axis=[1, 2], keepdims=True), channels_last=True
        )

    return pool


def _normalize(_: Any, inputs: list[Flow], attributes: Attributes) -> Flow:
    image, gamma, beta, mean, variance = (flow.value for flow in inputs)
    scale = np.asarray(
        gamma / np.sqrt(variance + np.float32(attributes["epsilon"])), np.float32
    )
    return Flow(
        image * scale + np.asarray(beta - mean * scale, np.float32),
        inputs[0].channels_last,
    )


def _multiply_matrix(tensorflow: Any, inputs: list[Flow], _: Attributes) -> Flow:
    rows, kernel, *bias = (flow.value for flow in inputs)
    made = tensorflow.matmul(rows, kernel)
    return Flow(made + bias[0] if bias else made)


def _quantize(tensorflow: Any, inputs: list[Flow], _: Attributes) -> Flow:
    """Whole numbers, held as floats: every runtime has their arithmetic."""
    value, scale, zero = (flow.value for flow in inputs)
    limits = np.iinfo(zero.dtype)
    whole = tensorflow.round(value / scale) + np.float32(zero)
    return Flow(
        tensorflow.clip_by_value(whole, float(limits.min), float(limits.max)),
        inputs[0].channels_last,
    )


def _dequantize(_: Any, inputs: list[Flow], attributes: Attributes) -> Flow:
    value, scale, zero = (flow.value for flow in inputs)
    if not isinstance(value, np.ndarray):
        return Flow((value - np.float32(zero)) * scale, inputs[0].channels_last)
    if scale.size > 1:
        axes = [
            -1 if axis == attributes.get("axis", 1) else 1 for axis in range(value.ndim)
        ]
        scale, zero = scale.reshape(axes), zero.reshape(axes)
    return Flow(((value.astype(np.float64) - zero) * scale).astype(np.float32))


def _reshape(tensorflow: Any, inputs: list[Flow], _attributes: Attributes) -> Flow:
    """A picture of one channel gets an axis for it, which is the last one here."""
    _, channels, height, width = (int(size) for size in inputs[1].value)
    if channels != 1:
        raise ModelError(
            f"a network reshapes to {channels} channels, which cannot be converted to TensorFlow"
        )
    if width < 0:  # a picture of any width is (N, height, width, 1) already
        return Flow(inputs[0].value, channels_last=True)
    return Flow(
        tensorflow.reshape(inputs[0].value, [-1, height, width, 1]), channels_last=True
    )


def _transpose(tensorflow: Any, inputs: list[Flow], attributes: Attributes) -> Flow:
    order = list(attributes["perm"])
    flow = inputs[0]
    if order == _TO_FIRST and not flow.channels_last:
        return Flow(flow.value, channels_last=True)
    if order == _TO_LAST and flow.channels_last:
        return Flow(flow.value)
    return Flow(tensorflow.transpose(_as_onnx_has_it(tensorflow, flow), order))


def _flatten(tensorflow: Any, inputs: list[Flow], _: Attributes) -> Flow:
    value = _as_onnx_has_it(tensorflow, inputs[0])
    return Flow(tensorflow.reshape(value, [-1, int(np.prod(value.shape[1:]))]))


def _enlarge(tensorflow: Any, inputs: list[Flow], _attributes: Attributes) -> Flow:
    """Each pixel as often as the scales say, side by side."""
    value = inputs[0].value
    _, _, down, across = (int(scale) for scale in inputs[2].value)
    size = tensorflow.shape(value)[1:3] * [down, across]
    return Flow(
        tensorflow.image.resize(value, size, method="nearest"), channels_last=True
    )


def _pad(tensorflow: Any, inputs: list[Flow], _: Attributes) -> Flow:
    before_and_after = np.reshape(inputs[1].value, (2, 4)).T
    turned = before_and_after[_TO_LAST] if inputs[0].channels_last else before_and_after
    return Flow(tensorflow.pad(inputs[0].value, turned), inputs[0].channels_last)


def _crop(_: Any, inputs: list[Flow], __: Attributes) -> Flow:
    begins, ends, axes = (flow.value for flow in inputs[1:4])
    parts = [slice(None)] * 4
    for begin, end, axis in zip(begins, ends, axes, strict=True):
        place = _TO_LAST.index(int(axis))
        parts[place] = slice(int(begin), int(end) if end < 0 else None)
    return Flow(inputs[0].value[tuple(parts)], channels_last=True)


def _concatenate(tensorflow: Any, inputs: list[Flow], attributes: Attributes) -> Flow:
    is_turned = inputs[0].channels_last
    axis = _TO_LAST.index(attributes["axis"]) if is_turned else attributes["axis"]
    return Flow(tensorflow.concat([flow.value for flow in inputs], axis), is_turned)


def _softmax(tensorflow: Any, inputs: list[Flow], _: Attributes) -> Flow:
    """Over the channels, or over the classes: the last axis here in both cases."""
    return Flow(
        tensorflow.nn.softmax(inputs[0].value, axis=-1), inputs[0].channels_last
    )


def _leaky(tensorflow: Any, inputs: list[Flow], attributes: Attributes) -> Flow:
    return Flow(
        tensorflow.nn.leaky_relu(inputs[0].value, attributes["alpha"]),
        inputs[0].channels_last,
    )


def _each(function: str) -> Callable[..., Flow]:
    """A function of each number, by its name in TensorFlow."""

    def apply(tensorflow: Any, inputs: list[Flow], _attributes: Attributes) -> Flow:
        home, _, name = function.rpartition(".")
        found = (
            getattr(getattr(tensorflow, home), name)
            if home
            else getattr(tensorflow, name)
        )
        return Flow(found(inputs[0].value), inputs[0].channels_last)

    return apply


def _add(_: Any, inputs: list[Flow], __: Attributes) -> Flow:
    total = inputs[0].value
    for flow in inputs[1:]:
        total = total + flow.value
    return Flow(total, any(flow.channels_last for flow in inputs))


def _multiply(_: Any, inputs: list[Flow], __: Attributes) -> Flow:
    return Flow(
        inputs[0].value * inputs[1].value, any(flow.channels_last for flow in inputs)
    )


_NODES: dict[str, Callable[[Any, list[Flow], Attributes], Flow]] = {
    "Add": _add,
    "AveragePool": _pool("AVG"),
    "BatchNormalization": _normalize,
    "Concat": _concatenate,
    "Conv": _convolve,
    "DequantizeLinear": _dequantize,
    "Elu": _each("nn.elu"),
    "Erf": _each("math.erf"),
    "Flatten": _flatten,
    "Gemm": _multiply_matrix,
    "GlobalAveragePool": _pool_all("reduce_mean"),
    "GlobalMaxPool": _pool_all("reduce_max"),
    "Identity": _each("identity"),
    "LeakyRelu": _leaky,
    "MaxPool": _pool("MAX"),
    "Mul": _multiply,
    "Pad": _pad,
    "QuantizeLinear": _quantize,
    "Relu": _each("nn.relu"),
    "Reshape": _reshape,
    "Resize": _enlarge,
    "Selu": _each("nn.selu"),
    "Sigmoid": _each("sigmoid"),
    "Slice": _crop,
    "Softmax": _softmax,
    "Softplus": _each("nn.softplus"),
    "Sum": _add,
    "Tanh": _each("tanh"),
    "Transpose": _transpose,
}
