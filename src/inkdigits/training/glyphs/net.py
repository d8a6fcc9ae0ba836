"""The glyph network: 32×32 grey in, the share of each class out."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from inkdigits.reading.marks.alphabet import CLASSES
from inkdigits.reading.marks.closeup import SIZE_PX
from inkdigits.training.backend import load_keras_module
from inkdigits.training.normalize import convolved


@dataclass(frozen=True, slots=True)
class Shape:
    """Widths at full size and after each halving, and of the layer before the last."""

    widths: tuple[int, int, int, int] = (16, 32, 64, 128)
    dense: int = 128
    dropout: float = 0.2


SHAPE = Shape()
# The momentum of batch normalization's moving averages.
_conv = partial(convolved, momentum=0.99)


def build(shape: Shape = SHAPE) -> Any:
    """The network as a Keras model; its output is scores, before the softmax."""
    keras = load_keras_module()
    layers = keras.layers
    whole, half, quarter, eighth = shape.widths
    closeup = keras.Input((SIZE_PX, SIZE_PX, 1), name="closeup")
    flow = _conv(closeup, whole)
    flow = _conv(_conv(_conv(flow, half, strides=2), half), half)
    flow = _conv(_conv(_conv(flow, quarter, strides=2), quarter), quarter)
    flow = _conv(_conv(flow, eighth, strides=2), eighth)
    flow = layers.Dropout(shape.dropout)(layers.Flatten()(flow))
    flow = layers.Dense(shape.dense, activation="relu")(flow)
    scores = layers.Dense(len(CLASSES), dtype="float32", name="scores")(flow)
    return keras.Model(closeup, scores, name="glyphs")
