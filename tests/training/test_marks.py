"""The marks network's targets, loss, checkpoints and file."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inkdigits.data.real_numbers import NumberPicture
from inkdigits.errors import TrainingError
from inkdigits.reading.marks.alphabet import CLASS_OF, CLASSES
from inkdigits.reading.marks.boxes import Floats
from inkdigits.reading.marks.found import CENTRE, FIRST_BOX, FIRST_CLASS, peaks_of
from inkdigits.reading.marks.network import MarksNetwork, padded
from inkdigits.synthesis.hands import drawn_hands
from inkdigits.synthesis.patches import UNKNOWN, WORDS, compose
from inkdigits.training.marks import targets as t
from inkdigits.training.marks.labelling import label
from inkdigits.training.marks.mosaics import Crop, Mosaics, load_crops, save_crops


def perfect_map(maps: Any) -> Floats:
    """What a network would say that has learned these targets to the letter."""
    height, width, _ = maps.shape
    answer = np.full((FIRST_BOX + 4, height, width), -6.0, np.float32)
    heat = np.clip(maps[..., t.HEAT].astype(np.float32), 0.001, 0.999)
    answer[CENTRE] = np.log(heat / (1 - heat))
    rows, columns = np.nonzero(maps[..., t.CLASS_WEIGHT] > 0)
    answer[FIRST_CLASS + maps[rows, columns, t.CLASS].astype(int), rows, columns] = 6.0
    answer[FIRST_BOX:] = (
        maps[..., t.BOX : t.BOX + 4].astype(np.float32).transpose(2, 0, 1)
    )
    return answer


def test_targets_decode_to_the_marks_they_came_from() -> None:
    """Whatever is drawn, apart from marks so close that one hides the other."""
    hands, found_again, all_marks = drawn_hands(), 0, 0
    for seed in range(30):
        patch = compose(np.random.default_rng([1, seed]), hands)
        maps = t.targets_of(patch.marks, np.zeros((0, 5), np.float32), patch.grey.shape)
        found = peaks_of(perfect_map(maps))
        for mark in patch.marks:
            middle = (mark[1:3] + mark[3:5]) / 2
            off = np.abs((found.boxes[:, :2] + found.boxes[:, 2:]) / 2 - middle).max(
                axis=1
            )
            same = (off < 2) & (found.classes.argmax(axis=1) == int(mark[0]))
            all_marks += 1
            found_again += bool(same.any())
    assert all_marks > 300
    assert found_again >= 0.9 * all_marks


def test_nothing_is_asked_where_nothing_is_known() -> None:
    regions = np.array(
        [[UNKNOWN, 0, 0, 128, 256], [WORDS, 128, 0, 256, 128]], np.float32
    )
    maps = t.targets_of(np.zeros((0, 5), np.float32), regions, (256, 256))
    assert (maps[:, :32, t.HEAT_WEIGHT] == 0).all()
    assert (maps[:32, 32:, t.CLASS] == CLASS_OF["other"]).all()
    assert (maps[:32, 32:, t.CLASS_WEIGHT] < 0).all()
    assert (maps[32:, 32:, t.HEAT_WEIGHT] == 1).all()


def spelled_map(text: str, height: int, width: int) -> Floats:
    """A network's answer that sees `text` in the middle row, its digits evenly spread."""
    maps = np.zeros((FIRST_BOX + 4, height // 4, width // 4), np.float32)
    maps[CENTRE] = -6
    for place, digit in enumerate(text):
        row, column = height // 8, int((place + 0.5) / len(text) * (width // 4))
        maps[CENTRE, row, column] = 3
        maps[FIRST_CLASS + CLASS_OF[digit], row, column] = 8
        maps[FIRST_BOX + 2, row, column] = np.log(0.15 * width // 4)
        maps[FIRST_BOX + 3, row, column] = np.log(0.5 * height // 4)
    return maps


def test_digits_are_found_where_the_network_can_spell_the_text() -> None:
    grey = np.full((64, 128), 220, np.uint8)
    picture = NumberPicture(grey, ("1907",), "1907", "someone")

    def run(shown: Any) -> Floats:
        return spelled_map("1907", *padded(shown).shape)

    crop = label(picture, run)
    assert crop is not None
    assert crop.marks[:, 0].tolist() == [1, 9, 0, 7]
    assert (np.diff(crop.marks[:, 1]) > 0).all()
    assert label(NumberPicture(grey, ("2222",), "2222", "someone"), run) is None


def test_crops_come_back_from_their_file(tmp_path: Path) -> None:
    grey = np.arange(60 * 40, dtype=np.uint8).reshape(40, 60)
    marks = np.array([[3, 5, 6, 20, 30]], np.float32)
    crops = [Crop(grey, marks, np.zeros((0, 5), np.float32), 24.0, 1.5)] * 1600
    save_crops(tmp_path / "labelled.npz", crops)
    back = load_crops(tmp_path / "labelled.npz")
    assert (back[7].grey == grey).all()
    assert (back[7].marks == marks).all()
    mosaics = Mosaics(tmp_path, tmp_path / "labelled.npz")
    assert mosaics.ready()
    patch = mosaics.compose(np.random.default_rng(0))
    assert len(patch.marks) >= 4
    assert set(patch.marks[:, 0]) == {3}


@pytest.mark.slow
def test_a_checkpoint_goes_on_and_its_file_says_what_keras_says(tmp_path: Path) -> None:
    from inkdigits.training import stages
    from inkdigits.training.backend import load_keras_module
    from inkdigits.training.marks import train as marks
    from inkdigits.training.marks.net import build

    if load_keras_module().backend.backend() == "jax":
        pytest.skip("JAX's convolutions take minutes on a CPU")
    rng = np.random.default_rng(0)
    patch = compose(rng, drawn_hands())
    pictures = patch.grey[None, ..., None].astype(np.float32)
    maps = t.targets_of(patch.marks, patch.regions, patch.grey.shape)[None].astype(
        np.float32
    )
    model = marks.prepare(marks.TrainSettings())
    first = [float(model.train_on_batch(pictures, maps)) for _ in range(4)]
    assert first[-1] < first[0]
    stages.save_checkpoint(model, 4, tmp_path / "checkpoint.npz")
    again = marks.prepare(marks.TrainSettings())
    assert stages.load_checkpoint(again, tmp_path / "checkpoint.npz") == 4
    one, other = (float(each.train_on_batch(pictures, maps)) for each in (model, again))
    assert one == pytest.approx(other, rel=1e-4)

    assert marks.export(tmp_path / "checkpoint.npz", tmp_path / "marks.onnx") == 4
    network = MarksNetwork(tmp_path / "marks.onnx")
    shown = patch.grey[:90, :150]
    plain = stages.averaged(_loaded(marks, tmp_path / "checkpoint.npz"), build)
    wanted = np.asarray(
        plain.predict_on_batch(padded(shown).astype(np.float32)[None, ..., None])
    )[0]
    assert network(shown).shape == (1 + len(CLASSES) + 4, 24, 40)
    assert np.abs(network(shown) - wanted.transpose(2, 0, 1)).max() < 1e-3


@pytest.mark.slow
def test_weights_that_are_kept_alone_are_those_that_are_written(tmp_path: Path) -> None:
    """A start for another machine has no optimizer's state; nothing is written in the place of a trained network."""
    from inkdigits.training import stages
    from inkdigits.training.marks import train as marks
    from inkdigits.training.marks.net import build

    with pytest.raises(TrainingError, match="there is no checkpoint at"):
        marks.keep(tmp_path / "nowhere.npz", tmp_path / "start.npz")
    assert not (tmp_path / "start.npz").exists()
    model = marks.prepare(marks.TrainSettings())
    model.train_on_batch(
        np.zeros((1, 64, 64, 1), np.float32), np.zeros((1, 16, 16, t.DEPTH), np.float32)
    )
    stages.save_checkpoint(model, 1, tmp_path / "checkpoint.npz")
    marks.keep(tmp_path / "checkpoint.npz", tmp_path / "start.npz")
    written, again = (
        stages.averaged(_loaded(marks, tmp_path / name), build)
        for name in ("checkpoint.npz", "start.npz")
    )
    for one, other in zip(written.get_weights(), again.get_weights(), strict=True):
        assert np.allclose(one, other, atol=1e-3, rtol=1e-3)
    assert np.abs(again.get_weights()[0]).max() > 0.1


def _loaded(marks: Any, checkpoint: Path) -> Any:
    from inkdigits.training import stages

    model = marks.prepare(marks.TrainSettings())
    stages.load_checkpoint(model, checkpoint)
    return model
