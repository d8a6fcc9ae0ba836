"""A run killed at any moment goes on and ends with the same weights: real processes, really killed."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from inkdigits.cli import main
from waiting import INTERRUPTED, PATIENCE_S, kill_when, was_killed

BASE = [sys.executable, "-m", "inkdigits", "train"]
SETTINGS = ["--data", "digits8x8", "--epochs", "5", "--batch-size", "32", "--dropout", "0.3", "--augment", "light",
            "--filters", "8,8", "--dense", "16", "--seed", "4"]  # fmt: skip


def weights(run: Path) -> list[npt.NDArray[np.float32]]:
    from inkdigits.training.keras_files import load_keras

    return list(load_keras(run / "model.keras").get_weights())


def started(*options: object) -> "subprocess.Popen[bytes]":
    command = [*BASE, *map(str, options)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(*options: object) -> None:
    done = subprocess.run(
        [*BASE, *map(str, options)],
        capture_output=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr.decode()


def epochs_kept(run: Path) -> int:
    """The epochs of the newest checkpoint."""
    numbers = [
        int(path.name.removeprefix("epoch-"))
        for path in run.glob("checkpoints/epoch-*")
    ]
    return max(numbers, default=0)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "unbroken"
    finish(*SETTINGS, "--output", run)
    return run


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bool]:
    """A run that was killed after its first checkpoint, and whether that came before its end."""
    run = tmp_path_factory.mktemp("runs") / "killed"
    process = started(*SETTINGS, "--output", run)
    kill_when(process, lambda: epochs_kept(run) >= 1)
    before_its_end = was_killed(process)
    assert (run / "model.keras").exists() != before_its_end
    return run, before_its_end


@pytest.mark.slow
def test_a_run_that_is_killed_and_then_interrupted_ends_like_the_unbroken_one(
    tmp_path: Path, killed: tuple[Path, bool], unbroken: Path
) -> None:
    """By SIGKILL first, and by Ctrl-C after an epoch more."""
    run = tmp_path / "run"
    shutil.copytree(killed[0], run)
    if killed[1]:
        epochs = epochs_kept(run)
        process = started("--resume", run)
        said = kill_when(process, lambda: epochs_kept(run) > epochs, signal.SIGINT)
        if was_killed(process):
            assert not (run / "model.keras").exists()
            # Whoever runs short of memory may kill it too: it must go on from that as well.
            if process.returncode != -signal.SIGKILL:
                assert process.returncode == INTERRUPTED
                assert f"inkdigits train --resume {run}" in said.decode()
            finish("--resume", run)
    for one, other in zip(weights(run), weights(unbroken), strict=True):
        assert np.array_equal(one, other)
    assert (run / "history.csv").read_text() == (unbroken / "history.csv").read_text()
    assert (run / "model.onnx").read_bytes() == (unbroken / "model.onnx").read_bytes()
    assert not (run / "checkpoints").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["variables.npz", "progress.json"])
def test_a_checkpoint_that_is_cut_short_is_one_line(
    tmp_path: Path,
    name: str,
    killed: tuple[Path, bool],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    if not killed[1]:
        pytest.skip("the training was quicker than the test")
    run = tmp_path / "run"
    shutil.copytree(killed[0], run)
    checkpoint = sorted(run.glob("checkpoints/epoch-*"))[-1]
    (checkpoint / name).write_bytes((checkpoint / name).read_bytes()[:-100])
    monkeypatch.setattr(sys, "argv", ["inkdigits", "train", "--resume", str(run)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    said = capfd.readouterr().err
    assert len(said.splitlines()) == 1
    assert f"{checkpoint} is broken" in said
