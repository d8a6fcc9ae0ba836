"""The run folder: what is in it, and that everything in it agrees."""

import csv
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigits import Reader, errors
from inkdigits.data import load
from inkdigits.training import Settings, resume, train
from inkdigits.training.learner import as_input

QUICK = Settings(data="digits8x8", epochs=1, filters=(4,), dense=0, batch_size=128)


def test_everything_is_there(run: Path) -> None:
    names = {path.name for path in run.iterdir()}
    assert names == {
        "model.keras",
        "model.h5",
        "model.onnx",
        "history.csv",
        "curves.png",
        "run.json",
        "card.md",
    }
    rows = list(csv.DictReader((run / "history.csv").read_text().splitlines()))
    assert [row["epoch"] for row in rows] == list("123456")
    assert set(rows[0]) == {"epoch", "accuracy", "loss", "val_accuracy", "val_loss"}
    with Image.open(run / "curves.png") as curves:
        assert curves.width > 800


def test_run_json_says_everything(run: Path) -> None:
    facts = json.loads((run / "run.json").read_text())
    assert facts["settings"]["filters"] == [8, 16]
    assert facts["results"]["test"]["n"] == 360
    assert facts["results"]["test"]["accuracy"] > 0.8
    assert facts["data"]["training"]["sha256"]
    assert facts["data"]["training"]["n"] + facts["data"]["validation"]["n"] == 1437
    assert {
        "machine",
        "versions",
        "backend",
        "seconds",
        "command",
        "calibration",
    } <= set(facts)
    assert facts["command"].startswith(
        "inkdigits train --recipe classic --data digits8x8 --filters 8,16 --dense 32"
    )
    card = (run / "card.md").read_text()
    assert f"{facts['results']['test']['accuracy']:.2%}" in card


def test_keras_files_open_in_plain_keras_and_agree_with_onnx(
    run: Path, tmp_path: Path
) -> None:
    """In a process that never imports inkdigits; 1,000 pictures; to 1e-4."""
    images = as_input(load("digits8x8").first(1000).images)
    np.save(tmp_path / "images.npy", images)
    code = (
        "import sys, numpy as np, keras\n"
        "images = np.load(sys.argv[3])\n"
        "for name in sys.argv[1:3]:\n"
        "    model = keras.models.load_model(name)\n"
        "    np.save(name + '.npy', model.predict(images, verbose=0))\n"
        "assert not [name for name in sys.modules if name.startswith('inkdigits')]"
    )
    files = [run / "model.keras", run / "model.h5"]
    copies = [tmp_path / file.name for file in files]
    for file, copy in zip(files, copies, strict=True):
        copy.write_bytes(file.read_bytes())
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *copies, tmp_path / "images.npy"],
        check=True,
        capture_output=True,
    )
    import onnxruntime

    session = onnxruntime.InferenceSession(
        run / "model.onnx", providers=["CPUExecutionProvider"]
    )
    assert [item.name for item in session.get_inputs()] == ["image"]
    assert [item.name for item in session.get_outputs()] == ["probabilities"]
    assert session.get_inputs()[0].shape == ["batch", 28, 28, 1]
    scores = session.run(None, {"image": images})[0]
    assert scores.dtype == np.float32
    for copy in copies:
        assert np.abs(np.load(f"{copy}.npy") - scores).max() < 1e-4


def test_the_reader_reads_with_a_run(run: Path) -> None:
    data = load("digits8x8", split="test")
    answers = Reader(run).predict_glyphs(data.images)
    wanted = json.loads((run / "run.json").read_text())["results"]["test"]["accuracy"]
    assert np.mean(
        [answer.digit for answer in answers] == data.labels
    ) == pytest.approx(wanted, abs=0.003)


def test_a_run_folder_is_never_overwritten(run: Path) -> None:
    with pytest.raises(errors.TrainingError, match="exists already"):
        train(QUICK, output=run)
    with pytest.raises(errors.TrainingError, match="finished already"):
        resume(run)


def test_what_cannot_be_resumed(tmp_path: Path) -> None:
    with pytest.raises(errors.TrainingError, match="is not a run folder"):
        resume(tmp_path)


def test_an_unwritable_folder_is_one_line() -> None:
    with pytest.raises(errors.TrainingError, match="cannot be made"):
        train(QUICK, output=Path("/proc/none/run"))


def test_evaluate_only_data_is_never_trained_on(
    drawn_sets: Path, tmp_path: Path
) -> None:
    with pytest.raises(errors.DataError, match="for evaluation only"):
        train(replace(QUICK, data="usps"), output=tmp_path / "run", data_dir=drawn_sets)
    assert not (tmp_path / "run").exists()


def test_a_loss_that_is_not_a_number_ends_the_run_clearly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "inkdigits.training.learner.as_input",
        lambda images: as_input(images) * np.float32("nan"),
    )
    with pytest.raises(errors.TrainingError, match="not a number in epoch 1"):
        train(replace(QUICK, activation="tanh"), output=tmp_path / "run")


def test_a_full_disk_keeps_the_epochs_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = np.savez
    seen: list[int] = []

    def full(*arguments: object, **arrays: object) -> None:
        seen.append(1)
        if len(seen) == 2:
            raise OSError(28, "No space left on device")
        real(*arguments, **arrays)  # type: ignore[arg-type]

    monkeypatch.setattr(np, "savez", full)
    folder = tmp_path / "run"
    with pytest.raises(
        errors.TrainingError,
        match=r"epoch 2 could not be saved.*No space left.*--resume",
    ):
        train(replace(QUICK, epochs=3), output=folder)
    assert [path.name for path in (folder / "checkpoints").iterdir()] == ["epoch-0001"]
    monkeypatch.undo()
    assert len(resume(folder).history) == 3


def test_early_stopping_stops(tmp_path: Path) -> None:
    result = train(
        replace(QUICK, epochs=30, early_stop=1, learning_rate=0.5, optimizer="sgd"),
        output=tmp_path / "run",
    )
    assert len(result.history) < 30


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"optimizer": "adagrad"}, "--optimizer is adagrad: give one of adam"),
        ({"epochs": 0}, "--epochs is 0"),
        ({"dropout": 1.0}, "--dropout is 1.0"),
        ({"filters": ()}, "--filters"),
        ({"validation": 1.0}, "--validation"),
        ({"early_stop": 2, "validation": 0.0}, "--early-stop"),
        ({"learning_rate": 0.0}, "--learning-rate"),
    ],
)
def test_settings_that_cannot_be(change: dict[str, object], said: str) -> None:
    with pytest.raises(errors.SettingError, match=said):
        replace(Settings(), **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("optimizer", ["adamw", "sgd", "rmsprop"])
def test_every_optimizer_trains(optimizer: str, tmp_path: Path) -> None:
    result = train(
        replace(QUICK, optimizer=optimizer, activation="elu", precision="float32"),
        output=tmp_path / "run",
    )
    assert result.history[0]["loss"] < 3


def test_bfloat16_ends_in_a_plain_float32_file(tmp_path: Path) -> None:
    folder = train(replace(QUICK, precision="bfloat16"), output=tmp_path / "run").folder
    import onnx

    model = onnx.load(folder / "model.onnx")
    assert not [node for node in model.graph.node if node.op_type == "Cast"]
    assert {weight.data_type for weight in model.graph.initializer} <= {
        onnx.TensorProto.FLOAT,
        onnx.TensorProto.INT64,
    }
