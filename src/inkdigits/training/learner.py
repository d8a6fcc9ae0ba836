"""Run an epoch's training steps on samples in memory.

It uses Keras's own `fit`, or runs many steps at once in one TensorFlow function.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from inkdigits.training.backend import load_keras_module
from inkdigits.training.called import Called
from inkdigits.training.settings import Settings

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[Any]  # digits, or ten probabilities each
Tell = Callable[
    [int, dict[str, float]], None
]  # the steps done so far, and the figures where they are known


def as_input(images: Images) -> npt.NDArray[np.float32]:
    """Glyphs as all networks here expect them: (N, 28, 28, 1), 0 to 1, ink high."""
    with_channel = images[..., None]
    return with_channel.astype(np.float32) * np.float32(1 / 255)


class Learner:
    """A compiled model and the way its steps are run.

    Both are used for all epochs, because building them takes half a second.
    """

    def __init__(
        self, model: Any, settings: Settings, called: Called | None = None
    ) -> None:
        self.model, self._batch, self._at_once = (
            model,
            settings.batch_size,
            settings.steps_per_execution,
        )
        self._called = called
        is_tensorflow = load_keras_module().backend.backend() == "tensorflow"
        # Only Keras's own `fit` calls callbacks for each batch.
        looks = called is not None and called.looks_at_batches
        self._in_tensorflow = self._at_once > 1 and is_tensorflow and not looks
        self._run: Any = None

    def steps(self, samples: int) -> int:
        """The number of steps for this many samples."""
        return -(-samples // self._batch)

    def epoch(self, images: Images, labels: Labels, tell: Tell) -> dict[str, float]:
        """Train on the samples once, in order; return loss and accuracy over them."""
        if self._in_tensorflow:
            return self._at_once_in_tensorflow(images, labels, tell)
        callback = _callback(tell, self._called)
        logs = self.model.fit(
            as_input(images),
            labels,
            batch_size=self._batch,
            shuffle=False,
            verbose=0,
            callbacks=[callback],
        ).history
        return {name: float(values[-1]) for name, values in logs.items()}

    def _at_once_in_tensorflow(
        self, images: Images, labels: Labels, tell: Tell
    ) -> dict[str, float]:
        import tensorflow

        self._run = self._run or _many_steps(self.model, self._batch, labels[:1])
        steps = self.steps(len(images))
        whole = tensorflow.constant(images), tensorflow.constant(labels)
        self.model.reset_metrics()
        for first in range(0, steps, self._at_once):
            last = min(first + self._at_once, steps)
            self._run(*whole, tensorflow.constant(first), tensorflow.constant(last))
            tell(last, {})
        return {
            name: float(value)
            for name, value in self.model.get_metrics_result().items()
        }


def _many_steps(model: Any, batch: int, label: Labels) -> Any:
    """A function that runs steps `first` to `last` on arrays that are in memory.

    There is no queue, no copy and no Python between steps.
    """
    import tensorflow

    _make_ready(model, label)

    def run(images: Any, labels: Any, first: Any, last: Any) -> None:
        def learn(step: Any) -> list[Any]:
            rows = slice(step * batch, (step + 1) * batch)
            pictures = tensorflow.cast(images[rows], "float32")[..., None] * np.float32(
                1 / 255
            )
            model.train_step((pictures, labels[rows]))
            return [step + 1]

        tensorflow.while_loop(
            lambda step: step < last, learn, [first], parallel_iterations=1
        )

    return tensorflow.function(run, autograph=False)


def _make_ready(model: Any, label: Labels) -> None:
    """Create the variables that Keras would create on its first step.

    Otherwise TensorFlow traces the whole step twice.
    """
    picture = np.zeros((1, 28, 28, 1), np.float32)
    # Any probabilities will do: only the shapes matter.
    shares = np.full((1, 10), 0.1, np.float32)
    model.optimizer.build(model.trainable_variables)
    model.compute_loss(picture, label, shares)
    model.compute_metrics(picture, label, shares)


def _callback(tell: Tell, called: Called | None) -> Any:
    keras = load_keras_module()
    looks = called is not None and called.looks_at_batches

    class Steps(keras.callbacks.Callback):  # type: ignore[misc,name-defined]
        def on_train_batch_begin(
            self, batch: int, logs: dict[str, float] | None = None
        ) -> None:
            if called is not None and looks:
                called.batch_begins(batch)

        def on_train_batch_end(
            self, batch: int, logs: dict[str, float] | None = None
        ) -> None:
            """Tell of the step; Keras counts from 0."""
            figures = logs or {}
            tell(batch + 1, figures)
            if called is not None and looks:
                called.batch_ends(batch, figures)

    return Steps()
