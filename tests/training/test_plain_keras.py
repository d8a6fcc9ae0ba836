"""The lines of plain Keras that the lab shows make the network that they say."""

from typing import Any

import pytest

from inkdigits.training import Settings
from inkdigits.training.backend import load_keras_module
from inkdigits.training.plain_keras import plain_keras
from inkdigits.training.recipes import build

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        Settings(
            filters=(8,),
            dense=0,
            activation="tanh",
            optimizer="sgd",
            limit=500,
            dropout=0.2,
        ),
        Settings(
            filters=(4, 8, 8),
            activation="linear",
            optimizer="rmsprop",
            learning_rate=0.5,
        ),
    ],
)
def test_the_plain_keras_lines_make_the_same_network(settings: Settings) -> None:
    lines = plain_keras(settings).splitlines()
    program = [
        line
        for line in lines
        if not line.startswith(("from inkdigits", "digits =", "model.fit"))
    ]
    names: dict[str, object] = {}
    exec("\n".join(program), names)  # noqa: S102
    made, ours = names["model"], build(settings)
    assert described(made) == described(ours)
    optimizer = getattr(made, "optimizer", None)
    assert type(optimizer).__name__.lower() == settings.optimizer
    assert float(getattr(optimizer, "learning_rate", 0)) == pytest.approx(
        settings.learning_rate
    )
    assert f"batch_size={settings.batch_size}" in lines[-1]


def test_the_plain_keras_lines_train_it() -> None:
    settings = Settings(
        data="digits8x8", filters=(4,), dense=0, epochs=2, batch_size=32
    )
    names: dict[str, Any] = {}
    exec(plain_keras(settings), names)  # noqa: S102
    history = names["model"].history.history
    assert history["loss"][1] < history["loss"][0]
    assert sorted(history) == ["accuracy", "loss", "val_accuracy", "val_loss"]


def described(model: object) -> list[tuple[str, object, object]]:
    keras = load_keras_module()
    assert isinstance(model, keras.Model)
    return [
        (
            type(layer).__name__,
            layer.output.shape,
            getattr(getattr(layer, "activation", None), "__name__", None),
        )
        for layer in model.layers
    ]
