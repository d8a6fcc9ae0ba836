"""The classic CNN: conv 3×3×32, pool, conv 3×3×64, pool, flatten, dense 128, softmax.

Ten outputs, ReLU, Adam, cross-entropy.

Measured: 99.090% ± 0.096% of MNIST's test set, 5 seeds; 10 epochs, 225,034 parameters, 2.3 min of
training, 2.4 min from import to saved model; AMD EPYC, 2 cores, Python 3.11.7; keras 3.15.1 on
tensorflow-cpu 2.21.0; by

    inkdigits benchmark classic
"""

from typing import Any

from inkdigits.training.backend import load_keras_module
from inkdigits.training.recipe import Recipe
from inkdigits.training.settings import Settings


def build(settings: Settings) -> Any:
    """The network, with a convolution and a pooling layer for each entry of `filters`.

    With `dense` 0 it has no hidden layer.
    """
    keras = load_keras_module()
    layers = keras.layers
    stack = [keras.Input((28, 28, 1), name="image")]
    for count in settings.filters:
        stack += [
            layers.Conv2D(count, 3, activation=settings.activation),
            layers.MaxPooling2D(),
        ]
    stack.append(layers.Flatten())
    if settings.dense:
        stack.append(layers.Dense(settings.dense, activation=settings.activation))
    if settings.dropout:
        stack.append(layers.Dropout(settings.dropout, seed=settings.seed))
    stack.append(
        layers.Dense(10, activation="softmax", dtype="float32", name="probabilities")
    )
    return keras.Sequential(stack, name=settings.recipe)


RECIPE = Recipe(
    "classic",
    "conv 32, pool, conv 64, pool, dense 128: the net every course begins with",
    Settings(),
    build,
)
