"""Batch normalization by the backend's fused kernel during training.

Exported models have Keras's own layer instead.
"""

from typing import Any

from inkdigits.training.backend import load_keras_module

Size = int | tuple[int, int]


def fused(model: Any) -> Any:
    """The same network with fused batch normalization, if the backend has it.

    It has the same weights in the same order and the same results, except for rounding.
    Keras's layer makes five passes over its pictures and keeps each for the backward
    pass: three quarters of an epoch on a CPU.
    """
    keras = load_keras_module()
    plain = keras.layers.BatchNormalization
    layers = {"tensorflow": _fused_by_tensorflow, "torch": _fused_by_torch}
    make = layers.get(keras.backend.backend())
    if make is None or not any(type(layer) is plain for layer in model.layers):
        return model
    quick = make(plain)

    def clone(layer: Any) -> Any:
        """A copy of the layer; batch normalization becomes the fused kind."""
        kind = type(layer)
        new_kind = quick if kind is plain else kind
        config = layer.get_config()
        return new_kind.from_config(config)

    copy = keras.models.clone_model(model, clone_function=clone)
    copy.set_weights(model.get_weights())
    return copy


def _fused_by_tensorflow(plain: Any) -> Any:
    import tensorflow

    class FusedBatchNormalization(plain):  # type: ignore[misc]
        def call(
            self, inputs: Any, training: bool | None = None, mask: Any = None
        ) -> Any:
            if not training or len(inputs.shape) != 4:
                return super().call(inputs, training=training, mask=mask)
            ones, zeros = (
                tensorflow.fill([inputs.shape[-1]], value) for value in (1.0, 0.0)
            )
            made, mean, variance = tensorflow.compat.v1.nn.fused_batch_norm(
                inputs,
                self.gamma if self.scale else ones,
                self.beta if self.center else zeros,
                epsilon=self.epsilon,
            )
            for moving, now in (
                (self.moving_mean, mean),
                (self.moving_variance, variance),
            ):
                moving.assign(
                    moving * self.momentum
                    + tensorflow.cast(now, moving.dtype) * (1 - self.momentum)
                )
            return made

    return FusedBatchNormalization


def _fused_by_torch(plain: Any) -> Any:
    import torch

    class FusedBatchNormalization(plain):  # type: ignore[misc]
        def call(
            self, inputs: Any, training: bool | None = None, mask: Any = None
        ) -> Any:
            if (
                not training
                or len(inputs.shape) != 4
                or not (self.scale and self.center)
            ):
                return super().call(inputs, training=training, mask=mask)
            made = torch.nn.functional.batch_norm(
                inputs.permute(0, 3, 1, 2),
                self.moving_mean.value,
                self.moving_variance.value,
                self.gamma.value,
                self.beta.value,
                training=True,
                momentum=1 - self.momentum,
                eps=self.epsilon,
            )
            return made.permute(0, 2, 3, 1)

    return FusedBatchNormalization


def convolved(
    flow: Any,
    width: int,
    size: Size = 3,
    strides: Size = 1,
    *,
    momentum: float,
    padding: str = "same",
    dilation: Size = 1,
    activated: bool = True,
    scale: str = "ones",
    name: str | None = None,
) -> Any:
    """A convolution with batch normalization, and with a ReLU if `activated`.

    `scale` initializes the factor of the normalized values.
    """
    layers = load_keras_module().layers
    convolution = layers.Conv2D(
        width,
        size,
        strides=strides,
        padding=padding,
        dilation_rate=dilation,
        use_bias=False,
        kernel_initializer="he_normal",
        name=name,
    )
    normalize = layers.BatchNormalization(
        momentum=momentum,
        gamma_initializer=scale,
        name=f"{name}_norm" if name else None,
    )
    flow = normalize(convolution(flow))
    return layers.ReLU()(flow) if activated else flow
