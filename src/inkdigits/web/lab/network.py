"""A run's ONNX file for the page: the output of every layer, and what each layer does.

The graph is the run's own; only outputs are added. Layers are found from its nodes, so any float
network that takes 28×28 pictures can be shown, wherever it was trained.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from inkdigits.errors import MissingExtraError, ModelError
from inkdigits.reading import glyphs, saliency
from inkdigits.reading.classifier import Classifier, resolve_model
from inkdigits.reading.session import PROVIDER

Floats: TypeAlias = npt.NDArray[np.float32]

# What only places the same numbers in another order.
_LAYOUT = {"Reshape", "Transpose", "Flatten", "Identity"}
# What is done to each number alone; after a layer it is that layer's activation.
_ELEMENTWISE = {
    "Relu", "Elu", "Selu", "Sigmoid", "Tanh", "Softplus", "LeakyRelu", "Erf", "Mul", "Add",
}  # fmt: skip
_KINDS = {
    "Conv": "convolution",
    "Gemm": "dense",
    "MaxPool": "max pooling",
    "AveragePool": "average pooling",
    "GlobalMaxPool": "global max pooling",
    "GlobalAveragePool": "global average pooling",
    "BatchNormalization": "normalization",
    "Softmax": "softmax",
    "Slice": "cropping",
    "Pad": "padding",
    "Resize": "enlarging",
    "Sum": "sum",
    "Concat": "joining",
    "Mul": "rescaling",
}
_ACTIVATIONS = {
    frozenset[str](): "linear",
    frozenset({"Relu"}): "relu",
    frozenset({"Elu"}): "elu",
    frozenset({"Selu"}): "selu",
    frozenset({"Sigmoid"}): "sigmoid",
    frozenset({"Tanh"}): "tanh",
    frozenset({"Softplus"}): "softplus",
    frozenset({"LeakyRelu"}): "leaky_relu",
    frozenset({"Sigmoid", "Mul"}): "silu",
    frozenset({"Erf", "Mul", "Add"}): "gelu",
}


@dataclass(slots=True)
class Layer:
    """One step of the network.

    `tensor` names what comes out of it, `sources` are indices of layers.
    """

    kind: str
    tensor: str
    sources: list[int]
    given: str = ""  # the tensor that goes in, where there is one
    # Whether a vector has the maps' numbers place by place (Keras's order)
    transposed: bool = False
    after: list[Any] = field(default_factory=list)  # the nodes of its activation
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inside:
    """The three files that the page reads: the network, its description and its weights."""

    onnx: bytes
    description: dict[str, Any]
    weights: bytes

    def files(self) -> dict[str, bytes]:
        described = json.dumps(self.description).encode()
        return {
            "network.onnx": self.onnx,
            "network.json": described,
            "weights.bin": self.weights,
        }


def look_inside(model: str | Path) -> Inside:
    """The network of a run folder or an .onnx file, with the outputs of all its layers."""
    path = resolve_model(model)
    Classifier(
        path
    )  # says what is wrong with a file that takes or gives something else
    proto = _load(path)
    if any(node.op_type == "DequantizeLinear" for node in proto.graph.node):
        way = "name a run folder, whose network is not rounded"
        raise ModelError(f"{path} is quantized and rounds between layers: {way}")
    found = _Reader(proto)
    _add_outputs(proto, [layer.tensor for layer in found.layers[1:]])
    shapes = _shapes(proto, [layer.tensor for layer in found.layers[1:]])
    shapes[found.layers[0].tensor] = [1, glyphs.SIZE_PX, glyphs.SIZE_PX]
    layers = [found.described(layer, shapes) for layer in found.layers]
    description = {
        "name": _name(model),
        "input": proto.graph.input[0].name,
        "shape": [
            dim.dim_value for dim in proto.graph.input[0].type.tensor_type.shape.dim
        ][1:],
        "answer": proto.graph.output[0].name,
        "layers": layers,
        "framing": framing(),
        "saliency": {"patch_px": saliency._PATCH_PX, "step_px": saliency._STEP_PX},
    }
    weights = b"".join(part.astype("<f4").tobytes() for part in found.weights)
    return Inside(proto.SerializeToString(), description, weights)


def framing() -> dict[str, float]:
    """What the page's own framing needs to know."""
    return {
        "inner_px": glyphs.INNER_PX,
        "faintest": glyphs._FAINTEST,
        "thin_share": glyphs._THIN_SHARE,
        "wanted_share": glyphs._WANTED_SHARE,
    }


def _name(model: str | Path) -> str:
    path = Path(model)
    return path.resolve().name if path.is_dir() else path.stem


def _load(path: Path) -> Any:
    try:
        import onnx
    except ImportError:
        raise MissingExtraError("looking inside a network", "train") from None
    try:
        return onnx.load(path)
    except Exception as error:  # noqa: BLE001 - protobuf raises classes of its own
        reason = str(error).splitlines()[0][:100]
        raise ModelError(f"{path} is not an ONNX file ({reason})") from None


