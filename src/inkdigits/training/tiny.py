"""The recipe `tiny`: all that fewer than 10,000 parameters can do: pairs of narrow convolutions, and one look at the whole.

Test accuracy over seeds, with the seconds, the machine and the versions: benchmarks/README.md, made by

    inkdigits benchmark tiny
"""

from typing import Any

from inkdigits.training.backend import load_keras_module
from inkdigits.training.settings import Settings
from inkdigits.training.towers import normalized

SETTINGS = Settings(
    recipe="tiny", filters=(8, 16, 16), dense=0, optimizer="adam", learning_rate=0.008, schedule="cosine", batch_size=128,
    epochs=60, augment="light", average=0.998, focus=0.98, steps_per_execution=40,
)  # fmt: skip


def build(settings: Settings) -> Any:
    """Two convolutions at each size; what is left of seven by seven is weighed place by place, by one filter a channel."""
    keras = load_keras_module()
    layers = keras.layers
    stack = [keras.Input((28, 28, 1), name="image")]
    for place, count in enumerate(settings.filters):
        stack += [layers.MaxPooling2D()] if place else []
        stack += [*normalized(layers, count, 3), *normalized(layers, count, 3)]
    stack += [layers.DepthwiseConv2D(7, use_bias=False), layers.Flatten()]
    stack.append(layers.Dense(10, activation="softmax", dtype="float32", name="probabilities"))
    return keras.Sequential(stack, name=settings.recipe)
