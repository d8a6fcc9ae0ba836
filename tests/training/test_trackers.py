"""Trackers: what each library's own files hold after a run, held against the run's history."""

import json
import sys
from pathlib import Path

import pytest

from inkdigits.errors import MissingExtraError, SettingError
from inkdigits.training import Settings, resume, train
from inkdigits.training.trackers import PROJECT, TENSORBOARD_FOLDER, TRACKERS

pytestmark = pytest.mark.slow

FIGURES = ["accuracy", "loss", "val_accuracy", "val_loss"]


class StopsInTheSecond:
    """Stops after the second epoch as Ctrl-C does, when its checkpoint is written."""

    def began(self, summary: str, run: Path, epochs: int) -> None: ...
    def stepped(
        self, epoch: int, step: int, steps: int, logs: dict[str, float]
    ) -> None: ...
    def said(self, line: str) -> None: ...
    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        if epoch == 2:
            raise KeyboardInterrupt


def stopped_and_resumed(folder: Path, track: str) -> list[dict[str, float]]:
    """The history of a run that was stopped after its second epoch and resumed."""
    settings = Settings(data="digits8x8", filters=(2,), dense=0, epochs=3, track=track)
    with pytest.raises(KeyboardInterrupt):
        train(settings, output=folder, listener=StopsInTheSecond())
    return resume(folder).history


def test_tensorboard_holds_every_epoch_of_a_run_that_was_resumed(
    tmp_path: Path,
) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    history = stopped_and_resumed(tmp_path / "run", "tensorboard")
    assert json.loads((tmp_path / "run" / "run.json").read_text())["settings"]["track"]
    for part, prefix in (("train", ""), ("validation", "val_")):
        events = EventAccumulator(
            str(tmp_path / "run" / TENSORBOARD_FOLDER / part)
        ).Reload()
        assert sorted(events.Tags()["tensors"]) == ["epoch_accuracy", "epoch_loss"]
        for name in ("accuracy", "loss"):
            points = events.Tensors(f"epoch_{name}")
            kept = {
                point.step: float(make_ndarray(point.tensor_proto)) for point in points
            }
            expected = {int(row["epoch"]): row[prefix + name] for row in history}
            assert kept == pytest.approx(expected, rel=1e-6)


# MLflow uses what SQLAlchemy and others call deprecated; its warnings are no news to our users.
@pytest.mark.filterwarnings("ignore")
def test_mlflow_holds_one_run_with_its_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    history = stopped_and_resumed(tmp_path / "o'brien", "mlflow")
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name(PROJECT)
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.run_name == "o'brien"
    assert run.info.status == "FINISHED"
    assert run.data.params["filters"] == "[2]"
    for name in FIGURES:
        kept = {
            metric.step: metric.value
            for metric in client.get_metric_history(run.info.run_id, name)
        }
        assert kept == pytest.approx({int(row["epoch"]): row[name] for row in history})


@pytest.mark.filterwarnings("ignore")
def test_trackio_holds_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "trackio"))
    trackio = pytest.importorskip("trackio")
    history = stopped_and_resumed(tmp_path / "run", "trackio")
    from trackio.sqlite_storage import SQLiteStorage

    (run,) = trackio.Api().runs(PROJECT)
    assert run.name == "run"
    assert run.config["filters"] == [2]
    rows = {row["step"]: row for row in SQLiteStorage.get_logs(PROJECT, run.name)}
    for kept in history:
        row = rows[int(kept["epoch"])]
        assert [row[name] for name in FIGURES] == pytest.approx(
            [kept[name] for name in FIGURES]
        )


@pytest.mark.parametrize("name", TRACKERS)
def test_a_library_that_is_missing_is_one_line_before_anything_is_made(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = {"tensorboard": "tensorboard.summary"}.get(name, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(
        MissingExtraError, match=rf"--track {name} needs .*\[track\]"
    ) as refused:
        train(Settings(data="digits8x8", track=name), output=tmp_path / "run")
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "run").exists()


def test_an_unknown_tracker_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        SettingError, match="--track is notes: give one of tensorboard, mlflow"
    ):
        train(Settings(data="digits8x8", track="notes"), output=tmp_path / "run")
    assert not (tmp_path / "run").exists()
