"""Keras callbacks for training that calls Keras's own `fit` once per epoch.

They are called as if the whole run were one `fit`.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from inkdigits.data import Dataset
from inkdigits.training.backend import load_keras_module

# Makes a run's callbacks, given its validation digits.
MakeCallbacks: TypeAlias = Callable[[Dataset | None], list[Any]]


class Called:
    """Keras callbacks and the model that they observe."""

    def __init__(self, callbacks: list[Any], model: Any) -> None:
        keras = load_keras_module()
        self._model = model
        self._list = keras.callbacks.CallbackList(callbacks, model=model)
        base = keras.callbacks.Callback
        names = (
            "on_train_batch_begin",
            "on_train_batch_end",
            "on_batch_begin",
            "on_batch_end",
        )
        self.looks_at_batches = any(
            getattr(type(callback), name, None) is not getattr(base, name)
            for callback in callbacks
            for name in names
        )

    @property
    def wants_to_stop(self) -> bool:
        """Whether a callback has asked to stop."""
        return bool(getattr(self._model, "stop_training", False))

    def train_begins(self) -> None:
        self._list.on_train_begin()

    def epoch_begins(self, epoch: int) -> None:
        """Epochs count from 1 here, from 0 in Keras."""
        self._list.on_epoch_begin(epoch - 1)

    def batch_begins(self, batch: int) -> None:
        """Tell all callbacks."""
        self._list.on_train_batch_begin(batch)

    def batch_ends(self, batch: int, logs: dict[str, float]) -> None:
        """Tell all callbacks."""
        self._list.on_train_batch_end(batch, logs)

    def epoch_ends(self, epoch: int, row: dict[str, float]) -> None:
        """Tell all callbacks; Keras counts epochs from 0."""
        # A copy: callbacks may write into what they are given.
        logs = dict(row)
        self._list.on_epoch_end(epoch - 1, logs)

    def train_ends(self) -> None:
        self._list.on_train_end()
