"""Model files from elsewhere: opened if they are plain, refused in one line if they would run code."""

import pickle
from pathlib import Path

import pytest

from inkdigits import errors
from inkdigits.training.backend import load_keras_module
from inkdigits.training.keras_files import load_keras

keras = load_keras_module()


def refused(
    path: Path, said: str, kind: type[errors.ModelError] = errors.UnsafeModelError
) -> None:
    with pytest.raises(kind) as caught:
        load_keras(path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_lambda_layers_are_refused(tmp_path: Path, ending: str) -> None:
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Lambda(lambda x: x * 2),
            keras.layers.Flatten(),
        ]
    )
    path = tmp_path / f"evil.{ending}"
    model.save(path)
    refused(path, "has a Lambda layer")


@pytest.mark.filterwarnings("ignore")
def test_layers_of_ones_own_are_refused(tmp_path: Path) -> None:
    @keras.saving.register_keras_serializable("theirs")
    class Mine(keras.layers.Layer):  # type: ignore[misc,name-defined]
        def call(self, x: object) -> object:
            return x

    keras.Sequential([keras.Input((28, 28, 1)), Mine()]).save(tmp_path / "own.keras")
    refused(tmp_path / "own.keras", "has a custom object")


def test_pickles_and_others_are_no_models(tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    path.write_bytes(pickle.dumps({"weights": [1]}))
    refused(path, "is not a Keras model file", errors.ModelError)
    (tmp_path / "model.keras").write_text("text")
    refused(tmp_path / "model.keras", "is not a Keras model file", errors.ModelError)
    refused(tmp_path / "gone.keras", "there is no model at", errors.ModelError)


def test_plain_models_open(run: Path) -> None:
    for name in ("model.keras", "model.h5"):
        assert load_keras(run / name).output_shape == (None, 10)
