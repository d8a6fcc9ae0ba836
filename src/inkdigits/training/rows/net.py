"""The row network: for every second column of a strip the scores of each mark and of none.

strip → convolutions at the whole size, a half, and a quarter and an eighth of the height
→ one row of columns → what stands to the left and right, near and far → scores
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from inkdigits.reading.marks.alphabet import CLASSES
from inkdigits.reading.numbers.strips import CLOSER_PX, HEIGHT_PX
from inkdigits.training.backend import load_keras_module
from inkdigits.training.normalize import convolved


@dataclass(frozen=True, slots=True)
class Shape:
    """Widths at each height of the flow, and of the columns."""

    widths: tuple[int, int, int, int] = (16, 32, 64, 96)
    # Two more convolutions at a quarter and at an eighth of the height.
    deeper: bool = True
    columns: int = 128
    # Columns that one step of the last layers sees, and how far apart they are:
    # together three digits to each side. The rest of a number tells its rule from a 1.
    reach: int = 5
    apart: tuple[int, ...] = (1, 1, 2, 4, 8)
    dropout: float = 0.15


@dataclass(frozen=True, slots=True)
class CloserShape:
    """The network for rows in doubt: higher, wider and deeper. It is trained on its own.

    What it says of a row is a second opinion, so it learns nothing from the first network.
    """

    # At half of the strip's height twice, at a quarter and at an eighth.
    widths: tuple[int, int, int, int] = (24, 32, 64, 128)
    # How often two more convolutions are added at the last two.
    refined: int = 2
    columns: int = 176
    reach: int = 5
    # Together four digits to each side.
    apart: tuple[int, ...] = (1, 1, 2, 4, 8)
    dropout: float = 0.15


SHAPE = Shape()
CLOSER = CloserShape()
# Pixels of a strip's width for each column.
CLOSER_COLUMN_PX = 4
# What is trained first; the whole network grows from it.
SMALL = Shape(deeper=False, apart=(1, 1))
# How slowly the means that a finished network normalizes by follow those of the batches.
_conv = partial(convolved, momentum=0.98)
# How loud new columns are beside those that were trained. At 0 they would not learn.
_GROWN = 0.1


def build(shape: Shape = SHAPE) -> Any:
    """The network as a Keras model; its answer is scores, before the softmax."""
    keras = load_keras_module()
    whole, half, quarter, eighth = shape.widths
    strip = keras.Input((HEIGHT_PX, None, 1), name="strip")
    flow = _conv(strip, whole, name="whole")
    flow = _conv(flow, half, strides=2, name="to_half")
    flow = _conv(flow, half, name="half")
    flow = _conv(flow, quarter, strides=(2, 1), name="to_quarter")
    flow = _conv(flow, quarter, name="quarter")
    if shape.deeper:
        flow = _refined(flow, quarter, "quarter")
    flow = _conv(flow, eighth, strides=(2, 1), name="to_eighth")
    flow = _conv(flow, eighth, name="eighth")
    if shape.deeper:
        flow = _refined(flow, eighth, "eighth")
    return keras.Model(strip, _columns_of(flow, shape), name="rows")


def build_closer(shape: CloserShape = CLOSER) -> Any:
    """The network for rows in doubt; its answer is scores, before the softmax."""
    keras = load_keras_module()
    first, half, quarter, eighth = shape.widths
    strip = keras.Input((CLOSER_PX, None, 1), name="strip")
    flow = _conv(strip, first, strides=2, name="to_half")
    flow = _conv(flow, half, name="half")
    flow = _conv(flow, quarter, strides=2, name="to_quarter")
    flow = _refined_often(flow, quarter, shape.refined, "quarter")
    flow = _conv(flow, eighth, strides=(2, 1), name="to_eighth")
    flow = _refined_often(flow, eighth, shape.refined, "eighth")
    return keras.Model(strip, _columns_of(flow, shape), name="rows_closer")


def _refined_often(flow: Any, width: int, times: int, name: str) -> Any:
    for index in range(times):
        flow = _refined(flow, width, f"{name}_{index}")
    return flow


def _columns_of(flow: Any, shape: Shape | CloserShape) -> Any:
    """The scores of each column, from all of its height and what is beside it."""
    layers = load_keras_module().layers
    tall = (flow.shape[1], 1)
    flow = _conv(flow, shape.columns, tall, padding="valid", name="columns")
    flow = layers.SpatialDropout2D(shape.dropout)(flow)
    for index, apart in enumerate(shape.apart):
        beside = _conv(
            flow,
            shape.columns,
            (1, shape.reach),
            dilation=(1, apart),
            name=f"beside_{index}",
        )
        flow = layers.Add()([flow, beside])
    return layers.Conv2D(len(CLASSES), 1, dtype="float32", name="scores")(flow)


def _refined(flow: Any, width: int, name: str) -> Any:
    """Two more convolutions, whose answer is added; at first they add nothing."""
    layers = load_keras_module().layers
    more = _conv(flow, width, name=f"{name}_more_1")
    more = _conv(more, width, name=f"{name}_more_2", activated=False, scale="zeros")
    return layers.ReLU()(layers.Add()([flow, more]))


def grow(model: Any, weights: Sequence[Any]) -> None:
    """Give the model what a smaller network has learned.

    What the smaller one lacks adds little at first: both answer nearly alike.
    """
    taught = build(SMALL)
    taught.set_weights(weights)
    known = {layer.name: layer for layer in taught.layers}
    for layer in model.layers:
        if layer.name in known:
            layer.set_weights(known[layer.name].get_weights())
        elif layer.name.startswith("beside") and layer.name.endswith("_norm"):
            layer.gamma.assign(layer.gamma * _GROWN)
