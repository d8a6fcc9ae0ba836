"""`inkdigits form`: a pile of scans becomes a spreadsheet, once and only once."""

import csv
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyarrow.parquet
import pytest
from PIL import Image
from typer.testing import CliRunner

from inkdigits.cli import app, main
from inkdigits.forms.sheet import Identity, draw_sheet
from inkdigits.forms.template import FormTemplate
from inkdigits.synthesis.forms import MACHINES
from made_forms import comb, fill, saved
from waiting import wait_until

pytestmark = pytest.mark.slow

# How often a reading is killed; INKDIGITS_KILLS=20 makes it the long run.
KILLS = int(os.environ.get("INKDIGITS_KILLS", "2"))

CONTENT: dict[str, Any] = {
    "inkdigits_form": 1,
    "name": "exam",
    "pages": [
        {
            "fields": [
                comb("student", 4, 40, 40),
                comb("points_1", 2, 40, 70, type="number"),
                comb("points_2", 2, 40, 85, type="number"),
                comb("total", 3, 40, 120, type="number"),
                {"name": "signature", "type": "image", "box": [120, 120, 184, 140]},
            ]
        }
    ],
    "rules": ["total = sum(points_*)"],
}
WRITTEN = [
    {"student": "0471", "points_1": "12", "points_2": " 7", "total": " 19"},
    {"student": "2093", "points_1": "10", "points_2": "15", "total": " 25"},
    {"student": "8846", "points_1": " 3", "points_2": "11", "total": " 95"},
]


