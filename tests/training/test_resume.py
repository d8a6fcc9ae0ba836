"""A run killed at any moment goes on and ends with the same weights: real processes, really killed."""

import hashlib
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from waiting import PATIENCE_S, kill_when, was_killed

BASE = [sys.executable, "-m", "inkdigits", "train"]
SETTINGS = ["--data", "digits8x8", "--epochs", "5", "--batch-size", "32", "--dropout", "0.3", "--augment", "light",
            "--filters", "8,8", "--dense", "16", "--seed", "4"]  # fmt: skip


def weights(run: Path) -> list[npt.NDArray[np.float32]]:
    from inkdigits.training.keras_files import load_keras

    return list(load_keras(run / "model.keras").get_weights())


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_run_ends_like_the_unbroken_one(tmp_path: Path, how: signal.Signals, unbroken: Path) -> None:
    run = tmp_path / "killed"
    process = subprocess.Popen([*BASE, *SETTINGS, "--output", str(run)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    err = kill_when(process, lambda: any(run.glob("checkpoints/epoch-*")), how)
    if was_killed(process):
        assert not (run / "model.keras").exists()
        if how == signal.SIGINT:
            assert f"inkdigits train --resume {run}" in err.decode()
    done = subprocess.run([*BASE, "--resume", str(run)], capture_output=True, check=False, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr.decode()
    for one, other in zip(weights(run), weights(unbroken), strict=True):
        assert np.array_equal(one, other)
    assert (run / "history.csv").read_text() == (unbroken / "history.csv").read_text()
    assert not (run / "checkpoints").exists()


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "unbroken"
    subprocess.run([*BASE, *SETTINGS, "--output", str(run)], check=True, capture_output=True, timeout=PATIENCE_S)
    return run


def test_the_onnx_of_two_equal_runs_is_the_same_file(unbroken: Path) -> None:
    digest = hashlib.sha256((unbroken / "model.onnx").read_bytes()).hexdigest()
    assert len(digest) == 64
    again = unbroken.with_name("again")
    subprocess.run([*BASE, *SETTINGS, "--output", str(again)], check=True, capture_output=True, timeout=PATIENCE_S)
    assert hashlib.sha256((again / "model.onnx").read_bytes()).hexdigest() == digest


@pytest.mark.slow
@pytest.mark.parametrize("name", ["variables.npz", "progress.json"])
def test_a_checkpoint_that_is_cut_short_is_one_line(tmp_path: Path, name: str) -> None:
    run = tmp_path / "run"
    process = subprocess.Popen([*BASE, *SETTINGS, "--output", str(run)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    kill_when(process, lambda: any(run.glob("checkpoints/epoch-*")))
    if not was_killed(process):
        pytest.skip("the training was quicker than the test")
    (checkpoint,) = sorted(run.glob("checkpoints/epoch-*"))[-1:]
    (checkpoint / name).write_bytes((checkpoint / name).read_bytes()[:-100])
    done = subprocess.run([*BASE, "--resume", str(run)], capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert f"{checkpoint} is broken" in done.stderr
