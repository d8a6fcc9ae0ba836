"""`inkdigits data`."""

import json
from pathlib import Path

from typer.testing import CliRunner

from inkdigits.cli import app


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["data", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.output


def test_list_says_terms_and_use(tmp_path: Path) -> None:
    lines = run("list", "--data-dir", tmp_path).splitlines()
    assert lines[0].startswith("mnist      not here  train ")
    assert any("evaluate only" in line and line.startswith("usps") for line in lines)
    rows = json.loads(run("list", "--json"))
    assert {"name", "terms", "citation", "trainable", "here"} <= set(rows[0])


def test_get_and_info(digit_folder: Path, tmp_path: Path) -> None:
    assert run("get", "digits8x8") == "digits8x8: 1,797 pictures, whole, in scikit-learn\n"
    sheet = tmp_path / "sheet.png"
    text = run("info", digit_folder, "--preview", sheet)
    assert "my_digits (all): 40 pictures" in text
    assert "  7: 4" in text
    assert sheet.stat().st_size > 1000
