"""Choose the Keras backend before Keras loads, and silence its start-up messages."""

import logging
import os
from collections.abc import Callable
from types import ModuleType
from typing import Any

from inkdigits.errors import MissingExtraError, TrainingError


def load_keras_module() -> ModuleType:
    """Keras, on KERAS_BACKEND or TensorFlow; errors say what to install."""
    backend = os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with _quiet_stderr():
            import keras
    except ImportError as error:
        if backend != "tensorflow" and backend in str(error):
            raise TrainingError(
                f"KERAS_BACKEND is {backend}, which is not installed: pip install {backend}"
            ) from None
        raise MissingExtraError("training", "train") from None
    except ValueError as error:
        raise TrainingError(
            f"KERAS_BACKEND is {backend!r}: {str(error).splitlines()[0][:120]}"
        ) from None
    for chatty in ("absl", "tensorflow"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    return keras


def built_in(precision: str, build: Callable[[], Any]) -> Any:
    """The network that `build` makes, computing in this precision: float32 or bfloat16."""
    keras = load_keras_module()
    keras.config.set_dtype_policy(
        "mixed_bfloat16" if precision == "bfloat16" else "float32"
    )
    try:
        return build()
    finally:
        # It is set for the whole process, in which other networks may be built.
        keras.config.set_dtype_policy("float32")


def make_deterministic(seed: int) -> None:
    """Seed everything, and make TensorFlow's operations deterministic."""
    keras = load_keras_module()
    keras.utils.set_random_seed(seed)
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        tensorflow.config.experimental.enable_op_determinism()


class _quiet_stderr:  # noqa: N801 - reads as a statement
    """Hides what TensorFlow's C++ code prints while it loads.

    It writes to file descriptor 2 before any Python setting can stop it.
    """

    def __enter__(self) -> None:
        """Redirect the process's stderr to nowhere."""
        # The process's, not Python's: C libraries write there.
        self._kept = os.dup(2)
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 2)
        os.close(sink)

    def __exit__(self, *_: object) -> None:
        """Restore it, even after an error."""
        os.dup2(self._kept, 2)
        os.close(self._kept)
