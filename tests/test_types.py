"""What type checkers say of programs that use the public names."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RIGHT = """
from pathlib import Path
from typing import assert_type

import numpy as np
from PIL import Image

import inkdigits
from inkdigits import Limits, Prediction, Reader, Reading

reader = Reader("bundled", limits=Limits(max_pages=3))
one, three, four = np.zeros((28, 28)), np.zeros((5, 28, 28)), np.zeros((5, 1, 28, 28))

assert_type(inkdigits.predict("a.png"), Prediction)
assert_type(inkdigits.predict(Path("a.png")), Prediction)
assert_type(inkdigits.predict(b""), Prediction)
assert_type(inkdigits.predict(Image.new("L", (9, 9))), Prediction)
assert_type(inkdigits.predict(["a.png", b""]), list[Prediction])
assert_type(inkdigits.predict(one), Prediction)
assert_type(inkdigits.predict(three), Prediction | list[Prediction])
assert_type(inkdigits.predict(four), list[Prediction])
assert_type(reader.predict("a.png"), Prediction)
assert_type(reader.predict(four), list[Prediction])
assert_type(inkdigits.read("a.pdf", pages="1", dpi=300, expect=["date", "time"]), Reading)
assert_type(inkdigits.read(["a.png"], dayfirst=True), list[Reading])
assert_type(reader.read(one), Reading)
assert_type(inkdigits.draw(inkdigits.read("a.png")), Image.Image)
assert_type(inkdigits.read("a.png").to_csv(), str)
"""
WRONG = """
import inkdigits

inkdigits.predict("a.png").digti
inkdigits.read("a.png", dip=3)
inkdigits.read("a.png").txet
inkdigits.predict(["a.png"]).digit
inkdigits.predict(3)
"""
WRONG_LINES = [4, 5, 6, 7, 8]


@pytest.fixture
def programs(tmp_path: Path) -> tuple[Path, Path]:
    right, wrong = tmp_path / "right.py", tmp_path / "wrong.py"
    right.write_text(RIGHT)
    wrong.write_text(WRONG)
    return right, wrong


@pytest.mark.slow
def test_mypy_knows_what_comes_back(programs: tuple[Path, Path]) -> None:
    pytest.importorskip("mypy")
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--config-file",
        str(ROOT / "pyproject.toml"),
        *map(str, programs),
    ]
    result = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=ROOT
    )
    errors = [line for line in result.stdout.splitlines() if ": error: " in line]
    assert [line for line in errors if "right.py" in line] == []
    assert sorted({int(line.split(":")[1]) for line in errors}) == WRONG_LINES, (
        result.stdout + result.stderr
    )
    assert 'maybe "digit"' in result.stdout


def test_pyright_knows_what_comes_back(programs: tuple[Path, Path]) -> None:
    beside = Path(sys.executable).with_name("pyright")
    program = str(beside) if beside.exists() else shutil.which("pyright")
    if program is None:
        pytest.skip("pyright is not installed")
    command = [
        program,
        "--pythonpath",
        sys.executable,
        "--outputjson",
        *map(str, programs),
    ]
    result = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=ROOT / "src"
    )
    if not result.stdout.startswith("{"):
        pytest.skip(f"pyright could not get its own program: {result.stderr[-200:]}")
    found = json.loads(result.stdout[: result.stdout.rindex("}") + 1])[
        "generalDiagnostics"
    ]
    errors = [
        (Path(one["file"]).name, one["range"]["start"]["line"] + 1)
        for one in found
        if one["severity"] == "error"
    ]
    assert sorted(set(errors)) == [("wrong.py", line) for line in WRONG_LINES], found
