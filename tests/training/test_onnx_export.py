# ruff: noqa: E501
"""Keras and ONNX agree, layer by layer."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from inkdigits import errors
from inkdigits.training.backend import load_keras_module
from inkdigits.training.onnx_export import save_onnx

keras = load_keras_module()
L = keras.layers


def tail(*layers: Any) -> list[Any]:
    return [keras.Input((28, 28, 1)), *layers, L.Dense(10, activation="softmax")]


def residual() -> Any:
    image = keras.Input((28, 28, 1))
    x = L.Conv2D(6, 3, padding="same", activation="relu")(image)
    y = L.Conv2D(6, 3, padding="same")(x)
    joined = L.ReLU()(L.Add()([x, y]))
    both = L.Concatenate()([joined, x])
    return keras.Model(
        image, L.Dense(10, activation="softmax")(L.GlobalAveragePooling2D()(both))
    )


NETS: dict[str, Callable[[], Any]] = {
    "classic": lambda: keras.Sequential(tail(L.Conv2D(4, 3, activation="relu"), L.MaxPooling2D(), L.Flatten(), L.Dense(8, activation="tanh"))),
    "same padding and strides": lambda: keras.Sequential(tail(L.Conv2D(4, 5, strides=2, padding="same", use_bias=False), L.BatchNormalization(), L.Activation("gelu"), L.AveragePooling2D(3, 2, padding="same"), L.Flatten())),
    "depthwise": lambda: keras.Sequential(tail(L.Rescaling(2.0, -1.0), L.DepthwiseConv2D(3, depth_multiplier=4, padding="same"), L.LeakyReLU(0.1), L.Conv2D(8, 1, activation="silu"), L.GlobalMaxPooling2D())),
    "grouped and dilated": lambda: keras.Sequential(tail(L.Conv2D(8, 3, dilation_rate=2), L.Conv2D(8, 3, groups=2, activation="selu"), L.Dropout(0.5), L.GlobalAveragePooling2D())),
    "dilated, the same size": lambda: keras.Sequential(tail(L.Conv2D(8, (3, 2), padding="same", dilation_rate=(2, 3)), L.Conv2D(8, (1, 5), padding="same", dilation_rate=(1, 4)), L.GlobalMaxPooling2D())),
    "padded": lambda: keras.Sequential(tail(L.ZeroPadding2D(((2, 0), (1, 3))), L.Conv2D(4, 3), L.Flatten())),
    "cropped": lambda: keras.Sequential(tail(L.Cropping2D(((2, 0), (1, 3))), L.Conv2D(4, 3), L.BatchNormalization(center=False, scale=False), L.Flatten())),
    "residual": residual,
    "sigmoid and elu": lambda: keras.Sequential(tail(L.Flatten(), L.Dense(12, activation="sigmoid"), L.Dense(12, activation="elu"), L.Dense(9, activation="leaky_relu"), L.Softmax())),
}  # fmt: skip


@pytest.mark.parametrize("name", NETS)
def test_keras_and_onnx_agree_on_a_thousand_pictures(name: str, tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    model = NETS[name]()
    for layer in model.layers:
        if isinstance(layer, L.BatchNormalization):
            layer.set_weights(
                [
                    np.random.default_rng(0).uniform(0.5, 1.5, w.shape)
                    for w in layer.get_weights()
                ]
            )
    images = np.random.default_rng(1).random((1000, 28, 28, 1), np.float32)
    path = tmp_path / "net.onnx"
    save_onnx(model, path, {"temperature": 1.5})
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert (
        np.abs(
            session.run(None, {"image": images})[0] - model.predict(images, verbose=0)
        ).max()
        < 1e-4
    )
    assert session.run(None, {"image": images[:1]})[0].shape == (1, 10)
    assert json.loads(session.get_modelmeta().custom_metadata_map["inkdigits"]) == {
        "temperature": 1.5
    }


def test_a_layer_that_cannot_go_is_named(tmp_path: Path) -> None:
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            L.Conv2DTranspose(2, 3, name="upward"),
            L.Flatten(),
            L.Dense(10),
        ]
    )
    with pytest.raises(errors.ModelError, match="the layer upward"):
        save_onnx(model, tmp_path / "net.onnx", {})
    assert not list(tmp_path.iterdir())
