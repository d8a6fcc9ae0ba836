"""The networks of `best`, `ensemble` and `distilled`: plain stacks of convolutions.

They come in several shapes.
"""

from dataclasses import dataclass
from typing import Any

from inkdigits.errors import SettingError
from inkdigits.training.backend import load_keras_module


@dataclass(frozen=True, slots=True)
class Shape:
    """The kernel sizes at each of the three sizes of the feature maps.

    At the first two there is no padding: the border of a glyph is background.
    """

    about: str
    kernels: tuple[tuple[int, ...], ...]


_RIMLESS = 2  # sizes at which convolutions have no padding
SHAPES = {
    "fives": Shape("5×5 first, then 3×3", ((5,), (3, 3), (3, 3))),
    "sevens": Shape("7×7 first, then 3×3", ((7,), (3, 3), (3, 3))),
    "wide": Shape("5×5 twice, then 3×3", ((5,), (5,), (3, 3))),
    "threes": Shape("3×3 alone", ((3, 3), (3, 3), (3, 3))),
}


def shape(name: str) -> Shape:
    """A shape by its name."""
    if name not in SHAPES:
        raise SettingError(f"there is no shape {name!r}: choose {', '.join(SHAPES)}")
    return SHAPES[name]


def normalized(
    layers: Any, filters: int, kernel: int, padding: str = "same"
) -> list[Any]:
    """A convolution, batch normalization and a ReLU.

    The fused kernel makes normalization cheap.
    """
    return [
        layers.Conv2D(
            filters,
            kernel,
            padding=padding,
            use_bias=False,
            kernel_initializer="he_normal",
        ),
        layers.BatchNormalization(momentum=0.95),
        layers.ReLU(),
    ]


def tower(
    name: str,
    filters: tuple[int, ...],
    dropout: float,
    seed: int,
    last: str = "probabilities",
) -> list[Any]:
    """The layers from the picture to ten probabilities."""
    layers = load_keras_module().layers
    stack: list[Any] = []
    stages = zip(filters, shape(name).kernels, strict=True)
    for place, (count, kernels) in enumerate(stages):
        if place:
            stack.append(layers.MaxPooling2D())
        # A glyph's border is background: at first, no zero padding is needed.
        padding = "valid" if place < _RIMLESS else "same"
        for kernel in kernels:
            stack += normalized(layers, count, kernel, padding)
    stack += [layers.MaxPooling2D(), layers.Flatten()]
    if dropout:
        stack.append(layers.Dropout(dropout, seed=seed))
    # In full precision: a softmax in half precision loses small probabilities.
    head = layers.Dense(10, activation="softmax", dtype="float32", name=last)
    return [*stack, head]


def single(
    name: str, filters: tuple[int, ...], dropout: float, seed: int, title: str
) -> Any:
    """One tower as a network."""
    keras = load_keras_module()
    return keras.Sequential(
        [keras.Input((28, 28, 1), name="image"), *tower(name, filters, dropout, seed)],
        name=title,
    )
