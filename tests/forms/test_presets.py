"""Presets are templates like any other: printed, filled in and read by their names."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from inkdigits import Reader
from inkdigits.cli import app
from inkdigits.forms import Form
from inkdigits.forms.sheet import Identity, draw_sheet
from inkdigits.forms.template import PRESETS, FormTemplate
from inkdigits.synthesis.forms import MACHINES
from made_forms import Grey, fill, saved

pytestmark = pytest.mark.slow

WRITTEN = {
    "sudoku": {"grid.1.c1": "5", "grid.1.c5": "7", "grid.5.c3": "2", "grid.9.c9": "9"},
    "tally": {
        "day": "17062026",
        "sheet": "  3",
        "count_1": "  12",
        "count_2": "   8",
        "total": "    20",
    },
    "meter": {
        "meter": "0048213377",
        "day": "17062026",
        "reading": "   48213",
        "before": "   46202",
        "used": "    2011",
    },
}


def overlap(form: FormTemplate) -> list[tuple[str, str]]:
    boxes = [(field.name, field.box) for page in form.pages for field in page.fields]
    return [
        (name, other)
        for place, (name, box) in enumerate(boxes)
        for other, second in boxes[place + 1 :]
        if min(box.right, second.right) - max(box.left, second.left) > 1e-6
        and min(box.bottom, second.bottom) - max(box.top, second.top) > 1e-6
    ]


def filled(name: str) -> Grey:
    """A printed sheet of a preset, filled in and scanned."""
    form = FormTemplate.load(name)
    sheet = draw_sheet(form, form.pages[0], 200, Identity("1", "no. 1")).copy()
    for seed, (field, text) in enumerate(WRITTEN[name].items()):
        fill(sheet, form.fields[field], text, seed)
    return MACHINES["scan"](sheet, np.random.default_rng(1)).grey


def wanted(name: str) -> dict[str, str]:
    texts = {field: text.strip() for field, text in WRITTEN[name].items()}
    return {**texts, **({"day": "17/06/2026"} if "day" in texts else {})}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_filled_in_and_read(name: str, reader: Reader) -> None:
    form = Form.load(name, reader)
    assert form.template.name == name
    assert overlap(form.template) == []
    record = form.read(filled(name))
    assert record.id == "1"
    assert {
        field: each.text for field, each in record.fields.items() if each.text
    } == wanted(name)


def test_the_command_line_takes_presets_by_name(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A folder of scans may have the name of a preset."""
    monkeypatch.chdir(tmp_path)
    printed = CliRunner().invoke(
        app,
        ["form", "print", "meter", "--count", "2", "--output", "sheets.pdf"],
    )
    assert printed.output.strip() == "2 pages to print: sheets.pdf"
    Path("meter").mkdir()
    saved(filled("meter"), Path("meter") / "1.png")
    read = [
        "form",
        "read",
        "meter",
        "meter",
        "--output",
        "results.jsonl",
        "--workers",
        "1",
        "--quiet",
    ]
    done = CliRunner().invoke(app, read)
    assert done.exit_code == 0, done.output
    record = json.loads(Path("results.jsonl").read_text())
    texts = {name: each["text"] for name, each in record["fields"].items()}
    assert {name: text for name, text in texts.items() if text} == wanted("meter")


def test_a_name_that_is_no_preset_is_a_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["form", "print", "chess", "--output", "sheets.pdf"])
    assert "there is no form template at chess" in str(done.exception)
