"""The marks network: at every fourth pixel a mark's centre, its class and its box.

grey (any size that sixteen divides) → convolutions at a half, a quarter, an eighth and a sixteenth
of the size
→ summed back up to a quarter → centre (1), class (23), box (4)
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

from inkdigits.reading.marks.found import FIRST_BOX
from inkdigits.training.backend import load_keras_module
from inkdigits.training.normalize import convolved

CHANNELS = FIRST_BOX + 4
# A centre is rare, one cell of fifty: at the start the network says so, or the first steps are lost
# on it.
_RARE_BIAS = -3.5


@dataclass(frozen=True, slots=True)
class Shape:
    """Widths at a half, a quarter, an eighth and a sixteenth of the size, and of the head."""

    widths: tuple[int, int, int, int] = (16, 32, 64, 112)
    head: int = 48


SHAPE = Shape()
# How slowly the means that a finished network normalizes by follow those of the batches.
_conv = partial(convolved, momentum=0.98)


def build(shape: Shape = SHAPE) -> Any:
    """The network as a Keras model; its input is grey from 0 to 255."""
    keras = load_keras_module()
    layers = keras.layers
    half, quarter, eighth, sixteenth = shape.widths
    grey = keras.Input((None, None, 1), name="grey")
    flow = layers.Rescaling(1 / 64, offset=-2.0)(grey)
    flow = _conv(flow, half, strides=2)
    at_4 = _residual(layers, _conv(flow, quarter, strides=2))
    at_8 = _residual(layers, _residual(layers, _conv(at_4, eighth, strides=2)))
    at_16 = _residual(layers, _residual(layers, _conv(at_8, sixteenth, strides=2)))
    flow = _joined(
        layers, _side(layers, at_8, shape.head), _side(layers, at_16, shape.head)
    )
    flow = _joined(layers, _side(layers, at_4, shape.head), flow)
    flow = _conv(_conv(flow, shape.head), shape.head)
    bias = keras.initializers.Constant([_RARE_BIAS] + [0.0] * (CHANNELS - 1))
    marks = layers.Conv2D(
        CHANNELS, 1, bias_initializer=bias, dtype="float32", name="marks"
    )(flow)
    return keras.Model(grey, marks, name="marks")


def _residual(layers: Any, flow: Any) -> Any:
    width = flow.shape[-1]
    inner = _conv(_conv(flow, width), width, activated=False)
    return layers.ReLU()(layers.Add()([flow, inner]))


def _side(layers: Any, flow: Any, width: int) -> Any:
    return layers.Conv2D(width, 1)(flow)


def _joined(layers: Any, fine: Any, coarse: Any) -> Any:
    return layers.Add()([fine, layers.UpSampling2D(2)(coarse)])
