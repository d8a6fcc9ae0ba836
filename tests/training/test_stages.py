"""Training in stages says so where nothing is left to train."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from inkdigits.reading.session import Network
from inkdigits.training import stages
from inkdigits.training.backend import load_keras_module
from inkdigits.training.rows.train import CloserSettings
from inkdigits.training.stages import CHECKPOINT, HalfCosine


class Untrainable:
    """A model that fails as soon as it is trained."""

    def __init__(self) -> None:
        self.weights = [np.zeros(2, np.float32)]
        self.optimizer = SimpleNamespace(variables=[])

    def get_weights(self) -> list[np.ndarray[tuple[int], np.dtype[np.float32]]]:
        return self.weights

    def set_weights(
        self, weights: list[np.ndarray[tuple[int], np.dtype[np.float32]]]
    ) -> None:
        self.weights = weights


def test_a_finished_training_says_so_and_asks_for_no_batch(tmp_path: Path) -> None:
    model, said = Untrainable(), list[str]()
    stages.save_checkpoint(model, 40, tmp_path / CHECKPOINT)

    def no_batches() -> Iterator[tuple[None, None]]:
        raise AssertionError("a batch was asked for")
        yield None, None

    stages.learn(model, no_batches(), tmp_path, HalfCosine(steps=40), said.append)
    assert said == ["step 40 of 40: already trained"]


def test_weights_that_need_no_training_become_the_runs_checkpoint(
    tmp_path: Path,
) -> None:
    model, start = Untrainable(), tmp_path / "start.npz"
    model.weights = [np.full(2, 7, np.float32)]
    stages.save_checkpoint(model, 40, start)
    fresh, run = Untrainable(), tmp_path / "run"
    settings = HalfCosine(steps=40)
    stages.learn(fresh, iter(()), run, settings, lambda _: None, start=start)
    written = Untrainable()
    assert stages.load_checkpoint(written, run / CHECKPOINT) == 40
    assert (written.weights[0] == 7).all()


def test_a_second_round_warms_up_to_a_lower_peak_and_ends_at_none() -> None:
    settings = CloserSettings(steps=3_000, ends=(2_000,), warm_steps=100)
    rates = [settings.rate(step) for step in range(3_000)]
    first, second = rates[:2_000], rates[2_000:]
    assert max(first) == pytest.approx(settings.peak_rate, rel=0.01)
    assert max(second) == pytest.approx(settings.later_peak_rate, rel=0.05)
    assert first[-1] < 1e-6 > second[-1]
    assert second[0] < second[99] > second[500]


def test_the_mean_with_earlier_weights_is_exported(tmp_path: Path) -> None:
    keras = load_keras_module()

    def build() -> Any:
        return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])

    def kept(fill: float, path: Path) -> Path:
        model = stages.ready(build, "mse", HalfCosine(1), weight_decay=0.0)
        model.set_weights([np.full(each.shape, fill) for each in model.get_weights()])
        stages.save_checkpoint(model, 1, tmp_path / CHECKPOINT)
        stages.keep(model, build, tmp_path / CHECKPOINT, path)
        return path

    earlier, later = (kept(fill, tmp_path / f"{fill}.npz") for fill in (1.0, 3.0))
    model = stages.ready(build, "mse", HalfCosine(1), weight_decay=0.0)
    exported = tmp_path / "mean.onnx"
    assert stages.export(model, build, later, exported, earlier=earlier) == 1
    # Four inputs of 1 and a bias, each with a weight of 2.
    assert np.allclose(Network(exported)(np.ones((2, 4), np.float32)), 10.0)
