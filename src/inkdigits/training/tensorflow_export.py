"""ONNX → TensorFlow, for SavedModel and LiteRT files.

The results are those of the ONNX file, including int8 values between layers. Networks
are those that `onnx_export` writes and `quantize` quantizes. TensorFlow puts channels
last, and so does everything in here, whatever ONNX calls the axes: `Flow.channels_last`
says which tensors are transposed.
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

    Tensors that are channels first in ONNX have their channels last here.
    """

    value: Any
    channels_last: bool = False


Attributes = dict[str, Any]


def save_tensorflow(onnx_file: Path, folder: Path) -> None:
    """Write a SavedModel with input `image`, output `probabilities` and any batch."""
    tensorflow = _tensorflow()
    module = network_module(onnx_file)
    # A signature makes it known to TensorFlow Serving.
    tensorflow.saved_model.save(module, str(folder), signatures=module.run)


def litert_bytes(onnx_file: Path) -> bytes:
    """The network as a LiteRT (TFLite) flat buffer in float32."""
    tensorflow = _tensorflow()
    module = network_module(onnx_file)
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


def network_module(onnx_file: Path) -> Any:
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
        """The network, node by node."""
        flows = {name: Flow(value) for name, value in weights.items()}
        flows[given] = Flow(image)
        # An input that is left out has no name.
        flows[""] = Flow(None)
        for kind, inputs, output, attributes in nodes:
            if kind not in _NODES:
                raise ModelError(
                    f"{onnx_file} has a {kind} node, which cannot be converted to TensorFlow: "
                    "use a network of inkdigits"
                )
            node = _NODES[kind]
            given_to_node = [flows[name] for name in inputs]
            flows[output] = node(tensorflow, given_to_node, attributes)
        return {OUTPUT: _as_onnx_has_it(tensorflow, flows[made])}

    module = tensorflow.Module()
    signature = tensorflow.TensorSpec(shape, tensorflow.float32, name=INPUT)
    module.run = tensorflow.function(run, input_signature=[signature], autograph=False)
    return module


def _attributes(node: Any) -> Attributes:
    import onnx

    values = {
        entry.name: onnx.helper.get_attribute_value(entry) for entry in node.attribute
    }
    return {
        name: value.decode() if isinstance(value, bytes) else value
        for name, value in values.items()
    }


def _as_onnx_has_it(tensorflow: Any, flow: Flow) -> Any:
    return (
        tensorflow.transpose(flow.value, _TO_FIRST)
        if flow.channels_last
        else flow.value
    )


def _convolve(tensorflow: Any, inputs: list[Flow], attributes: Attributes) -> Flow:
    """A convolution, with or without a bias."""
    image, kernel, *bias = (flow.value for flow in inputs)
    # Dilated convolutions that keep their size have explicit padding.
    is_padded = attributes.get("auto_pad") == "SAME_UPPER" or "pads" in attributes
    # ONNX: out, in, height, width. TensorFlow: height, width, in, out.
    kernel = np.transpose(kernel, (2, 3, 1, 0))
    made = tensorflow.nn.convolution(
        image,
        kernel,
        strides=attributes["strides"],
        padding="SAME" if is_padded else "VALID",
        dilations=attributes["dilations"],
    )
    if bias:
        made = made + bias[0]
    return Flow(made, channels_last=True)


def _pool(kind: str) -> Callable[..., Flow]:
    """A converter for this kind of pooling."""

    def pool(tensorflow: Any, inputs: list[Flow], attributes: Attributes) -> Flow:
        """Pooling as the node says."""
        is_padded = attributes.get("auto_pad") == "SAME_UPPER"
        padding = "SAME" if is_padded else "VALID"
        sizes = attributes["kernel_shape"]
        strides = attributes["strides"]
        pooled = tensorflow.nn.pool(inputs[0].value, sizes, kind, strides, padding)
        return Flow(pooled, channels_last=True)

    return pool


def _pool_all(name: str) -> Callable[..., Flow]:
    """A converter for global pooling, by the name of its reduction."""

    def pool(tensorflow: Any, inputs: list[Flow], _attributes: Attributes) -> Flow:
        """One value for each channel."""
        reduce = getattr(tensorflow, name)
        value = inputs[0].value
        reduced = reduce(value, axis=[1, 2], keepdims=True)
        return Flow(reduced, channels_last=True)

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
    """A dense layer, with or without a bias."""
    rows, kernel, *bias = (flow.value for flow in inputs)
    product = tensorflow.matmul(rows, kernel)
    if bias:
        product = product + bias[0]
    return Flow(product)


def _quantize(tensorflow: Any, inputs: list[Flow], _: Attributes) -> Flow:
    """Quantize to whole numbers, held as floats, as every runtime supports those."""
    value, scale, zero = (flow.value for flow in inputs)
    limits = np.iinfo(zero.dtype)
    whole = tensorflow.round(value / scale) + np.float32(zero)
    return Flow(
        tensorflow.clip_by_value(whole, float(limits.min), float(limits.max)),
        inputs[0].channels_last,
    )


