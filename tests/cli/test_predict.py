"""Whole outputs of `inkdigits predict`, from a real process where that matters."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from inkdigits.cli import app
from inkdigits.synthesis import drawn

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "inkdigits"]


def run(
    *arguments: object, stdin: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], check=False, capture_output=True, input=stdin
    )


def test_it_says_the_digit_how_sure_and_all_ten(seven: Path) -> None:
    result = run("predict", seven)
    lines = result.stdout.decode().splitlines()
    assert result.returncode == 0
    assert result.stderr == b""
    assert lines[0].startswith(f"{seven}: 7  (")
    assert [line.split()[0] for line in lines[1:]] == list("0123456789")
    assert sum(float(line.split()[-2]) for line in lines[1:]) == pytest.approx(
        100, abs=0.1
    )


def test_json_is_one_object_a_picture(seven: Path) -> None:
    result = run("predict", "--json", seven, seven)
    rows = [json.loads(line) for line in result.stdout.decode().splitlines()]
    assert len(rows) == 2
    assert set(rows[0]) == {
        "image",
        "digit",
        "confidence",
        "accepted",
        "reason",
        "probabilities",
        "box",
    }
    assert rows[0]["reason"] == ""
    left, top, right, bottom = rows[0]["box"]
    assert left < right
    assert top < bottom
    assert (rows[0]["image"], rows[0]["digit"], rows[0]["accepted"]) == (
        str(seven),
        7,
        True,
    )
    assert len(rows[0]["probabilities"]) == 10
    assert sum(rows[0]["probabilities"]) == pytest.approx(1, abs=1e-4)


def test_a_picture_comes_from_stdin(seven: Path) -> None:
    assert (
        json.loads(run("predict", "--json", "-", stdin=seven.read_bytes()).stdout)[
            "digit"
        ]
        == 7
    )


def test_a_bad_picture_is_one_line_and_the_others_are_answered(
    seven: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.png"
    bad.write_text("no picture")
    result = run("predict", "--json", bad, seven, tmp_path / "gone.png", seven)
    assert result.returncode == 2
    assert len(result.stdout.decode().splitlines()) == 2
    errors = result.stderr.decode().splitlines()
    assert len(errors) == 2
    assert errors[0].startswith(f"inkdigits: {bad} is not a picture")
    assert "does not exist" in errors[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--model", "nowhere.onnx"], "there is no model at nowhere.onnx"),
        (["--min-confidence", "3"], "min_confidence is 3.0"),
    ],
)
def test_a_wrong_option_is_one_line(
    seven: Path, arguments: list[str], said: str
) -> None:
    result = run("predict", seven, *arguments)
    assert result.returncode == 2
    assert result.stdout == b""
    assert len(result.stderr.decode().splitlines()) == 1
    assert said in result.stderr.decode()


def test_a_model_that_is_none(seven: Path, tmp_path: Path) -> None:
    broken, keras = tmp_path / "model.onnx", tmp_path / "model.keras"
    broken.write_bytes(b"not a model")
    keras.write_bytes(b"PK")
    assert (
        "is not an ONNX model"
        in run("predict", seven, "--model", broken).stderr.decode()
    )
    assert "inkdigits export" in run("predict", seven, "--model", keras).stderr.decode()
    folder = tmp_path / "run"
    folder.mkdir()
    assert (
        "contains no model.onnx"
        in run("predict", seven, "--model", folder).stderr.decode()
    )


def test_blank_and_unsure_are_said_plainly(seven: Path, tmp_path: Path) -> None:
    blank = tmp_path / "blank.png"
    blank.write_bytes(drawn.as_file(Image.new("L", (80, 80), 255), "PNG"))
    runner = CliRunner()
    assert (
        runner.invoke(app, ["predict", str(blank)]).output
        == f"{blank}: no digit found\n"
    )
    unsure = runner.invoke(
        app, ["predict", str(seven), "--min-confidence", "1", "--top", "2"]
    ).output.splitlines()
    assert len(unsure) == 3
    assert "not sure, 7?" in unsure[0]


def test_several_pictures_have_a_line_each_and_folders_give_theirs(seven: Path) -> None:
    (seven.parent / "a.tif").write_bytes(drawn.as_file(drawn.draw_digit(3), "TIFF"))
    for name in ("notes.txt", "report.pdf"):
        (seven.parent / name).write_text("no picture")
    runner = CliRunner()
    lines = runner.invoke(app, ["predict", str(seven.parent)]).output.splitlines()
    assert [line.split("  (")[0] for line in lines] == [
        f"{seven.parent}/a.tif: 3",
        f"{seven}: 7",
    ]
    assert (
        runner.invoke(
            app, ["predict", f"{seven.parent}/*.[pt][ni][gf]"]
        ).output.splitlines()
        == lines
    )
    assert (
        runner.invoke(app, ["predict", str(seven), str(seven)]).output.splitlines()
        == lines[1:] * 2
    )
    bars = runner.invoke(
        app, ["predict", str(seven.parent), "--top", "2"]
    ).output.splitlines()
    assert (len(bars), bars[0], bars[3]) == (6, *lines)
    (seven.parent / "empty").mkdir()
    assert "contains no pictures" in str(
        runner.invoke(app, ["predict", str(seven.parent / "empty")]).exception
    )


def test_check_proves_it() -> None:
    result = run("check")
    text = result.stdout.decode()
    assert result.returncode == 0
    assert "self-test: the ten drawn digits are read as 0123456789" in text
    assert "CPUExecutionProvider" in text
    assert "train:" in text


def test_help_helps() -> None:
    assert "IMAGE..." in run("predict", "--help").stdout.decode()
    assert run("predict").returncode == 2
