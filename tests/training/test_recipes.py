"""The recipes beside the classic one: what their nets are, and that they train, end to end, on a few small digits."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inkdigits import Reader
from inkdigits.data import load
from inkdigits.errors import InkdigitsError, SettingError
from inkdigits.training import by_name, recipes
from inkdigits.training.checkpoints import Progress
from inkdigits.training.fit import Silent
from inkdigits.training.focus import Focus
from inkdigits.training.learner import as_input
from inkdigits.training.recipes import ensemble
from inkdigits.training.recipes.convnets import SHAPES
from inkdigits.training.run import RunResult, read_run
from inkdigits.training.settings import Settings

SMALL = {"data": "digits8x8", "limit": 400, "epochs": 2, "batch_size": 64}
NARROW = {**SMALL, "filters": (4, 8, 8)}
PAIR = recipes.settings_for("ensemble", **{**NARROW, "limit": 200}, members=2)
PRACTISED = recipes.settings_for("best", **{**NARROW, "limit": 100, "epochs": 7})


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    return by_name.train(PAIR, output=tmp_path_factory.mktemp("pair") / "whole")


@pytest.fixture(scope="module")
def practised(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    return by_name.train(
        PRACTISED, output=tmp_path_factory.mktemp("practised") / "whole"
    )


def test_tiny_has_fewer_than_ten_thousand_parameters() -> None:
    assert recipes.build(recipes.settings_for("tiny")).count_params() < 10_000


def test_the_distilled_net_takes_less_than_two_megabytes() -> None:
    assert (
        recipes.build(recipes.settings_for("distilled")).count_params() * 4 < 2_000_000
    )


@pytest.mark.parametrize("name", ["fast", "tiny", "best"])
def test_a_recipe_learns(name: str, tmp_path: Path) -> None:
    plain = (
        {"filters": (8, 16, 16), "augment": "none", "dropout": 0.0}
        if name == "best"
        else {}
    )
    settings = recipes.settings_for(
        name, **{**SMALL, "epochs": 12, "learning_rate": 0.005, **plain}
    )
    result = by_name.train(settings, output=tmp_path / name)
    assert result.history[-1]["accuracy"] > 0.8 > result.history[0]["accuracy"]
    assert (tmp_path / name / "model.onnx").stat().st_size > 1000


def test_an_ensemble_says_the_mean_of_what_its_members_say(pair: RunResult) -> None:
    images = load("digits8x8", split="test").images[:50]
    folders = sorted((pair.folder / ensemble.MEMBERS).iterdir())
    said = [Reader(folder).classifier.raw(images) for folder in folders]
    np.testing.assert_allclose(
        Reader(pair.folder).classifier.raw(images), np.mean(said, axis=0), atol=1e-5
    )
    assert [folder.name.split("-")[1] for folder in folders] == list(SHAPES)[:2]
    assert pair.test["n"] == 360


def test_an_ensemble_is_of_three_shapes_with_a_seed_each() -> None:
    three = ensemble.members(recipes.settings_for("ensemble", seed=5))
    assert [member.shape for member in three] == list(SHAPES)[:3]
    assert len({member.seed for member in three}) == 3
    assert three[0].seed == 5


def test_an_ensemble_goes_on_with_the_member_it_was_stopped_in(
    pair: RunResult, tmp_path: Path
) -> None:
    with pytest.raises(StopError):
        by_name.train(PAIR, output=tmp_path / "stopped", listener=StopsAfter(3))
    assert read_run(tmp_path / "stopped")["state"] == "training"
    first = (
        (tmp_path / "stopped" / ensemble.MEMBERS / "1-fives" / "model.onnx")
        .stat()
        .st_mtime_ns
    )
    again = by_name.resume(tmp_path / "stopped")
    assert (
        tmp_path / "stopped" / ensemble.MEMBERS / "1-fives" / "model.onnx"
    ).stat().st_mtime_ns == first
    assert again.test == pair.test
    assert again.history == pair.history


def test_what_a_run_beside_it_has_trained_already_is_not_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first member is the net of `best`, and an ensemble of the same settings is the teacher."""
    heard, few = Hears(), {**NARROW, "limit": 100, "epochs": 1, "seed": 3}
    best = by_name.train(recipes.settings_for("best", **few), output=tmp_path / "best")
    whole = by_name.train(
        recipes.settings_for("ensemble", **few, members=2),
        output=tmp_path / "all",
        listener=heard,
    )
    assert heard.lines == [
        "member 1 of 2: 5×5 first, then 3×3",
        f"trained already: {tmp_path / 'best'}",
        "member 2 of 2: 7×7 first, then 3×3",
    ]
    assert whole.history[0]["loss"] == best.history[-1]["loss"]
    heard.lines.clear()
    # A pupil may be narrower than those it learns from; their own width takes long.
    wider = replace(ensemble.SETTINGS, filters=(8, 8, 8))
    monkeypatch.setattr(ensemble, "SETTINGS", wider)
    taught = {**few, "filters": wider.filters, "members": 1}
    by_name.train(
        recipes.settings_for("ensemble", **taught),
        output=tmp_path / "teacher",
    )
    by_name.train(
        recipes.settings_for("distilled", **few, members=1),
        output=tmp_path / "pupil",
        listener=heard,
    )
    assert heard.lines == [
        f"trained already: {tmp_path / 'teacher'}",
        f"learning from {tmp_path / 'pupil/teacher'}",
    ]
    teacher = (tmp_path / "pupil/teacher/model.onnx").read_bytes()
    assert teacher == (tmp_path / "teacher/model.onnx").read_bytes()


