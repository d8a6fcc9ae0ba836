"""The optimizer, its schedule and the loss that settings ask for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from inkdigits.training.backend import load_keras_module
from inkdigits.training.settings import Settings

_CLASSES = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD", "rmsprop": "RMSprop"}
_RISE = {
    "cosine": 0.05,
    "one-cycle": 0.25,
}  # warm-up steps, as a share of all steps


def compile_model(
    model: Any, settings: Settings, samples: int, *, shares: bool = False
) -> None:
    """Compile the model for `samples` samples per epoch, with labels or probabilities.

    The learning rate schedule ends with the last epoch.
    """
    keras = load_keras_module()
    rate: Any = settings.learning_rate
    if settings.schedule != "constant":
        rate = _schedule(settings, -(-samples // settings.batch_size) * settings.epochs)
    plain = "categorical_crossentropy" if shares else "sparse_categorical_crossentropy"
    loss = (
        _smoothed(settings.label_smoothing)
        if settings.label_smoothing and not shares
        else plain
    )
    several = keras.backend.backend() != "torch"  # which takes single steps only
    model.compile(
        optimizer=_optimizer(settings, rate),
        loss=loss,
        metrics=["accuracy"],
        steps_per_execution=settings.steps_per_execution if several else 1,
    )


def compile_plain(model: Any, settings: Settings) -> None:
    """Compile with Keras's own parts only.

    Plain Keras can then open the file and continue to train.
    """
    plain = _optimizer(replace(settings, average=0.0), settings.learning_rate)
    model.compile(plain, "sparse_categorical_crossentropy", metrics=["accuracy"])


@contextmanager
def averaged(model: Any) -> Iterator[None]:
    """Use the moving average in place of the weights, if one is kept."""
    optimizer = model.optimizer
    if not optimizer.use_ema or not optimizer.built:
        yield
        return
    weights = [np.asarray(variable).copy() for variable in model.trainable_variables]
    optimizer.put_average(model.trainable_variables)
    try:
        yield
    finally:
        for variable, value in zip(model.trainable_variables, weights, strict=True):
            variable.assign(value)


def _optimizer(settings: Settings, rate: Any) -> Any:
    keras = load_keras_module()
    kind = getattr(keras.optimizers, _CLASSES[settings.optimizer])
    options: dict[str, Any] = {"momentum": 0.9} if settings.optimizer == "sgd" else {}
    if settings.optimizer.startswith("adam"):
        options = {"beta_1": settings.beta_1, "beta_2": settings.beta_2}
    if settings.weight_decay is not None:
        options["weight_decay"] = settings.weight_decay
    if not settings.average:
        return kind(rate, **options)
    return _averaging(kind)(
        rate, use_ema=True, ema_momentum=settings.average, **options
    )


def _averaging(kind: Any) -> Any:
    """An optimizer class that swaps in its averaged weights only when asked to.

    Keras's own does so whenever `fit` ends, which here is after every epoch. Keras's
    average also remembers the untrained weights for a thousand steps; this one looks
    back over a tenth of the run at most.
    """
    ops = load_keras_module().ops

    def average(self: Any, variables: list[Any]) -> None:
        step = ops.cast(self.iterations, "float32")
        momentum = ops.minimum(self.ema_momentum, step / (step + 10.0))
        for variable, mean in zip(
            variables, self._model_variables_moving_average, strict=True
        ):
            mean.assign(momentum * mean + (1 - momentum) * variable)

    def put_average(self: Any, variables: list[Any]) -> None:
        """Replace the weights by their average, as Keras does."""
        super(made, self).finalize_variable_values(variables)

    made: Any = type(
        f"Averaging{kind.__name__}",
        (kind,),
        {
            "finalize_variable_values": lambda self, variables: None,
            "put_average": put_average,
            "_update_model_variables_moving_average": average,
        },
    )
    return made


def _schedule(settings: Settings, steps: int) -> Any:
    """A linear warm-up from 0, then a decay to 0.

    The decay follows a cosine; for one-cycle it is linear.
    """
    keras = load_keras_module()
    ops = keras.ops
    rise = max(1.0, _RISE[settings.schedule] * steps)

    schedule: Any = keras.optimizers.schedules.LearningRateSchedule

    class RiseAndFall(schedule):  # type: ignore[misc]
        def __call__(self, step: Any) -> Any:
            """The learning rate at a step: a linear warm-up, then a decay."""
            done = ops.cast(step, "float32") + 1
            all_steps = steps + 1
            left = ops.clip((all_steps - done) / (all_steps - rise), 0.0, 1.0)
            if settings.schedule == "cosine":
                left = 0.5 - 0.5 * ops.cos(np.pi * left)
            # During the warm-up, the first is the smaller one.
            share = ops.minimum(done / rise, left)
            return settings.learning_rate * share

    return RiseAndFall()


def _smoothed(smoothing: float) -> Any:
    keras = load_keras_module()

    def loss(labels: Any, probabilities: Any) -> Any:
        """Cross-entropy with label smoothing."""
        wanted = keras.ops.one_hot(
            keras.ops.cast(keras.ops.reshape(labels, (-1,)), "int32"),
            probabilities.shape[-1],
        )
        return keras.losses.categorical_crossentropy(
            wanted, probabilities, label_smoothing=smoothing
        )

    return loss
