"""`inkdigits train` and `inkdigits export`, as a user runs them."""

import subprocess
import sys
from pathlib import Path

import pytest

from waiting import PATIENCE_S

COMMAND = [sys.executable, "-m", "inkdigits"]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )


@pytest.mark.slow
def test_train_export_predict_evaluate(tmp_path: Path, seven: Path) -> None:
    folder = tmp_path / "run"
    result = run(
        "train", "--data", "digits8x8", "--epochs", 2, "--dense", 64, "--output", folder
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert "probabilities (Dense)" in result.stdout
    assert "epoch 2/2  accuracy 0." in result.stdout
    assert "val_loss" in result.stdout
    assert f"finished: {folder}" in result.stdout
    following = [
        line.split("#")[0].split()
        for line in result.stdout.splitlines()
        if line.startswith("next: ")
    ]
    assert [words[2] for words in following] == ["evaluate", "predict", "export"]
    assert all(str(folder) in words for words in following)
    for ending in ("onnx", "h5", "keras"):
        path = tmp_path / f"net.{ending}"
        exported = run("export", folder, "--format", ending, "--output", path)
        assert exported.stdout == f"{path}\n", exported.stderr
        assert path.stat().st_size > 10_000
    assert run("predict", seven, "--model", folder).returncode == 0
    assert (tmp_path / "net.onnx").read_bytes() == (
        folder / "model.onnx"
    ).read_bytes() or run(
        "evaluate",
        tmp_path / "net.onnx",
        folder,
        "--data",
        "digits8x8",
        "--output",
        tmp_path / "ev",
    ).stdout.endswith("give the same answers for every picture\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["train", "--recipe", "nothing"],
            "there is no recipe 'nothing': choose classic",
        ),
        (["train", "--filters", "a,b"], "--filters is 'a,b'"),
        (
            ["train", "--data", "nowhere"],
            "there is no data set, folder or file 'nowhere'",
        ),
        (["train", "--resume", "nowhere"], "nowhere is not a run folder"),
        (
            ["train", "--from", "bundled"],
            "--from needs --data: a folder with one subfolder per digit",
        ),
        (
            ["train", "--from", "bundled", "--data", "x", "--dense", "9"],
            "--dense cannot be combined with --from",
        ),
        (["tune", "--trials", "0"], "--trials is 0"),
        (["tune", "--space", "nowhere.toml"], "--space nowhere.toml cannot be read"),
        (
            ["data", "doubt", "nowhere"],
            "there is no data set, folder or file 'nowhere'",
        ),
        (["export", "nowhere"], "there is no model at nowhere"),
        (["export", "nowhere", "--format", "tflite"], "choose onnx, keras, h5"),
        (["data", "get", "mnits"], "did you mean mnist?"),
        (
            ["evaluate", "nowhere.onnx", "--data", "digits8x8"],
            "there is no model at nowhere.onnx",
        ),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
    assert said in result.stderr


def test_a_missing_extra_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['keras'] = None\n"
        "from inkdigits.cli import main\n"
        f"sys.argv = ['inkdigits', 'train', '--data', 'digits8x8', '--output', {str(tmp_path / 'run')!r}]\nmain()"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True
    )
    assert result.returncode == 2
    assert result.stderr.strip().endswith("[train]'")