def test_a_run_beside_it_that_learned_from_other_pictures_is_not_taken(
    tmp_path: Path,
) -> None:
    """The settings name the same file; what lies in it has changed."""
    digits, file, heard = load("digits8x8"), tmp_path / "mine.npz", Hears()
    mine = {**NARROW, "data": str(file), "limit": None, "epochs": 1, "seed": 3}
    for first, name in ((0, "best"), (200, "ensemble")):
        np.savez(
            file,
            images=digits.images[first : first + 200],
            labels=digits.labels[first : first + 200],
        )
        changes = {"members": 1} if name == "ensemble" else {}
        by_name.train(
            recipes.settings_for(name, **mine, **changes),
            output=tmp_path / name,
            listener=heard,
        )
    assert heard.lines == ["member 1 of 1: 5×5 first, then 3×3"]


class Hears(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def said(self, line: str) -> None:
        self.lines.append(line)


class StopError(Exception):
    """As if the machine went off."""


def test_which_pictures_come_is_the_same_after_each_stop(
    practised: RunResult, tmp_path: Path
) -> None:
    """They are chosen by what the net made of them when it last looked: in the same epoch, or in an earlier one."""
    folder = tmp_path / "stopped"
    with pytest.raises(StopError):
        by_name.train(PRACTISED, output=folder, listener=StopsAfter(1))
    for epochs_more in (1, 3):
        with pytest.raises(StopError):
            by_name.resume(folder, listener=StopsAfter(epochs_more))
    assert by_name.resume(folder).history == practised.history


def test_what_the_net_is_wrong_of_comes_more_often() -> None:
    data = load("digits8x8", split="train").first(400)
    wrongness = np.where(np.arange(400) < 40, 0.9, 0.0).astype(np.float32)
    focus = Focus(data, Settings(focus=0.98), Progress(wrongness=wrongness))
    times = np.zeros(400)
    for seed in range(50):
        drawn = focus.draw(np.random.default_rng(seed))
        assert len(set(drawn)) == len(drawn) == 200
        times[drawn] += 1
    assert times[:40].mean() > 48
    assert 20 < times[40:].mean() < 25
    assert times.min() > 5
    assert (
        len(Focus(data, Settings(), Progress()).draw(np.random.default_rng(1))) == 400
    )


class StopsAfter(Silent):
    def __init__(self, epochs: int) -> None:
        self._left = epochs

    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        self._left -= 1
        if not self._left:
            raise StopError


def test_a_pupil_comes_to_say_what_its_teacher_says(tmp_path: Path) -> None:
    teacher = by_name.train(
        recipes.settings_for(
            "classic",
            **{**SMALL, "limit": None, "epochs": 15, "filters": (8, 16), "dense": 32},
        ),
        output=tmp_path / "teacher",
    )
    settings = recipes.settings_for("distilled", **{**NARROW, "filters": (8, 16, 16), "limit": None, "epochs": 15},
                                    teacher=str(tmp_path / "teacher"))  # fmt: skip
    pupil = by_name.train(settings, output=tmp_path / "pupil")
    images = load("digits8x8", split="test").images
    said = [
        Reader(tmp_path / name).classifier.raw(images).argmax(axis=1)
        for name in ("teacher", "pupil")
    ]
    assert (said[0] == said[1]).mean() > 0.9
    assert pupil.history[-1]["val_accuracy"] > 0.9
    assert teacher.test["accuracy"] > 0.9


def test_settings_that_a_recipe_does_not_heed_are_refused() -> None:
    with pytest.raises(
        SettingError, match="--precision cannot be combined with the recipe ensemble"
    ):
        recipes.settings_for("ensemble", precision="bfloat16")


def test_a_shape_there_is_not_is_named() -> None:
    with pytest.raises(InkdigitsError, match="there is no shape 'round': choose fives"):
        recipes.build(Settings(recipe="best", shape="round", filters=(4, 4, 4)))


def test_a_net_is_the_same_before_and_after_its_normalising_is_made_quick() -> None:
    from inkdigits.training.normalize import fused

    net = recipes.build(recipes.settings_for("best", filters=(4, 4, 4)))
    images = as_input(
        np.random.default_rng(1).integers(0, 255, (4, 28, 28), dtype=np.uint8)
    )
    np.testing.assert_allclose(
        net.predict(images, verbose=0), fused(net).predict(images, verbose=0), atol=1e-5
    )