class _Reader:
    """Goes through the nodes in their order and gathers them into layers."""

    def __init__(self, proto: Any) -> None:
        import onnx

        graph = proto.graph
        self._arrays = {
            item.name: onnx.numpy_helper.to_array(item) for item in graph.initializer
        }
        image = graph.input[0].name
        self.layers = [Layer("picture", image, [])]
        self.weights: list[Floats] = []
        self._offset = 0
        self._layer_of = {image: 0}
        self._transposed: set[str] = set()
        for node in graph.node:
            self._add(node)

    def _add(self, node: Any) -> None:
        given = [name for name in node.input if name and name not in self._arrays]
        sources = sorted({self._layer_of[name] for name in given})
        output = node.output[0]
        if node.op_type in _LAYOUT and len(sources) == 1:
            self._layer_of[output] = sources[0]
            is_reordered = node.op_type == "Transpose" and sources[0] > 0
            if is_reordered or given[0] in self._transposed:
                self._transposed.add(output)
            if self.layers[sources[0]].kind.startswith("global"):
                self.layers[
                    sources[0]
                ].tensor = output  # a number a map, with no places left
            return
        is_activation = (
            node.op_type in _ELEMENTWISE and len(sources) == 1 and sources[0] > 0
        )
        if is_activation:
            layer = self.layers[sources[0]]
            layer.after.append(node)
            layer.tensor = output
            self._layer_of[output] = sources[0]
            return
        layer = Layer(_KINDS.get(node.op_type, node.op_type), output, sources)
        if len(given) == 1:
            layer.given = given[0]
            layer.transposed = given[0] in self._transposed
        layer.details = self._details(node)
        self._layer_of[output] = len(self.layers)
        self.layers.append(layer)

    def _details(self, node: Any) -> dict[str, Any]:
        if node.op_type == "Conv":
            weights, *bias = [self._arrays[name] for name in node.input[1:]]
            parts = {"kernel": weights, **({"bias": bias[0]} if bias else {})}
            window = _window(node, list(weights.shape[2:]))
            return {
                **window,
                **self._kept(parts),
                "groups": _attribute(node, "group", 1),
            }
        if node.op_type == "Gemm":
            weights, *bias = [self._arrays[name] for name in node.input[1:]]
            if _attribute(node, "transB", 0):
                weights = weights.T
            return self._kept(
                {"kernel": weights, **({"bias": bias[0]} if bias else {})}
            )
        if node.op_type in ("MaxPool", "AveragePool"):
            return _window(node, list(_attribute(node, "kernel_shape", [])))
        if node.op_type == "BatchNormalization":
            gamma, beta, mean, variance = (
                self._arrays[name] for name in node.input[1:5]
            )
            scale = gamma / np.sqrt(variance + _attribute(node, "epsilon", 1e-5))
            return self._kept({"scale": scale, "shift": beta - mean * scale})
        return {}

    def _kept(self, parts: dict[str, npt.NDArray[Any]]) -> dict[str, Any]:
        """Where in weights.bin these arrays lie, counted in numbers, and their shapes."""
        places: dict[str, Any] = {}
        for name, array in parts.items():
            places[name] = {"at": self._offset, "shape": list(array.shape)}
            self.weights.append(np.ascontiguousarray(array, np.float32))
            self._offset += array.size
        return places

    def described(self, layer: Layer, shapes: dict[str, list[int]]) -> dict[str, Any]:
        kinds = frozenset(node.op_type for node in layer.after)
        found = {
            "kind": layer.kind,
            "tensor": layer.tensor,
            "shape": shapes[layer.tensor],
            "sources": layer.sources,
            "transposed": layer.transposed,
            "activation": _ACTIVATIONS.get(kinds, "other"),
            **layer.details,
        }
        if kinds == {"LeakyRelu"}:
            found["slope"] = _attribute(layer.after[0], "alpha", 0.01)
        if "top" in layer.details or layer.details.get("same"):
            self._place(found, shapes)
        return found

    def _place(self, found: dict[str, Any], shapes: dict[str, list[int]]) -> None:
        """How far the first window reaches over the edge, where padding keeps the sides."""
        if not found.pop("same"):
            return
        before = shapes[self.layers[found["sources"][0]].tensor][1:]
        for side, name in enumerate(("top", "left")):
            reach = (found["size"][side] - 1) * found["dilation"][side] + 1
            steps = -(-before[side] // found["stride"][side])
            whole = max(0, (steps - 1) * found["stride"][side] + reach - before[side])
            found[name] = whole // 2


def _window(node: Any, size: list[int]) -> dict[str, Any]:
    padding = list(_attribute(node, "pads", [0] * 4))
    return {
        "size": size,
        "stride": list(_attribute(node, "strides", [1, 1])),
        "dilation": list(_attribute(node, "dilations", [1, 1])),
        "top": padding[0],
        "left": padding[1],
        "same": _attribute(node, "auto_pad", b"NOTSET") == b"SAME_UPPER",
    }


def _attribute(node: Any, name: str, otherwise: Any) -> Any:
    import onnx

    for item in node.attribute:
        if item.name == name:
            return onnx.helper.get_attribute_value(item)
    return otherwise


def _add_outputs(proto: Any, tensors: list[str]) -> None:
    import onnx

    known = {output.name for output in proto.graph.output}
    for name in dict.fromkeys(tensors):
        if name not in known:
            entry = onnx.helper.make_tensor_value_info(
                name, onnx.TensorProto.FLOAT, None
            )
            proto.graph.output.append(entry)


def _shapes(proto: Any, tensors: list[str]) -> dict[str, list[int]]:
    """The shape of each tensor for one picture, found by running the network once."""
    import onnxruntime

    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=[PROVIDER]
    )
    entry = session.get_inputs()[0]
    sides = [size if isinstance(size, int) else 1 for size in entry.shape[1:]]
    outputs = session.run(tensors, {entry.name: np.zeros((1, *sides), np.float32)})
    return {
        name: list(output.shape[1:])
        for name, output in zip(tensors, outputs, strict=True)
    }
