"""docs/forms.md does what it says: its files are made, its commands are run in their order."""

import re
import shlex
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from typer.testing import CliRunner

from inkdigits.cli import app
from inkdigits.forms import Form
from inkdigits.forms.sheet import Identity
from inkdigits.synthesis.forms import MACHINES
from made_forms import saved
from test_docs import load_script

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "forms.md").read_text(encoding="utf-8")


def block(kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def commands() -> list[tuple[str, str]]:
    """Each command and what the page says it prints."""
    found = re.findall(r"```console\n\$ inkdigits (.*?)\n(?:(.*?)\n)?```", PAGE)
    assert len(found) == PAGE.count("```console")
    return found


def test_a_command_without_output_serves_a_page() -> None:
    """Which is what tests/web/test_review.py and test_editor.py do with them."""
    assert [command for command, printed in commands() if not printed] == [
        "form review results.xlsx",
        "form new exam.pdf --output scanned.form.json --edit",
    ]


def test_the_tutorial_runs_from_blank_sheet_to_gradebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("exam.form.json").write_text(block("json"), encoding="utf-8")
    Path("students.csv").write_text(block("csv"), encoding="utf-8")
    Path("scans").mkdir()
    drawing = load_script(ROOT / "docs" / "draw_forms.py")
    rows = [row.split(",") for row in block("csv").splitlines()[1:]]
    for place, ((identity, name), machine) in enumerate(
        zip(rows, ("scan", "photo", "turned"), strict=True), 1
    ):
        texts = {**drawing.TEXTS, "student": identity}
        sheet = drawing.sheet(Identity(identity, f"{identity}  {name}"), texts, place)
        saved(
            MACHINES[machine](sheet, np.random.default_rng(place)).grey,
            Path("scans") / f"{place}.png",
        )
    monkeypatch.setenv("INKDIGITS_DATABASE_URL", f"sqlite:///{tmp_path}/inkdigits.db")
    for command, printed in commands():
        if not printed:
            continue
        done = CliRunner().invoke(app, shlex.split(command))
        assert done.exit_code == 0, done.output
        if " read " in command or " review " in command:
            # How many are accepted is the networks' business.
            counted, output = printed.partition(":")[0], printed.rpartition(" ")[2]
            assert done.output.splitlines()[-1].startswith(counted)
            assert Path(output).is_file()
        else:
            assert done.output.strip() == printed
    sheet_of = openpyxl.load_workbook("results.xlsx")["exam"]
    columns = {cell.value: place for place, cell in enumerate(sheet_of[1], 1)}
    assert [sheet_of.cell(row, columns["id"]).value for row in (2, 3, 4)] == [
        identity for identity, _ in rows
    ]
    record = Form.load("exam.form.json").read("scans/1.png")
    assert record["total"].value == 36
    assert record["repeat"].value == "first"
