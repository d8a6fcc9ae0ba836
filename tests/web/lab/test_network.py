"""What the lab finds in a network, held against Keras."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

import keras_nets
from inkdigits.errors import ModelError
from inkdigits.reading.classifier import BUNDLED
from inkdigits.web.lab.network import look_inside

pytestmark = pytest.mark.slow
BUILD = {"classic": keras_nets.classic, "varied": keras_nets.varied}
KINDS = {
    "classic": [
        "picture", "convolution", "max pooling", "convolution", "max pooling", "dense", "dense", "softmax",
    ],
    "varied": [
        "picture", "convolution", "normalization", "convolution", "average pooling", "convolution",
        "convolution", "global average pooling", "dense", "softmax",
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", BUILD)
def test_every_layer_gives_what_it_gives_in_keras(name: str, tmp_path: Path) -> None:
    model = BUILD[name]()
    inside = look_inside(keras_nets.saved(model, tmp_path / "net.onnx"))
    found = inside.description["layers"]
    assert [layer["kind"] for layer in found] == KINDS[name]
    pictures = np.random.default_rng(1).random((7, 28, 28, 1), np.float32)
    session = onnxruntime.InferenceSession(
        inside.onnx, providers=["CPUExecutionProvider"]
    )
    tensors = [layer["tensor"] for layer in found[1:]]
    given = session.run(tensors, {"image": pictures})
    keras_gives = keras_nets.layer_outputs(model, pictures)
    for layer, output in zip(found[1:], given, strict=True):
        assert list(output.shape[1:]) == layer["shape"]
        if layer["kind"] == "dense" and layer["activation"] == "linear":
            continue  # scores before the softmax, which Keras has as one layer
        same = [part for part in keras_gives if part.shape == output.shape]
        assert min(np.abs(part - output).max() for part in same) < 1e-4, layer


def test_a_quantized_network_and_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is quantized"):
        look_inside(BUNDLED)
    (tmp_path / "net.onnx").write_bytes(b"no network")
    with pytest.raises(ModelError, match=r"net\.onnx is not an ONNX"):
        look_inside(tmp_path / "net.onnx")
    with pytest.raises(ModelError, match=r"contains no model\.onnx"):
        look_inside(tmp_path)
