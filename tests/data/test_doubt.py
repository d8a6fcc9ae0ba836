"""Wrong labels are found: on drawn digits with one label in ten wrong, through the command line and the library."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from inkdigits import errors
from inkdigits.cli import app
from inkdigits.data import Dataset, load
from inkdigits.data.doubt import doubts
from inkdigits.data.own import load_own
from inkdigits.synthesis.drawn import as_file, draw_digit, draw_sign


def with_wrong_labels(
    dataset: Dataset, share: float, seed: int
) -> tuple[Dataset, set[int]]:
    rng = np.random.default_rng(seed)
    wrong = rng.choice(len(dataset), round(share * len(dataset)), replace=False)
    labels = dataset.labels.copy()
    labels[wrong] = (labels[wrong] + rng.integers(1, 10, len(wrong))) % 10
    return replace(dataset, labels=labels), set(wrong.tolist())


def test_nine_in_ten_wrong_labels_stand_in_the_first_fifteen_in_a_hundred() -> None:
    dataset, wrong = with_wrong_labels(load("digits8x8", split="test"), 0.1, 3)
    found = doubts(dataset)
    assert sorted(one.index for one in found) == list(range(len(dataset)))
    assert [one.score for one in found] == sorted(
        (one.score for one in found), reverse=True
    )
    first = {one.index for one in found[: round(0.15 * len(dataset))]}
    assert len(first & wrong) >= 0.9 * len(wrong)


def test_a_way_of_writing_is_not_taken_for_a_slip(digit_folder: Path) -> None:
    """All of a writer's 1s look like 7s: none of them is doubted; a single 4 among them is."""
    for seed in range(4):
        (digit_folder / "1" / f"{seed}.png").write_bytes(
            as_file(draw_digit(7, size_px=60, seed=10 + seed), "PNG")
        )
    (digit_folder / "1" / "slip.png").write_bytes(
        as_file(draw_digit(4, size_px=60), "PNG")
    )
    doubted = [one for one in doubts(load_own(digit_folder)[0]) if one.doubtful]
    assert [Path(one.source).name for one in doubted if one.given == 1] == ["slip.png"]


@pytest.fixture
def spoiled(digit_folder: Path) -> Path:
    (digit_folder / "3" / "0.png").replace(digit_folder / "8" / "three.png")
    (digit_folder / "5" / "letter.png").write_bytes(
        as_file(draw_sign("M", size_px=60), "PNG")
    )
    (digit_folder / "5" / "blank.png").write_bytes(
        as_file(Image.new("L", (60, 60), 255), "PNG")
    )
    (digit_folder / "6" / "notes.txt").write_text("six of them")
    return digit_folder


def test_the_command_names_the_files(spoiled: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "doubt.png"
    result = CliRunner().invoke(
        app, ["data", "doubt", str(spoiled), "--sheet", str(sheet)]
    )
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert any(
        line.startswith(f"{spoiled}/8/three.png: given 8, likely 3, score")
        for line in lines
    )
    assert any(
        line.startswith(f"{spoiled}/5/letter.png: given 5, likely no digit, score")
        for line in lines
    )
    assert lines[-2] == "2 of 41 labels are doubtful"
    assert lines[-1] == f"sheet: {sheet}"
    assert "notes.txt: left out:" in result.stderr
    assert "blank.png: left out: contains no ink" in result.stderr
    with Image.open(sheet) as drawn:
        assert drawn.width > 150


def test_json_is_an_object_a_line(spoiled: Path) -> None:
    result = CliRunner().invoke(app, ["data", "doubt", str(spoiled), "--json", "--all"])
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(rows) == 41
    assert set(rows[0]) == {"file", "given", "likely", "score"}
    assert {Path(row["file"]).name for row in rows[:2]} == {"three.png", "letter.png"}


def test_a_folder_without_any_picture_says_what_is_expected(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "notes.txt").write_text("none")
    with pytest.raises(
        errors.DataError, match=r"none of the 1 files in .* is a picture: expected"
    ):
        load_own(tmp_path)
