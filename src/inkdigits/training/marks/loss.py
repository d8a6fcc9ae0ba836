"""The loss: focal loss, cross-entropy, and smooth L1 for the boxes."""

from typing import Any

from inkdigits.reading.marks.alphabet import CLASSES
from inkdigits.reading.marks.found import CENTRE, FIRST_BOX, FIRST_CLASS
from inkdigits.training.backend import load_keras_module
from inkdigits.training.marks import targets as t

_SMOOTHING = 0.02  # labels of the open sets are wrong in about one of fifty
_CLASS_SHARE, _BOX_SHARE = 1.0, 0.5


def marks_loss(wanted: Any, given: Any) -> Any:
    """The loss of a batch; unknown parts have no weight."""
    ops = load_keras_module().ops
    wanted, given = ops.cast(wanted, "float32"), ops.cast(given, "float32")
    centre = given[..., CENTRE]
    found = ops.sigmoid(centre)
    return (
        _centre_loss(ops, wanted, centre, found)
        + _CLASS_SHARE
        * _class_loss(ops, wanted, given[..., FIRST_CLASS:FIRST_BOX], found)
        + _BOX_SHARE * _box_loss(ops, wanted, given[..., FIRST_BOX:])
    )


def _centre_loss(ops: Any, wanted: Any, centre: Any, found: Any) -> Any:
    """CenterNet's focal loss: a detection near a centre costs little, one far from it a lot."""
    heat, weight = wanted[..., t.HEAT], wanted[..., t.HEAT_WEIGHT]
    hit = ops.cast(heat > 0.999, "float32") * weight
    log_found, log_not = -ops.softplus(-centre), -ops.softplus(centre)
    hits = hit * ops.square(1 - found) * log_found
    misses = (1 - hit) * weight * (1 - heat) ** 4 * ops.square(found) * log_not
    return -ops.sum(hits + misses) / ops.maximum(ops.sum(hit), 20.0)


def _class_loss(ops: Any, wanted: Any, scores: Any, found: Any) -> Any:
    label, weight = ops.cast(wanted[..., t.CLASS], "int32"), wanted[..., t.CLASS_WEIGHT]
    logs = ops.log_softmax(scores)
    right = ops.sum(ops.one_hot(label, len(CLASSES)) * logs, axis=-1)
    entropy = -(1 - _SMOOTHING) * right - _SMOOTHING * ops.mean(logs, axis=-1)
    # Among words only what seems a centre matters: it must not be taken for a digit or sign.
    seeming = ops.stop_gradient(found)
    weight = ops.where(weight < 0, seeming, weight)
    return ops.sum(entropy * weight) / ops.maximum(ops.sum(weight), 20.0)


def _box_loss(ops: Any, wanted: Any, box: Any) -> Any:
    weight = wanted[..., t.BOX_WEIGHT]
    miss = ops.abs(box - wanted[..., t.BOX : t.BOX + 4])
    smooth = ops.where(miss < 0.5, ops.square(miss), miss - 0.25)
    return ops.sum(ops.sum(smooth, axis=-1) * weight) / ops.maximum(
        ops.sum(weight), 20.0
    )