@pytest.fixture(scope="module")
def pile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A template, and a folder of scans: three sheets, one of which does not add up, a stranger, and a broken file."""
    folder = tmp_path_factory.mktemp("pile")
    (folder / "exam.form.json").write_text(json.dumps(CONTENT))
    form = FormTemplate.load(folder / "exam.form.json")
    scans = folder / "scans"
    scans.mkdir()
    for place, texts in enumerate(WRITTEN):
        sheet = draw_sheet(form, form.pages[0], 200, Identity(f"id{place}")).copy()
        for seed, (name, text) in enumerate(texts.items()):
            fill(sheet, form.fields[name], text, 10 * place + seed)
        saved(
            MACHINES["scan"](sheet, np.random.default_rng(place)).grey,
            scans / f"{place}.png",
        )
    saved(np.full((900, 700), 240, np.uint8), scans / "7.png")
    (scans / "9.png").write_bytes(b"no picture")
    return folder


def rows_in(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["form", *map(str, arguments)])


def test_a_pile_becomes_a_spreadsheet_in_every_format(
    pile: Path, tmp_path: Path
) -> None:
    output = tmp_path / "results.csv"
    done = run(
        "read",
        pile / "exam.form.json",
        pile / "scans",
        "--output",
        output,
        "--workers",
        1,
        "--quiet",
    )
    assert done.exit_code == 0, done.output
    assert done.output.strip().endswith(f"2 pages refused: {output}")
    rows = rows_in(output)
    assert [row["id"] for row in rows] == ["id0", "id1", "id2", "", ""]
    assert [(row["student"], row["total"]) for row in rows[:2]] == [
        ("0471", "19"),
        ("2093", "25"),
    ]
    assert rows[2]["total"] == "95 ?", "what does not add up is not a number"
    assert [row["reason"] for row in rows[3:]] == [
        "the page is empty",
        rows[4]["reason"],
    ]
    assert "9.png" in rows[4]["reason"]
    assert (tmp_path / rows[0]["signature"]).is_file()
    for name in ("results.xlsx", "results.jsonl", "results.parquet", "results.sqlite"):
        again = run(
            "read",
            pile / "exam.form.json",
            pile / "scans",
            "--output",
            tmp_path / name,
            "--workers",
            1,
            "--quiet",
        )
        assert again.exit_code == 0, again.output
    _check_xlsx(tmp_path / "results.xlsx")
    records = [
        json.loads(line)
        for line in (tmp_path / "results.jsonl").read_text().splitlines()
    ]
    assert records[1]["fields"]["points_2"]["value"] == 15
    assert "does not hold" in records[2]["fields"]["total"]["reason"]
    long = pyarrow.parquet.read_table(tmp_path / "results.parquet").to_pylist()
    database = sqlite3.connect(tmp_path / "results.sqlite")
    for row in long[:5]:
        kept = database.execute(
            "select text, accepted from fields where record = ? and field = ?",
            (row["record"], row["field"]),
        ).fetchone()
        assert kept == (row["text"], row["accepted"])
    assert database.execute("select count(*) from records").fetchone() == (5,)
    database.close()


def _check_xlsx(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["exam", "other pages"]
    sheet = book["exam"]
    columns = {cell.value: place for place, cell in enumerate(sheet[1], 1)}
    assert sheet.cell(2, columns["student"]).value == "0471"
    assert sheet.cell(2, columns["total"]).value == 19
    doubtful = sheet.cell(4, columns["total"])
    assert doubtful.value == "95 ?"
    assert doubtful.comment is not None
    assert "does not hold" in doubtful.comment.text
    assert doubtful.fill.fgColor.rgb == "FFFFE08A"
    assert book["other pages"].max_row == 3


def test_killed_at_random_moments_every_page_is_there_once(
    pile: Path, tmp_path: Path
) -> None:
    """The table is that of an unbroken run, byte for byte. Copies of the scans make the pile long enough."""
    scans = tmp_path / "scans"
    scans.mkdir()
    names = [
        f"{copy:02}-{name}"
        for copy in range(1 + KILLS // 4)
        for name in ("0.png", "1.png", "2.png", "7.png", "9.png")
    ]
    for name in names:
        (scans / name).write_bytes((pile / "scans" / name[3:]).read_bytes())
    command = [
        sys.executable,
        "-m",
        "inkdigits",
        "form",
        "read",
        str(pile / "exam.form.json"),
        str(scans),
    ]
    command += ["--workers", "1", "--quiet", "--output"]
    subprocess.run(
        [*command, str(tmp_path / "whole.csv")], check=True, capture_output=True
    )
    pages = tmp_path / "killed.pages" / "pictures"
    rng = random.Random(KILLS)  # noqa: S311 - moments, not secrets
    for moment in sorted(rng.choices(range(1, len(names)), k=KILLS)):
        process = subprocess.Popen(
            [*command, str(tmp_path / "killed.csv")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(
            lambda moment=moment, process=process: (
                len([*pages.glob("pictures-*")]) >= moment or process.poll() is not None
            ),  # type: ignore[misc]
            f"{moment} pages are read",
        )
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    subprocess.run(
        [*command, str(tmp_path / "killed.csv")], check=True, capture_output=True
    )
    whole = (
        (tmp_path / "whole.csv")
        .read_text()
        .replace("whole.csv.images", "killed.csv.images")
    )
    assert (tmp_path / "killed.csv").read_text() == whole
    rows = rows_in(tmp_path / "killed.csv")
    assert [Path(row["source"]).name for row in rows] == names
    assert [row["id"] for row in rows[:3]] == ["id0", "id1", "id2"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["read", "scans", "--output", "a.csv"], "no template"),
        (["read", "exam.form.json", "--output", "a.csv"], "no scans"),
        (
            ["read", "exam.form.json", "scans", "--output", "a.txt"],
            "a.txt cannot be written: name a file that ends with .csv",
        ),
        (
            ["read", "none.json", "scans", "--output", "a.csv"],
            "there is no form template at none.json",
        ),
        (
            ["read", "exam.form.json", "nowhere", "--output", "a.csv"],
            "nowhere does not exist",
        ),
    ],
)
def test_wrong_words_are_one_line(
    arguments: list[str],
    said: str,
    pile: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "exam.form.json").write_text((pile / "exam.form.json").read_text())
    (tmp_path / "scans").mkdir()
    Image.new("L", (200, 300), 255).save(tmp_path / "scans" / "a.png")
    monkeypatch.setattr(sys, "argv", ["inkdigits", "form", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
