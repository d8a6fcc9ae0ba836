"""Which Keras backend runs, chosen before Keras loads; and quiet about it."""

import logging
import os
from types import ModuleType

from inkdigits.errors import MissingExtraError, TrainingError


def load_keras_module() -> ModuleType:
    """Keras itself, on KERAS_BACKEND or TensorFlow; a missing part says what to install."""
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


def make_deterministic(seed: int) -> None:
    """Seed everything, and ask the backend for the same sums in the same order each time."""
    keras = load_keras_module()
    keras.utils.set_random_seed(seed)
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        tensorflow.config.experimental.enable_op_determinism()


class _quiet_stderr:  # noqa: N801 - reads as a statement
    """TensorFlow's C++ side greets on file descriptor 2 before any Python setting can stop it."""

    def __enter__(self) -> None:
        """Send the process's stderr nowhere."""
        # Of the process, not of Python: libraries in C write there.
        self._kept = os.dup(2)
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 2)
        os.close(sink)

    def __exit__(self, *_: object) -> None:
        """Put it back, whatever happened meanwhile."""
        os.dup2(self._kept, 2)
        os.close(self._kept)
