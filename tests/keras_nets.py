"""Small untrained networks, and what Keras gives in each of their layers."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.training.backend import load_keras_module
from inkdigits.training.onnx_export import save_onnx

Floats = npt.NDArray[np.float32]


def classic() -> Any:
    """The classic network, narrower."""
    keras = load_keras_module()
    layers = keras.layers
    return _built(
        layers.Conv2D(6, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(8, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(12, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(10, activation="softmax"),
    )


def varied() -> Any:
    """Padding, strides, normalization, a mean for a maximum, and other activations."""
    keras = load_keras_module()
    layers = keras.layers
    return _built(
        layers.Conv2D(4, 5, strides=2, padding="same", activation="gelu"),
        layers.BatchNormalization(),
        layers.DepthwiseConv2D(
            3, depth_multiplier=2, padding="same", activation="silu"
        ),
        layers.AveragePooling2D(3, 2, padding="same"),
        layers.Conv2D(6, 3, dilation_rate=2, use_bias=False, activation="leaky_relu"),
        layers.Conv2D(6, 1, groups=2, activation="elu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(10, activation="softmax"),
    )


def _built(*stack: Any) -> Any:
    keras = load_keras_module()
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((28, 28, 1)), *stack])
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights(
                [rng.uniform(0.5, 1.5, part.shape) for part in layer.get_weights()]
            )
        elif layer.weights:
            kernel, *bias = layer.get_weights()
            layer.set_weights(
                [2 * kernel, *(rng.normal(0, 0.1, part.shape) for part in bias)]
            )
    return model


def saved(model: Any, path: Path) -> Path:
    save_onnx(model, path, {})
    return path


def layer_outputs(model: Any, pictures: Floats) -> list[Floats]:
    """What every layer gives for pictures (N, 28, 28, 1), laid out as the lab does: maps first."""
    keras = load_keras_module()
    outputs = keras.Model(
        model.inputs, [layer.output for layer in model.layers]
    ).predict(pictures, verbose=0)
    return [part.transpose(0, 3, 1, 2) if part.ndim == 4 else part for part in outputs]
