"""`inkdigits data`."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from inkdigits.cli import app
from inkdigits.store import Store
from inkdigits.synthesis.drawn import as_file, draw_digit


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["data", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.output


def test_list_says_terms_and_use(tmp_path: Path) -> None:
    lines = run("list", "--data-dir", tmp_path).splitlines()
    assert lines[0].startswith("mnist      missing   train ")
    assert any("evaluate only" in line and line.startswith("usps") for line in lines)
    rows = json.loads(run("list", "--json"))
    assert {"name", "terms", "citation", "trainable", "here"} <= set(rows[0])


def test_get_and_info(digit_folder: Path, tmp_path: Path) -> None:
    assert (
        run("get", "digits8x8")
        == "digits8x8: 1,797 pictures, verified, in scikit-learn\n"
    )
    sheet = tmp_path / "sheet.png"
    text = run("info", digit_folder, "--preview", sheet)
    assert "my_digits (all): 40 pictures" in text
    assert "  7: 4" in text
    assert sheet.stat().st_size > 1000


def test_corrections_are_exported_as_a_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/inkdigits.db"
    store = Store(url)
    for digit in (7, 7, 3, None):
        picture = as_file(draw_digit(digit or 0, size_px=60, seed=store.count()), "PNG")
        store.add_correction(
            picture,
            digit,
            predicted=1,
            confidence=0.5,
            accepted=True,
            model="digits.onnx",
        )
    store.close()
    folder = tmp_path / "mine"
    text = run("export", "corrections", folder, "--database-url", url)
    assert text == f"{folder}: 4 pictures (3: 1, 7: 2, not a digit: 1)\n"
    assert "mine (all): 3 pictures" in run("info", folder)
    monkeypatch.setenv("INKDIGITS_DATABASE_URL", url)
    assert "corrections (all): 3 pictures" in run("info", "corrections")
    result = CliRunner().invoke(app, ["data", "export", "something", str(folder)])
    assert "give corrections" in str(result.exception)
