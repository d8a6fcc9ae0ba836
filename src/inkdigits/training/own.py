"""The user's own network and callbacks, named by options as my_module:function."""

import importlib
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from inkdigits.data import Dataset
from inkdigits.errors import ModelError, SettingError
from inkdigits.training.backend import load_keras_module
from inkdigits.training.called import MakeCallbacks
from inkdigits.training.onnx_export import save_onnx
from inkdigits.training.recipe import Recipe
from inkdigits.training.settings import Settings

# The shapes of one glyph and of its answer, which the reader relies on.
_TAKES, _GIVES = (28, 28, 1), (10,)


def with_own_network(recipe: Recipe, settings: Settings) -> Recipe:
    """The recipe with the network that the settings name, which is checked first.

    If they name none, it is the recipe itself.
    """
    if settings.model is None:
        return recipe
    option = f"--model {settings.model}"
    build = _function(settings.model, option)
    _check(_called(build, option), option)
    return replace(recipe, build=lambda _: _called(build, option))


def with_own_callbacks(
    settings: Settings, others: MakeCallbacks | None
) -> MakeCallbacks | None:
    """The callbacks that the settings name, made now, followed by the others."""
    if settings.callbacks is None:
        return others
    option = f"--callbacks {settings.callbacks}"
    made = _called(_function(settings.callbacks, option), option)
    own = list(made) if isinstance(made, list | tuple) else [made]
    kind = load_keras_module().callbacks.Callback
    strange = [
        type(callback).__name__ for callback in own if not isinstance(callback, kind)
    ]
    if strange:
        raise SettingError(
            f"{option} gave {strange[0]}: return a list of keras.callbacks.Callback"
        )

    def make(validation: Dataset | None) -> list[Any]:
        """The user's callbacks, then the others."""
        if others is None:
            return [*own]
        return [*own, *others(validation)]

    return make


def _function(named: str, option: str) -> Callable[[], Any]:
    module, _, name = named.partition(":")
    if not module or not name.isidentifier():
        raise SettingError(
            f"{option} does not name a function: give my_module:function"
        )
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        function = getattr(importlib.import_module(module), name, None)
    except Exception as error:  # noqa: BLE001 - a module of the user's may raise anything
        raise SettingError(
            f"{option}: {module} cannot be imported ({_in_a_line(error)})"
        ) from None
    if not callable(function):
        raise SettingError(f"{option}: {module} has no function {name}")
    return function


def _called(function: Callable[[], Any], option: str) -> Any:
    try:
        return function()
    except Exception as error:  # noqa: BLE001 - a function of the user's may raise anything
        raise SettingError(
            f"{option} failed ({_in_a_line(error)}): it is called without arguments"
        ) from None


def _check(model: Any, option: str) -> None:
    """Raise before training if the network cannot be trained, saved or read with."""
    keras = load_keras_module()
    if not isinstance(model, keras.Model):
        raise SettingError(
            f"{option} gave {type(model).__name__}: return a keras.Model"
        )
    if isinstance(model, keras.Sequential) and not model.built:
        raise SettingError(
            f"{option} gave a model without an input: start with keras.Input({_TAKES})"
        )
    functional = getattr(model, "_functional", None) or model
    if not hasattr(functional, "_nodes_by_depth"):
        way = "build it with keras.Sequential or keras.Model(inputs, outputs)"
        raise SettingError(f"{option} returned a model of a custom class: {way}")
    shapes = [tuple(tensor.shape[1:]) for tensor in (*model.inputs, *model.outputs)]
    if shapes != [_TAKES, _GIVES]:
        given = " → ".join(str(shape) for shape in shapes)
        raise SettingError(
            f"{option} gave a network {given}: it must take {_TAKES} and give {_GIVES}"
        )
    last = model.layers[-1]
    function = getattr(getattr(last, "activation", None), "__name__", "softmax")
    if function != "softmax":
        raise SettingError(
            f"{option} ends in {function}: end in a softmax, so that the outputs are probabilities"
        )
    with tempfile.TemporaryDirectory() as folder:
        try:
            save_onnx(model, Path(folder) / "model.onnx", {})
        except ModelError as error:
            raise SettingError(f"{option} cannot be saved: {error}") from None


def _in_a_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:200]
