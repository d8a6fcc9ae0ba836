"""Corrected Label Studio tasks become a folder per digit: what is exported, corrected, comes back."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from inkdigits import Reader
from inkdigits.cli import app
from inkdigits.data.label_studio import take_tasks
from inkdigits.errors import DataError
from inkdigits.formats import label_studio
from inkdigits.synthesis.drawn import draw_numbers


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def exported(reader: Reader, picture: Path) -> list[dict[str, Any]]:
    """What `inkdigits read` writes, as if somebody had submitted it unchanged."""
    tasks: list[dict[str, Any]] = json.loads(
        label_studio.tasks([(picture.name, reader.read(picture))])
    )
    for task in tasks:
        task["annotations"] = task.pop("predictions")
    return tasks


def texts(task: dict[str, Any]) -> list[dict[str, Any]]:
    parts = task["annotations"][0]["result"]
    return [part["value"] for part in parts if part["from_name"] == "transcription"]


def counts(folder: Path) -> dict[str, int]:
    return {path.name: len(list(path.iterdir())) for path in sorted(folder.iterdir())}


def test_digits_are_filed_as_they_were_corrected(
    reader: Reader, tmp_path: Path
) -> None:
    draw_numbers(["507", "48"]).save(tmp_path / "page.png")
    tasks = exported(reader, tmp_path / "page.png")
    first, second = texts(tasks[0])
    assert (first["text"], second["text"]) == (["507"], ["48"])
    first["text"] = ["5 0 1"]  # a seven that is a one
    second["text"] = ["481"]  # three digits, of which two are found
    tasks.append({"data": {"image": "unfinished.png"}, "annotations": []})
    (tmp_path / "tasks.json").write_text(json.dumps(tasks))
    taken = take_tasks(tmp_path / "tasks.json", tmp_path, tmp_path / "out", reader)
    assert taken.digits == {"0": 1, "1": 1, "5": 1} == counts(tmp_path / "out")
    assert taken.left_out == 1
    for name in "05":
        (picture,) = (tmp_path / "out" / name).iterdir()
        assert reader.predict(picture).digit == int(name)


@pytest.mark.parametrize(
    "name", ["/data/upload/1/0123abcd-page.png", "/data/local-files/?d=scans/page.png"]
)
def test_pictures_are_found_under_the_names_that_label_studio_gives(
    reader: Reader, tmp_path: Path, name: str
) -> None:
    draw_numbers(["48"]).save(tmp_path / "page.png")
    tasks = exported(reader, tmp_path / "page.png")
    tasks[0]["data"]["image"] = name
    (tmp_path / "tasks.json").write_text(json.dumps(tasks))
    command = ["data", "import", str(tmp_path / "tasks.json"), str(tmp_path / "out")]
    done = CliRunner().invoke(
        app, [*command, "--pictures", str(tmp_path)], catch_exceptions=False
    )
    assert done.exit_code == 0
    assert done.output.endswith("out: 2 digits (4: 1, 8: 1)\n")


def test_what_is_no_export_is_said(reader: Reader, tmp_path: Path) -> None:
    tasks = tmp_path / "tasks.json"
    wrong = {
        "not json": "cannot be read",
        "{}": "no list of tasks",
        '[{"data": {"image": "a.png"}}]': "no annotations",
        '[{"data": {"image": "a.png"}, "annotations": [{"result": []}]}]': "does not have a.png",
        '[{"data": {"image": "a.png"}, "annotations": "all"}]': "no annotations",
        '[{"data": 7, "annotations": [{"result": []}]}]': "no annotations",
        '[{"id": 5, "data": {"image": "a.png"}, "annotations": [{"result": ["x"]}]}]': "task 5 is not",
        '[{"id": 6, "data": {"image": "a.png"}, "annotations": [{"result": [{"value": '
        '{"x": "left", "y": 1, "width": 1, "height": 1, "text": "4"}}]}]}]': "task 6 is not",
    }
    for content, message in wrong.items():
        tasks.write_text(content)
        with pytest.raises(DataError, match=message):
            take_tasks(tasks, tmp_path, tmp_path / "out", reader)
