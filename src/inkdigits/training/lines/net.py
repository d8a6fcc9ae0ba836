"""The line net: convolutions that halve the height until one row is left, then some that look along it. No recurrence."""

from typing import Any

from inkdigits.training.backend import load_keras_module
from inkdigits.training.bundled.net import averaged_adamw, conv

WIDTH = 22
CLASSES, NOTHING = 11, 10  # ten digits, and nothing here


def build(width: int = WIDTH) -> tuple[Any, Any]:
    """Two models with the same weights: strips → scores in a row for CTC, and strips → probabilities for the file."""
    keras = load_keras_module()
    layers = keras.layers
    image = keras.Input((32, None, 1), name="image")
    flow = conv(layers, width)(image)
    flow = layers.BatchNormalization()(conv(layers, width, strides=2)(flow))
    flow = conv(layers, 2 * width)(conv(layers, 2 * width)(flow))
    flow = layers.BatchNormalization()(layers.MaxPooling2D((2, 1))(flow))
    flow = conv(layers, 4 * width)(conv(layers, 4 * width)(flow))
    flow = layers.BatchNormalization()(layers.MaxPooling2D((2, 1))(flow))
    flow = layers.Conv2D(5 * width, (4, 3), padding="same", activation="relu")(flow)
    flow = layers.BatchNormalization()(layers.MaxPooling2D((4, 1))(flow))
    for _ in range(2):
        inner = layers.Conv2D(5 * width, (1, 5), padding="same", activation="relu")(flow)
        flow = layers.Add()([flow, layers.Conv2D(5 * width, (1, 3), padding="same")(inner)])
    flow = layers.Dropout(0.2, seed=1)(layers.BatchNormalization()(flow))
    scores = layers.Conv2D(CLASSES, 1)(flow)
    row = layers.Reshape((-1, CLASSES))(scores)
    return keras.Model(image, row, name="lines"), keras.Model(image, layers.Softmax(name="probabilities")(scores), name="lines")


def compile_for(model: Any, steps: int, peak: float = 0.002) -> None:
    model.compile(averaged_adamw(steps, peak, clipnorm=5.0), _ctc)


def _ctc(digits: Any, scores: Any) -> Any:
    """CTC for digits padded by `NOTHING`; a line without any is to be nothing in each column, which the kernels do not take."""
    ops = load_keras_module().ops
    digits = ops.cast(digits, "int32")
    empty = digits[:, 0] == NOTHING
    some = ops.concatenate([ops.where(empty, 0, digits[:, 0])[:, None], digits[:, 1:]], axis=1)
    nothing = -ops.sum(ops.log_softmax(scores)[:, :, NOTHING], axis=1)
    return ops.where(empty, nothing, _ctc_of_some(some, scores))


def _ctc_of_some(digits: Any, scores: Any) -> Any:
    """TensorFlow's own kernel takes a third of the time of the general one."""
    keras = load_keras_module()
    ops = keras.ops
    lengths = ops.sum(ops.cast(digits != NOTHING, "int32"), axis=1)
    columns = ops.zeros_like(lengths) + ops.shape(scores)[1]
    if keras.backend.backend() != "tensorflow":
        return ops.nn.ctc_loss(digits, scores, lengths, columns, mask_index=NOTHING)
    import tensorflow as tf

    places = tf.where(digits != NOTHING)
    sparse = tf.SparseTensor(places, tf.gather_nd(digits, places), tf.shape(digits, tf.int64))
    return tf.nn.ctc_loss(sparse, tf.transpose(scores, [1, 0, 2]), None, columns, blank_index=NOTHING)
