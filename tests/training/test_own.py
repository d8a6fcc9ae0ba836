"""Networks and callbacks of a user's own, and what is said of those that do not fit."""

import json
from pathlib import Path

import pytest

from inkdigits.errors import SettingError
from inkdigits.reading.classifier import Classifier
from inkdigits.training import Settings, resume, train

pytestmark = pytest.mark.slow

MODULE = """
import keras

L = keras.layers
BATCHES = []


def build():
    image = keras.Input((28, 28, 1))
    x = L.AveragePooling2D(4)(image)
    y = L.Conv2D(4, 3, padding="same", activation="relu")(x)
    x = L.Flatten()(L.Concatenate()([x, y]))
    return keras.Model(image, L.Dense(10, activation="softmax")(x))


class Counts(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.heard = []

    def on_train_begin(self, logs=None):
        self.heard.append("begin")

    def on_epoch_end(self, epoch, logs=None):
        self.heard.append((epoch, sorted(logs)))

    def on_train_batch_end(self, batch, logs=None):
        BATCHES.append(batch)

    def on_train_end(self, logs=None):
        self.heard.append("end")


MADE = []


def make():
    MADE.append([Counts(), keras.callbacks.EarlyStopping("val_loss", min_delta=100.0, patience=1)])
    return MADE[-1]


def broken():
    raise ValueError("no idea")


def too_many():
    return keras.Sequential([keras.Input((28, 28, 1)), L.Flatten(), L.Dense(11, activation="softmax")])


def too_small():
    return keras.Sequential([keras.Input((8, 8, 1)), L.Flatten(), L.Dense(10, activation="softmax")])


def scores():
    return keras.Sequential([keras.Input((28, 28, 1)), L.Flatten(), L.Dense(10)])


def without_input():
    return keras.Sequential([L.Flatten(), L.Dense(10, activation="softmax")])


def odd_layer():
    upward = L.Conv2DTranspose(2, 3, name="upward")
    return keras.Sequential([keras.Input((28, 28, 1)), upward, L.Flatten(), L.Dense(10, activation="softmax")])


def no_model():
    return 7


number = 7
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "my_own_digits.py").write_text(MODULE)
    return tmp_path


def test_a_network_and_callbacks_of_ones_own(here: Path) -> None:
    settings = Settings(
        data="digits8x8",
        epochs=4,
        model="my_own_digits:build",
        callbacks="my_own_digits:make",
    )
    result = train(settings, output=here / "run")
    run = json.loads((here / "run" / "run.json").read_text())
    assert (
        "--model my_own_digits:build --callbacks my_own_digits:make" in run["command"]
    )
    assert run["parameters"] == (9 * 4 + 4) + (7 * 7 * 5 * 10 + 10)
    Classifier(here / "run" / "model.onnx")
    import my_own_digits  # type: ignore[import-not-found]

    figures = ["accuracy", "loss", "val_accuracy", "val_loss"]
    # The second epoch is no better by a hundred, so that Keras's own callback stops after it.
    assert my_own_digits.MADE[0][0].heard == [
        "begin",
        (0, figures),
        (1, figures),
        "end",
    ]
    assert my_own_digits.BATCHES.count(0) == 2
    assert len(result.history) == 2


def test_a_stopped_run_goes_on_with_its_own_network(here: Path) -> None:
    class Stops:
        def began(self, summary: str, run: Path, epochs: int) -> None: ...
        def stepped(
            self, epoch: int, step: int, steps: int, logs: dict[str, float]
        ) -> None: ...
        def said(self, line: str) -> None: ...
        def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
            raise KeyboardInterrupt

    settings = Settings(data="digits8x8", epochs=2, model="my_own_digits:build")
    with pytest.raises(KeyboardInterrupt):
        train(settings, output=here / "run", listener=Stops())
    assert [row["epoch"] for row in resume(here / "run").history] == [1, 2]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"model": "my_own_digits"},
            "does not name a function: give my_module:function",
        ),
        ({"model": "my_own_digits:nothing"}, "my_own_digits has no function nothing"),
        ({"model": "my_own_digits:number"}, "my_own_digits has no function number"),
        ({"model": "not_there:build"}, "not_there cannot be imported"),
        ({"model": "my_own_digits:broken"}, "failed (ValueError: no idea)"),
        ({"model": "my_own_digits:no_model"}, "gave int: return a keras.Model"),
        (
            {"model": "my_own_digits:too_many"},
            "(28, 28, 1) → (11,): it must take (28, 28, 1) and give (10,)",
        ),
        ({"model": "my_own_digits:too_small"}, "(8, 8, 1) → (10,): it must take"),
        ({"model": "my_own_digits:scores"}, "ends in linear: end in a softmax"),
        (
            {"model": "my_own_digits:without_input"},
            "without an input: start with keras.Input",
        ),
        ({"model": "my_own_digits:odd_layer"}, "the layer upward"),
        (
            {"callbacks": "my_own_digits:build"},
            "gave Functional: return a list of keras.callbacks.Callback",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line_before_anything_is_made(
    here: Path, options: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingError) as refused:
        train(Settings(data="digits8x8", **options), output=here / "run")  # type: ignore[arg-type]
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not (here / "run").exists()
