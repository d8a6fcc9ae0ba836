"""The recipes beside the classic one: what their nets are, and that they train, end to end, on a few small digits."""

from pathlib import Path

import numpy as np
import pytest

from inkdigits import Reader
from inkdigits.data import load
from inkdigits.errors import InkdigitsError, SettingError
from inkdigits.training import ensemble, recipes, run
from inkdigits.training.fit import Silent
from inkdigits.training.learner import as_input
from inkdigits.training.settings import Settings
from inkdigits.training.towers import SHAPES

SMALL = {"data": "digits8x8", "limit": 400, "epochs": 2, "batch_size": 64}
NARROW = {**SMALL, "filters": (4, 8, 8)}


def test_tiny_has_fewer_than_ten_thousand_parameters() -> None:
    assert recipes.build(recipes.settings_for("tiny")).count_params() < 10_000


def test_the_distilled_net_takes_less_than_two_megabytes() -> None:
    assert recipes.build(recipes.settings_for("distilled")).count_params() * 4 < 2_000_000


@pytest.mark.parametrize("name", ["fast", "tiny", "best"])
def test_a_recipe_learns(name: str, tmp_path: Path) -> None:
    plain = {"filters": (8, 16, 16), "augment": "none", "dropout": 0.0} if name == "best" else {}
    settings = recipes.settings_for(name, **{**SMALL, "epochs": 12, "learning_rate": 0.005, **plain})
    result = run.train(settings, output=tmp_path / name)
    assert result.history[-1]["accuracy"] > 0.8 > result.history[0]["accuracy"]
    assert (tmp_path / name / "model.onnx").stat().st_size > 1000


def test_an_ensemble_says_the_mean_of_what_its_members_say(tmp_path: Path) -> None:
    settings = recipes.settings_for("ensemble", **NARROW, members=3)
    result = run.train(settings, output=tmp_path / "all")
    images = load("digits8x8", split="test").images[:50]
    folders = sorted((tmp_path / "all" / ensemble.MEMBERS).iterdir())
    said = [Reader(folder).classifier.raw(images) for folder in folders]
    np.testing.assert_allclose(Reader(tmp_path / "all").classifier.raw(images), np.mean(said, axis=0), atol=1e-5)
    assert [folder.name.split("-")[1] for folder in folders] == list(SHAPES)[:3]
    assert result.test["n"] == 360


def test_an_ensemble_goes_on_with_the_member_it_was_stopped_in(tmp_path: Path) -> None:
    settings = recipes.settings_for("ensemble", **{**NARROW, "limit": 200}, members=2)
    whole = run.train(settings, output=tmp_path / "whole")
    with pytest.raises(StopError):
        run.train(settings, output=tmp_path / "stopped", listener=StopsAfter(3))
    assert run.read_run(tmp_path / "stopped")["state"] == "training"
    first = (tmp_path / "stopped" / ensemble.MEMBERS / "1-threes" / "model.onnx").stat().st_mtime_ns
    again = run.resume(tmp_path / "stopped")
    assert (tmp_path / "stopped" / ensemble.MEMBERS / "1-threes" / "model.onnx").stat().st_mtime_ns == first
    assert again.test == whole.test
    assert again.history == whole.history


class StopError(Exception):
    """As if the machine went off."""


class StopsAfter(Silent):
    def __init__(self, epochs: int) -> None:
        self._left = epochs

    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        self._left -= 1
        if not self._left:
            raise StopError


def test_a_pupil_comes_to_say_what_its_teacher_says(tmp_path: Path) -> None:
    teacher = run.train(recipes.settings_for("classic", **{**SMALL, "limit": None, "epochs": 15}), output=tmp_path / "teacher")
    settings = recipes.settings_for("distilled", **{**NARROW, "filters": (8, 16, 16), "limit": None, "epochs": 15},
                                    teacher=str(tmp_path / "teacher"))  # fmt: skip
    pupil = run.train(settings, output=tmp_path / "pupil")
    images = load("digits8x8", split="test").images
    said = [Reader(tmp_path / name).classifier.raw(images).argmax(axis=1) for name in ("teacher", "pupil")]
    assert (said[0] == said[1]).mean() > 0.9
    assert pupil.history[-1]["val_accuracy"] > 0.9
    assert teacher.test["accuracy"] > 0.9


def test_settings_that_a_recipe_does_not_heed_are_refused() -> None:
    with pytest.raises(SettingError, match="--precision does not go with the recipe ensemble"):
        recipes.settings_for("ensemble", precision="bfloat16")


def test_a_shape_there_is_not_is_named() -> None:
    with pytest.raises(InkdigitsError, match="there is no shape 'round': choose threes"):
        recipes.build(Settings(recipe="best", shape="round", filters=(4, 4, 4)))


def test_a_net_is_the_same_before_and_after_its_normalising_is_made_quick() -> None:
    from inkdigits.training.normalize import fused

    net = recipes.build(recipes.settings_for("best", filters=(4, 4, 4)))
    images = as_input(np.random.default_rng(1).integers(0, 255, (4, 28, 28), dtype=np.uint8))
    np.testing.assert_allclose(net.predict(images, verbose=0), fused(net).predict(images, verbose=0), atol=1e-5)
