"""The row network: for every second column of a strip the scores of each mark and of none.

strip → convolutions at the whole size, a half, and a quarter and an eighth of the height → one row
of columns
→ what stands to the left and right → scores
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

from inkdigits.reading.marks.alphabet import CLASSES
from inkdigits.reading.numbers.strips import HEIGHT_PX
from inkdigits.training.backend import load_keras_module
from inkdigits.training.normalize import convolved


@dataclass(frozen=True, slots=True)
class Shape:
    """Widths at each height of the flow, and of the columns."""

    widths: tuple[int, int, int, int] = (16, 32, 64, 96)
    columns: int = 128
    reach: int = 5  # columns that one step of the last layers sees
    dropout: float = 0.15


SHAPE = Shape()
# How slowly the means that a finished network normalizes by follow those of the batches.
_conv = partial(convolved, momentum=0.98)


def build(shape: Shape = SHAPE) -> Any:
    """The network as a Keras model; its answer is scores, before the softmax."""
    keras = load_keras_module()
    layers = keras.layers
    whole, half, quarter, eighth = shape.widths
    strip = keras.Input((HEIGHT_PX, None, 1), name="strip")
    flow = _conv(strip, whole)
    flow = _conv(_conv(flow, half, strides=2), half)
    flow = _conv(_conv(flow, quarter, strides=(2, 1)), quarter)
    flow = _conv(_conv(flow, eighth, strides=(2, 1)), eighth)
    flow = _conv(flow, shape.columns, (HEIGHT_PX // 8, 1), padding="valid")
    flow = layers.SpatialDropout2D(shape.dropout)(flow)
    for _ in range(2):
        flow = layers.Add()([flow, _conv(flow, shape.columns, (1, shape.reach))])
    scores = layers.Conv2D(len(CLASSES), 1, dtype="float32", name="scores")(flow)
    return keras.Model(strip, scores, name="rows")
