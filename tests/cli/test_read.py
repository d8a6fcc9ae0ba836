"""Whole outputs of `inkdigits read`, from a real process."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from inkdigits import Reader
from inkdigits.cli import app
from inkdigits.reading.results import Box, Line, PageReading, Reading
from inkdigits.synthesis.drawn import as_file, draw_numbers

pytestmark = pytest.mark.slow

# How sure the reader is of the drawn numbers is not what is tested here.
ANY_CONFIDENCE = ("--min-confidence", "0")
COMMAND = [sys.executable, "-m", "inkdigits", "read", *ANY_CONFIDENCE]


def run(
    *arguments: object, stdin: bytes | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(
        command, check=False, capture_output=True, input=stdin, env=env
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "pages"
    place.mkdir()
    (place / "a.png").write_bytes(as_file(draw_numbers(["34625", "78"]), "PNG"))
    (place / "b.jpg").write_bytes(as_file(draw_numbers(["2546"]), "JPEG"))
    (place / "notes.txt").write_text("no picture")
    return place


def test_a_picture_gives_its_lines(folder: Path) -> None:
    result = run(folder / "a.png")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"34625\n78\n", b"")


def test_folders_and_globs_give_their_pictures(folder: Path) -> None:
    expected = (
        f"{folder}/a.png: 34625\n{folder}/a.png: 78\n{folder}/b.jpg: 2546\n".encode()
    )
    assert run(folder).stdout == expected
    assert run(f"{folder}/*.???", "--format", "text").returncode == 1
    assert run(f"{folder}/[ab].*").stdout == expected


def test_stdin_json_csv_and_hocr(folder: Path) -> None:
    content = (folder / "b.jpg").read_bytes()
    row = json.loads(run("-", "--format", "json", stdin=content).stdout)
    assert (row["image"], row["pages"][0]["text"]) == ("-", "2546")
    assert (
        run("-", "--format", "csv", stdin=content)
        .stdout.decode()
        .splitlines()[1]
        .startswith("-,1,1,2546,")
    )
    assert b'class="ocr_line"' in run("-", "--format", "hocr", stdin=content).stdout


def test_an_overlay_is_written_for_each_page(folder: Path, tmp_path: Path) -> None:
    pages = [draw_numbers(["34"]), draw_numbers(["25"])]
    pages[0].save(folder / "c.tiff", save_all=True, append_images=pages[1:])
    assert (
        run(
            folder / "a.png", folder / "c.tiff", "--overlay", tmp_path / "out"
        ).returncode
        == 0
    )
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["a.png.png", "c.tiff-1.png", "c.tiff-2.png"]
    for name in written:
        with Image.open(tmp_path / "out" / name) as picture:
            assert picture.mode == "RGB"


def test_pictures_of_one_name_have_overlays_of_their_own(
    folder: Path, tmp_path: Path
) -> None:
    for other in ("b", "c"):
        (tmp_path / other).mkdir()
        (tmp_path / other / "a.png").write_bytes(as_file(draw_numbers(["78"]), "PNG"))
    files = (folder / "a.png", tmp_path / "b" / "a.png", tmp_path / "c" / "a.png")
    assert run(*files, "--overlay", tmp_path / "out").returncode == 0
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["a.png.png", "b_a.png.png", "c_a.png.png"]


def test_a_file_named_twice_is_read_once(folder: Path) -> None:
    result = run(folder / "b.jpg", f"{folder}/../pages/b.jpg", folder / "b.jpg")
    assert (result.returncode, result.stdout) == (0, b"2546\n")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no such names")
@pytest.mark.parametrize("format_", ["text", "json", "csv", "hocr"])
@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_a_name_that_is_no_utf8_ends_nothing(
    folder: Path, format_: str, locale: str
) -> None:
    (folder / os.fsdecode(b"\xff\xe9.png")).write_bytes((folder / "b.jpg").read_bytes())
    (folder / os.fsdecode(b"\xfe.png")).write_bytes(b"no picture")
    env = {
        **os.environ,
        "LC_ALL": locale,
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONUTF8": "0",
    }
    result = run(folder, "--format", format_, env=env)
    assert result.returncode == 1
    assert result.stderr.count(b"\n") == 1
    assert (
        result.stdout.decode("utf-8").count(
            '"ocr_page"' if format_ == "hocr" else "2546"
        )
        >= 2
    )


def test_a_fault_over_one_file_is_one_line_and_the_rest_are_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Reader, source: str, **options: Any) -> object:
        if source.endswith("a.png"):
            raise ZeroDivisionError("a fault\nof ours")
        return read(self, source, **options)

    read = Reader.read
    monkeypatch.setattr(Reader, "read", fail)
    result = CliRunner().invoke(app, ["read", str(folder), *ANY_CONFIDENCE])
    assert result.exit_code == 1
    assert result.stdout.endswith("b.jpg: 2546\n")
    assert "(ZeroDivisionError: a fault of ours)" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_bad_file_is_reported_and_the_rest_are_read(folder: Path) -> None:
    result = run(folder / "notes.txt", folder / "b.jpg")
    assert result.returncode == 1
    assert result.stdout.endswith(b"b.jpg: 2546\n")
    assert result.stderr.decode().count("\n") == 1
    assert run(folder / "notes.txt").returncode == 2


def test_a_part_that_is_missing_fails_its_file_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "c.pdf").write_bytes(b"%PDF-1.4")
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    result = CliRunner().invoke(
        app, ["read", str(folder / "c.pdf"), str(folder / "b.jpg"), *ANY_CONFIDENCE]
    )
    assert result.exit_code == 1
    assert result.stdout.endswith("b.jpg: 2546\n")
    assert "[pdf]'" in result.stderr


SURE = Line("12.50", 0.99, True, Box(0, 0, 9, 9), (), value=Decimal("12.50"))
UNSURE = Line("00-7", 0.3, False, Box(0, 9, 9, 19), ())


def told(monkeypatch: pytest.MonkeyPatch, *lines: Line) -> dict[str, Any]:
    """Let every picture hold these lines; what the reader was asked for is put down in the result."""
    asked: dict[str, Any] = {}

    def read(self: Reader, source: object, **options: object) -> Reading:
        asked.update(options)
        return Reading((PageReading(lines, 20, 20),))

    monkeypatch.setattr(Reader, "read", read)
    return asked


@pytest.mark.parametrize(
    ("options", "printed", "status"),
    [
        ([], "12.50\n00-7 ?\n", 0),
        (["--digits-only"], "1250\n007 ?\n", 0),
        (["--only-accepted"], "12.50\n", 0),
        (["--strict"], "12.50\n00-7 ?\n", 3),
        (["--strict", "--only-accepted", "--digits-only"], "1250\n", 3),
    ],
)
def test_doubt_is_shown_left_out_or_the_exit_status(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    printed: str,
    status: int,
) -> None:
    told(monkeypatch, SURE, UNSURE)
    result = CliRunner().invoke(app, ["read", str(folder / "a.png"), *options])
    assert (result.stdout, result.exit_code) == (printed, status)


def test_strict_has_nothing_against_what_is_accepted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(monkeypatch, SURE)
    assert (
        CliRunner().invoke(app, ["read", str(folder / "a.png"), "--strict"]).exit_code
        == 0
    )


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ([], {"decimal": None, "dayfirst": None, "expect": None}),
        (["--decimal", ","], {"decimal": ","}),
        (["--dayfirst"], {"dayfirst": True}),
        (["--monthfirst"], {"dayfirst": False}),
        (["--expect", "date", "--expect", r"\d{5}"], {"expect": ["date", r"\d{5}"]}),
    ],
)
def test_what_is_known_of_the_numbers_reaches_the_reader(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    asked: dict[str, Any],
) -> None:
    given = told(monkeypatch, SURE)
    CliRunner().invoke(app, ["read", str(folder / "a.png"), *options])
    assert {name: given[name] for name in asked} == asked


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{folder}/none*"], "no file matches"),
        (
            ["{folder}/a.png", "--format", "xml"],
            "choose text, json, csv, hocr, jsonl, xlsx",
        ),
        (["{folder}/a.png", "--expect", "[a]"], "expect is '[a]'"),
        (["{folder}/a.png", "--pages", "x"], "pages is 'x'"),
        (["{folder}/a.png", "--decimal", ";"], "decimal is ';'"),
        (["{folder}/empty"], "contains no pictures"),
    ],
)
def test_a_wrong_option_is_one_line(
    folder: Path, arguments: list[str], said: str
) -> None:
    (folder / "empty").mkdir()
    result = run(*[argument.format(folder=folder) for argument in arguments])
    assert result.returncode == 2
    assert said in result.stderr.decode()
    assert result.stderr.decode().count("\n") == 1