def _dequantize(_: Any, inputs: list[Flow], attributes: Attributes) -> Flow:
    """Dequantize weights now, and other values at run time."""
    value, scale, zero = (flow.value for flow in inputs)
    if not isinstance(value, np.ndarray):
        number = (value - np.float32(zero)) * scale
        return Flow(number, inputs[0].channels_last)
    # A scale for each filter applies along one axis of the weights.
    if scale.size > 1:
        shape = [1] * value.ndim
        shape[attributes.get("axis", 1)] = -1
        scale = scale.reshape(shape)
        zero = zero.reshape(shape)
    from_zero = value.astype(np.float64) - zero
    return Flow((from_zero * scale).astype(np.float32))


def _reshape(tensorflow: Any, inputs: list[Flow], _attributes: Attributes) -> Flow:
    """Give a picture of one channel an axis for it, which comes last here."""
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
    """Rows with their values in ONNX's order, as the next weights expect."""
    value = _as_onnx_has_it(tensorflow, inputs[0])
    length = int(np.prod(value.shape[1:]))
    rows = tensorflow.reshape(value, [-1, length])
    return Flow(rows)


def _enlarge(tensorflow: Any, inputs: list[Flow], _attributes: Attributes) -> Flow:
    """Repeat each pixel as often as the scales say."""
    value = inputs[0].value
    _, _, down, across = (int(scale) for scale in inputs[2].value)
    size = tensorflow.shape(value)[1:3] * [down, across]
    return Flow(
        tensorflow.image.resize(value, size, method="nearest"), channels_last=True
    )


def _pad(tensorflow: Any, inputs: list[Flow], _: Attributes) -> Flow:
    """Zero padding."""
    picture = inputs[0]
    # ONNX lists the padding before each axis first, then the padding after each.
    before_and_after = np.reshape(inputs[1].value, (2, 4)).T
    if picture.channels_last:
        before_and_after = before_and_after[_TO_LAST]
    padded = tensorflow.pad(picture.value, before_and_after)
    return Flow(padded, picture.channels_last)


def _crop(_: Any, inputs: list[Flow], __: Attributes) -> Flow:
    """A picture without some of its border."""
    begins, ends, axes = (flow.value for flow in inputs[1:4])
    slices = [slice(None)] * 4
    for begin, end, axis in zip(begins, ends, axes, strict=True):
        place = _TO_LAST.index(int(axis))
        # An end that is not negative stands for the very end.
        stop = int(end) if end < 0 else None
        slices[place] = slice(int(begin), stop)
    cropped = inputs[0].value[tuple(slices)]
    return Flow(cropped, channels_last=True)


def _concatenate(tensorflow: Any, inputs: list[Flow], attributes: Attributes) -> Flow:
    """All inputs joined along their channels."""
    is_turned = inputs[0].channels_last
    axis = attributes["axis"]
    if is_turned:
        axis = _TO_LAST.index(axis)
    values = [flow.value for flow in inputs]
    joined = tensorflow.concat(values, axis)
    return Flow(joined, is_turned)


def _softmax(tensorflow: Any, inputs: list[Flow], _: Attributes) -> Flow:
    """Over the channels, or over the classes: the last axis here in both cases."""
    scores = inputs[0]
    shares = tensorflow.nn.softmax(scores.value, axis=-1)
    return Flow(shares, scores.channels_last)


def _leaky(tensorflow: Any, inputs: list[Flow], attributes: Attributes) -> Flow:
    """A leaky ReLU with the node's own slope."""
    given = inputs[0]
    slope = attributes["alpha"]
    value = tensorflow.nn.leaky_relu(given.value, slope)
    return Flow(value, given.channels_last)


def _each(function: str) -> Callable[..., Flow]:
    """A converter for an elementwise function, by its name in TensorFlow."""

    def apply(tensorflow: Any, inputs: list[Flow], _attributes: Attributes) -> Flow:
        """Apply the function to each value."""
        operation = tensorflow
        # A name such as nn.relu is looked up step by step.
        for name in function.split("."):
            operation = getattr(operation, name)
        given = inputs[0]
        value = operation(given.value)
        return Flow(value, given.channels_last)

    return apply


def _add(_: Any, inputs: list[Flow], __: Attributes) -> Flow:
    total = inputs[0].value
    for flow in inputs[1:]:
        total = total + flow.value
    return Flow(total, any(flow.channels_last for flow in inputs))


def _multiply(_: Any, inputs: list[Flow], __: Attributes) -> Flow:
    """Two flows, value by value."""
    first, second = inputs
    product = first.value * second.value
    # A constant has no order of channels, so the other one decides.
    channels_last = first.channels_last or second.channels_last
    return Flow(product, channels_last)


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
