"""Keras → ONNX for the layers that recipes use.

The file is float32 with a dynamic batch, input `image` and output `probabilities`.
Inside, pictures are channels first, as onnxruntime prefers; they are transposed back
only before a flatten.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits._version import __version__
from inkdigits.errors import MissingExtraError, ModelError
from inkdigits.reading.session import METADATA_KEY

# Not the newest, so that older runtimes open the files.
OPSET, IR_VERSION = 17, 9
INPUT, OUTPUT = "image", "probabilities"
_NAMED = {
    "relu": "Relu",
    "elu": "Elu",
    "selu": "Selu",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "softplus": "Softplus",
}
_IGNORED = {
    "Dropout",
    "SpatialDropout2D",
    "GaussianNoise",
    "GaussianDropout",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "RandomShear",
    "RandomElasticTransform",
    "ActivityRegularization",
}


def save_onnx(model: Any, path: Path, metadata: dict[str, Any]) -> None:
    """Write the built Keras model as ONNX, whole or not at all.

    `metadata` is kept as JSON under the key "inkdigits".
    """
    try:
        import onnx
    except ImportError:
        raise MissingExtraError("writing ONNX", "train") from None
    graph = _Graph()
    graph.add_model(model)
    shapes = (
        _shape("batch", model.inputs[0].shape[1:]),
        _answer_shape(model.outputs[0].shape),
    )
    proto = onnx.helper.make_model(
        onnx.helper.make_graph(
            graph.nodes,
            model.name,
            [
                onnx.helper.make_tensor_value_info(
                    INPUT, onnx.TensorProto.FLOAT, shapes[0]
                )
            ],
            [
                onnx.helper.make_tensor_value_info(
                    OUTPUT, onnx.TensorProto.FLOAT, shapes[1]
                )
            ],
            graph.weights,
        ),
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="inkdigits",
        producer_version=__version__,
    )
    onnx.helper.set_model_props(
        proto, {METADATA_KEY: json.dumps(metadata, ensure_ascii=False)}
    )
    onnx.checker.check_model(proto, full_check=True)
    unfinished = path.with_name(f".part-{path.name}")
    unfinished.write_bytes(proto.SerializeToString())
    unfinished.replace(path)


def facts_of(path: Path) -> dict[str, Any]:
    """The metadata that an ONNX file has under our own key."""
    model = load_onnx_file(path)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    # A file from elsewhere has none.
    text = metadata.get(METADATA_KEY, "{}")
    facts: dict[str, Any] = json.loads(text)
    return facts


def shapes_of(path: Path) -> dict[str, list[int | str]]:
    """The shapes of its input and output; a size that may vary is a name."""
    graph = load_onnx_file(path).graph
    ends = {"input": graph.input[0], "output": graph.output[0]}
    shapes = {}
    for end, tensor in ends.items():
        sizes = tensor.type.tensor_type.shape.dim
        shapes[end] = [size.dim_param or size.dim_value for size in sizes]
    return shapes


def load_onnx_file(path: Path) -> Any:
    """The ONNX model in a file."""
    try:
        import onnx
    except ImportError:
        raise MissingExtraError("writing ONNX", "train") from None
    try:
        return onnx.load(path)
    except Exception as error:  # noqa: BLE001 - protobuf raises classes of its own
        raise ModelError(
            f"{path} is not an ONNX file ({str(error).splitlines()[0][:100]})"
        ) from None


def _shape(first: str, sizes: tuple[int | None, ...]) -> list[int | str]:
    names = ("height", "width", "channels")
    return [
        first,
        *(
            name if size is None else size
            for name, size in zip(names, sizes, strict=False)
        ),
    ]


def _answer_shape(shape: tuple[int | None, ...]) -> list[int | str]:
    """Scores of a whole picture or of each position; the latter stay channels first."""
    return (
        ["batch", shape[-1] or 0]
        if len(shape) == 2
        else ["batch", shape[-1] or 0, shape[1] or "rows", "columns"]
    )


class _Graph:
    """An ONNX graph that is built node by node, in the order of the data flow."""

    def __init__(self) -> None:
        """An empty graph."""
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        # The ONNX name of each Keras tensor so far, by its id.
        self._names: dict[int, str] = {}
        self._count = 0

    def add_model(self, model: Any) -> None:
        functional = getattr(model, "_functional", None) or model
        # In Keras's own order: furthest from the output first, inputs before nodes.
        by_depth = getattr(functional, "_nodes_by_depth", None)
        if by_depth is None or len(model.inputs) != 1 or len(model.outputs) != 1:
            raise ModelError(
                f"{model.name} is not a chain of layers with one input and one output: "
                "only those can be exported to ONNX"
            )
        image = model.inputs[0]
        self._names[id(image)] = self._channels_first(INPUT, image.shape)
        for depth in sorted(by_depth, reverse=True):
            for node in by_depth[depth]:
                if not node.is_input:
                    self._add_layer(
                        node.operation, node.input_tensors, node.output_tensors[0]
                    )
        # A name of our own for the answer, whatever the last layer is called.
        self.add("Identity", [self._names[id(model.outputs[0])]], output=OUTPUT)

    def _channels_first(self, name: str, shape: tuple[int | None, ...]) -> str:
        """A picture with its channels first, as ONNX expects them."""
        if len(shape) != 4:
            return name
        # With one channel both orders are the same in memory, and a reshape is free.
        if shape[-1] != 1 or shape[1] is None:
            return self.add("Transpose", [name], perm=[0, 3, 1, 2])
        height, width = shape[1:3]
        # Only one size may be open (-1); if it is the width, the batch is kept (0).
        sizes = [0, 1, height, -1] if width is None else [-1, 1, height, width]
        new_shape = self.weight(np.array(sizes, np.int64))
        return self.add("Reshape", [name, new_shape])

    def _add_layer(self, layer: Any, inputs: list[Any], output: Any) -> None:
        kind = type(layer).__name__
        names = [self._names[id(tensor)] for tensor in inputs]
        if kind in _IGNORED:
            made = names[0]
        elif kind in _LAYERS:
            made = _LAYERS[kind](self, layer, names, inputs[0])
        else:
            raise ModelError(
                f"the layer {layer.name} ({kind}) cannot be exported to ONNX: "
                f"use {', '.join(sorted(_LAYERS))}"
            )
        self._names[id(output)] = made

    def add(
        self, kind: str, inputs: list[str], output: str | None = None, **attributes: Any
    ) -> str:
        """Add one ONNX node and return the name of its output."""
        import onnx

        self._count += 1
        name = output or f"{kind.lower()}_{self._count}"
        self.nodes.append(
            onnx.helper.make_node(
                kind, inputs, [name], name=f"node_{self._count}", **attributes
            )
        )
        return name

    def weight(self, values: npt.NDArray[Any]) -> str:
        """Add an array to the graph and return its name."""
        import onnx

        # Shapes and axes must stay integers; all else is float32, as runtimes need it.
        name = f"weight_{len(self.weights)}"
        numbers = values if values.dtype == np.int64 else values.astype(np.float32)
        self.weights.append(
            onnx.numpy_helper.from_array(np.ascontiguousarray(numbers), name)
        )
        return name

    def activate(self, function: str, name: str, rank: int) -> str:
        """An activation by its Keras name."""
        if function in _NAMED:
            return self.add(_NAMED[function], [name])
        if function == "linear":
            return name
        if function == "softmax":
            return self.add("Softmax", [name], axis=1 if rank == 4 else -1)
        if function == "leaky_relu":
            # Keras's slope for the activation by its name; the layer has its own.
            return self.add("LeakyRelu", [name], alpha=0.2)
        # As two nodes: older versions of ONNX have no operator for it.
        if function in ("silu", "swish"):
            return self.add("Mul", [name, self.add("Sigmoid", [name])])
        if function == "gelu":
            return self._gelu(name)
        raise ModelError(
            f"the activation {function} cannot be exported to ONNX: "
            f"use {', '.join(_NAMED)}, gelu, silu or softmax"
        )

    def _gelu(self, name: str) -> str:
        # x/2 · (1 + erf(x/√2)): ONNX has a Gelu of its own only from opset 20 on.
        spread = self.add(
            "Erf",
            [self.add("Mul", [name, self.weight(np.array([0.5**0.5], np.float32))])],
        )
        half = self.add("Mul", [name, self.weight(np.array([0.5], np.float32))])
        return self.add(
            "Mul",
            [half, self.add("Add", [spread, self.weight(np.array([1.0], np.float32))])],
        )


def _arrays(layer: Any) -> list[npt.NDArray[np.float32]]:
    """A layer's weights, whatever precision it was trained in."""
    weights = layer.get_weights()
    return [np.asarray(value, np.float32) for value in weights]


