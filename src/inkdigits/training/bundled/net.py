"""The bundled network: three pairs of 3×3 convolutions, each followed by half the size.

Normalization comes only after the halving, where it costs little.
"""

from typing import Any

from inkdigits.training.backend import load_keras_module
from inkdigits.training.bundled.sources import REFUSED

# Channels of the first two convolutions; the others have two and four times as many
WIDTH = 40
_GIVEN_UP = 4.0  # the most that one non-digit adds to the loss


def build(width: int = WIDTH) -> Any:
    """Glyphs → ten digits and "not a digit", in one pass."""
    keras = load_keras_module()
    layers = keras.layers
    stack = [
        keras.Input((28, 28, 1), name="image"),
        conv(layers, width),
        conv(layers, width, strides=2),
        layers.BatchNormalization(),
        conv(layers, 2 * width),
        conv(layers, 2 * width),
        layers.MaxPooling2D(),
        layers.BatchNormalization(),
        conv(layers, 4 * width),
        conv(layers, 4 * width),
        layers.MaxPooling2D(),
        layers.BatchNormalization(),
        layers.Flatten(),
        layers.Dropout(0.3, seed=1),
        layers.Dense(REFUSED + 1, activation="softmax", name="probabilities"),
    ]
    return keras.Sequential(stack, name="bundled")


def build_residual(width: int = WIDTH) -> Any:
    """The other architecture tried: depthwise convolutions with skip connections.

    Its first layers are the same.
    """
    keras = load_keras_module()
    layers = keras.layers
    image = keras.Input((28, 28, 1), name="image")
    flow = layers.BatchNormalization()(
        conv(layers, width, strides=2)(conv(layers, width)(image))
    )
    for filters in (2 * width, 4 * width):
        flow = layers.BatchNormalization()(
            layers.Conv2D(filters, 1, activation="relu")(flow)
        )
        for _ in range(2):
            inner = layers.DepthwiseConv2D(5, padding="same")(flow)
            inner = layers.Conv2D(2 * filters, 1, activation="relu")(inner)
            # The skip connection lets gradients reach the first layers.
            flow = layers.Add()([flow, layers.Conv2D(filters, 1)(inner)])
        flow = layers.MaxPooling2D()(flow)
    flow = layers.Dropout(0.3, seed=1)(
        layers.Flatten()(layers.BatchNormalization()(flow))
    )
    return keras.Model(
        image,
        layers.Dense(REFUSED + 1, activation="softmax", name="probabilities")(flow),
        name="residual",
    )


def conv(layers: Any, filters: int, strides: int = 1) -> Any:
    """A 3×3 convolution with its activation."""
    return layers.Conv2D(
        filters,
        3,
        strides=strides,
        padding="same",
        activation="relu",
        kernel_initializer="he_normal",
    )


def compile_for(model: Any, steps: int, peak: float = 0.003) -> None:
    """Compile the network for this many training steps."""
    optimizer = averaged_adamw(steps, peak)
    model.compile(optimizer, forgiving_loss, metrics=["accuracy"])


def forgiving_loss(labels: Any, probabilities: Any) -> Any:
    """Cross-entropy that gives up on signs that look exactly like a digit.

    A bar in some script looks like a 1 to anyone. The loss of a non-digit is limited to
    `_GIVEN_UP`, so that such signs no longer affect the training.
    """
    ops = load_keras_module().ops
    wanted = ops.cast(ops.reshape(labels, (-1,)), "int32")
    losses = ops.sparse_categorical_crossentropy(wanted, probabilities)
    return ops.where(wanted == REFUSED, ops.minimum(losses, _GIVEN_UP), losses)


def averaged_adamw(steps: int, peak: float, **options: Any) -> Any:
    """AdamW with a short warm-up, then a cosine decay to 0.

    The exponential moving average of the weights is saved.
    """
    keras = load_keras_module()
    schedule = keras.optimizers.schedules.CosineDecay(
        peak / 20,
        decay_steps=max(1, steps - steps // 20),
        warmup_target=peak,
        warmup_steps=max(1, steps // 20),
    )
    return keras.optimizers.AdamW(
        schedule, weight_decay=0.01, use_ema=True, ema_momentum=0.998, **options
    )