def _function_name(function: Any) -> str:
    """A function's name, or that of its class if it is an object."""
    name_of_class = type(function).__name__
    return str(getattr(function, "__name__", name_of_class))


def _spatial(layer: Any) -> dict[str, Any]:
    """Strides and padding, as ONNX's nodes have them."""
    same = layer.padding == "same"
    dilations = getattr(layer, "dilation_rate", (1, 1))
    if same and max(dilations) > 1:
        # onnxruntime refuses SAME here. Keras allows no stride beside a dilation,
        # so that the padding is the same for every picture.
        before = []
        after = []
        for side, dilation in zip(layer.kernel_size, dilations, strict=True):
            spare = dilation * (side - 1)
            # If the padding is odd, the larger half comes after.
            before.append(spare // 2)
            after.append(spare - spare // 2)
        return {"strides": [1, 1], "pads": before + after}
    return {
        "strides": list(layer.strides),
        "auto_pad": "SAME_UPPER" if same else "VALID",
    }


def _convolve(graph: _Graph, layer: Any, names: list[str], _: Any) -> str:
    """A convolution, with or without a bias."""
    kernel, *bias = _arrays(layer)
    # Keras keeps rows, columns, inputs, outputs; ONNX outputs, inputs, rows, columns.
    filters = kernel.transpose(3, 2, 0, 1)
    return _convolved(graph, layer, names[0], filters, bias, layer.groups)


def _convolve_depthwise(graph: _Graph, layer: Any, names: list[str], _: Any) -> str:
    """A convolution of each channel by itself."""
    kernel, *bias = _arrays(layer)
    height, width, channels, multiplier = kernel.shape
    # To ONNX it is a convolution with as many groups as channels.
    filters = kernel.transpose(2, 3, 0, 1).reshape(
        channels * multiplier, 1, height, width
    )
    return _convolved(graph, layer, names[0], filters, bias, channels)


def _convolved(
    graph: _Graph, layer: Any, name: str, filters: Any, bias: list[Any], groups: int
) -> str:
    """The node of a convolution with these filters, and of its activation."""
    inputs = [name, graph.weight(filters)]
    inputs += [graph.weight(values) for values in bias]
    made = graph.add(
        "Conv",
        inputs,
        **_spatial(layer),
        dilations=list(layer.dilation_rate),
        group=groups,
    )
    return graph.activate(_function_name(layer.activation), made, 4)


def _dense(graph: _Graph, layer: Any, names: list[str], given: Any) -> str:
    if len(given.shape) != 2:
        raise ModelError(
            f"the layer {layer.name} gets {given.shape}: "
            "a dense layer can be exported to ONNX only after a flatten layer"
        )
    kernel, *bias = _arrays(layer)
    inputs = [
        names[0],
        graph.weight(kernel),
        *(graph.weight(values) for values in bias),
    ]
    return graph.activate(
        _function_name(layer.activation), graph.add("Gemm", inputs), 2
    )


def _normalize(graph: _Graph, layer: Any, names: list[str], _: Any) -> str:
    size = layer.moving_mean.shape[0]
    gamma = (
        np.asarray(layer.gamma, np.float32)
        if layer.scale
        else np.ones(size, np.float32)
    )
    beta = (
        np.asarray(layer.beta, np.float32)
        if layer.center
        else np.zeros(size, np.float32)
    )
    values = (
        gamma,
        beta,
        np.asarray(layer.moving_mean),
        np.asarray(layer.moving_variance),
    )
    return graph.add(
        "BatchNormalization",
        [names[0], *map(graph.weight, values)],
        epsilon=float(layer.epsilon),
    )


def _pool(kind: str) -> Callable[..., str]:
    """How pooling of this kind is added to a graph."""

    def pool(graph: _Graph, layer: Any, names: list[str], _: Any) -> str:
        """Pooling as the layer says."""
        sizes = list(layer.pool_size)
        spatial = _spatial(layer)
        return graph.add(kind, names, kernel_shape=sizes, **spatial)

    return pool


def _pool_all(kind: str) -> Callable[..., str]:
    def pool(graph: _Graph, layer: Any, names: list[str], _: Any) -> str:
        """One value for each channel."""
        made = graph.add(kind, names)
        if layer.keepdims:
            return made
        return graph.add("Flatten", [made], axis=1)

    return pool


def _flatten(graph: _Graph, layer: Any, names: list[str], given: Any) -> str:
    """Pictures of several channels as rows."""
    last = names[0]
    # The dense layer after it has weights in Keras's order, channels last.
    if len(given.shape) == 4:
        last = graph.add("Transpose", names, perm=[0, 2, 3, 1])
    return graph.add("Flatten", [last], axis=1)


def _activation(graph: _Graph, layer: Any, names: list[str], given: Any) -> str:
    """An activation that is a layer of its own."""
    function = _function_name(layer.activation)
    rank = len(given.shape)
    return graph.activate(function, names[0], rank)


def _as(function: str) -> Callable[..., str]:
    def activate(graph: _Graph, layer: Any, names: list[str], given: Any) -> str:
        """The activation of this name."""
        rank = len(given.shape)
        return graph.activate(function, names[0], rank)

    return activate


def _leaky(graph: _Graph, layer: Any, names: list[str], _: Any) -> str:
    """A leaky ReLU with the layer's own slope."""
    slope = float(layer.negative_slope)
    return graph.add("LeakyRelu", names, alpha=slope)


def _rescale(graph: _Graph, layer: Any, names: list[str], _: Any) -> str:
    scaled = graph.add(
        "Mul", [names[0], graph.weight(np.array([layer.scale], np.float32))]
    )
    return graph.add(
        "Add", [scaled, graph.weight(np.array([layer.offset], np.float32))]
    )


def _crop(graph: _Graph, layer: Any, names: list[str], _: Any) -> str:
    begins, ends = zip(*layer.cropping, strict=True)
    # With nothing cropped at the end, the slice goes to the very end, not to -0.
    reach = [-end or np.iinfo(np.int64).max for end in ends]
    return graph.add(
        "Slice",
        [
            names[0],
            *(
                graph.weight(np.array(values, np.int64))
                for values in (begins, reach, (2, 3))
            ),
        ],
    )


def _pad(graph: _Graph, layer: Any, names: list[str], _: Any) -> str:
    begins, ends = zip(*layer.padding, strict=True)
    return graph.add(
        "Pad",
        [names[0], graph.weight(np.array([0, 0, *begins, 0, 0, *ends], np.int64))],
    )


def _enlarge(graph: _Graph, layer: Any, names: list[str], _: Any) -> str:
    if layer.interpolation != "nearest":
        raise ModelError(
            f"the layer {layer.name} enlarges by {layer.interpolation}: "
            "only nearest can be exported to ONNX"
        )
    # Together, these modes do what Keras does: repeat pixels without interpolation.
    scales = graph.weight(np.array([1, 1, *layer.size], np.float32))
    return graph.add(
        "Resize",
        [names[0], "", scales],
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )


def _add(graph: _Graph, layer: Any, names: list[str], _: Any) -> str:
    """All inputs added up."""
    return graph.add("Sum", names)


def _concatenate(graph: _Graph, layer: Any, names: list[str], given: Any) -> str:
    """All inputs side by side, along their channels."""
    # Channels come second in ONNX.
    return graph.add("Concat", names, axis=1)


_LAYERS: dict[str, Callable[[_Graph, Any, list[str], Any], str]] = {
    "Conv2D": _convolve,
    "DepthwiseConv2D": _convolve_depthwise,
    "Dense": _dense,
    "BatchNormalization": _normalize,
    "MaxPooling2D": _pool("MaxPool"),
    "AveragePooling2D": _pool("AveragePool"),
    "GlobalAveragePooling2D": _pool_all("GlobalAveragePool"),
    "GlobalMaxPooling2D": _pool_all("GlobalMaxPool"),
    "Flatten": _flatten,
    "Activation": _activation,
    "ReLU": _as("relu"),
    "Softmax": _as("softmax"),
    "LeakyReLU": _leaky,
    "Rescaling": _rescale,
    "Add": _add,
    "UpSampling2D": _enlarge,
    "Cropping2D": _crop,
    "ZeroPadding2D": _pad,
    "Concatenate": _concatenate,
}
