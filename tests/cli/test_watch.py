"""`inkdigits read --watch`, as a process of its own: each file once, when it is whole, across kills."""

import csv
import io
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from inkdigits.cli import app
from inkdigits.synthesis.drawn import as_file, draw_numbers
from inkdigits.watching import JOURNAL, Journal, Pace, Stamp, whole_files
from waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.slow

PICTURE = as_file(draw_numbers(["34625"]), "PNG")
OTHER = as_file(draw_numbers(["2546"]), "PNG")


@contextmanager
def watching(folder: Path, *options: object) -> Iterator["subprocess.Popen[str]"]:
    command = [
        sys.executable,
        "-m",
        "inkdigits",
        "read",
        "--watch",
        str(folder),
        "--min-confidence",
        "0",
        *map(str, options),
    ]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        assert process.stderr.readline().startswith(f"watching {folder}")
        yield process
    finally:
        process.kill()
        process.communicate()


def texts(output: Path) -> list[str]:
    return (
        [row["text"] for row in csv.DictReader(io.StringIO(output.read_text()))]
        if output.exists()
        else []
    )


def test_each_file_is_read_once_when_it_is_whole_across_kills(tmp_path: Path) -> None:
    folder, output = tmp_path / "scans", tmp_path / "numbers.csv"
    folder.mkdir()
    (folder / "a.png").write_bytes(PICTURE)
    with watching(folder, "--output", output) as process:
        wait_until(lambda: texts(output) == ["34625"], "the first picture is read")
        with (folder / "b.png").open("wb") as growing:
            growing.write(OTHER[:200])
            growing.flush()
            (folder / "c.png").write_bytes(PICTURE)
            wait_until(
                lambda: texts(output)[1:2] == ["34625"], "the whole picture is read"
            )
            growing.write(OTHER[200:])
        wait_until(
            lambda: texts(output) == ["34625", "34625", "2546"],
            "the grown picture is read",
        )
        process.kill()
    with output.open("a") as file:
        file.write("half a row that a kill le")
    (folder / "d.png").write_bytes(OTHER)
    with watching(folder, "--output", output) as process:
        wait_until(
            lambda: texts(output) == ["34625", "34625", "2546", "2546"],
            "the last picture is read",
        )
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
        assert process.stderr is not None
        # One, or two where the kill came between the rows of a file and the note of it.
        assert process.stderr.read() in (
            "1 number from 1 file\n",
            "2 numbers from 2 files\n",
        )


def test_printed_rows_come_as_files_come_and_sigterm_ends_it(tmp_path: Path) -> None:
    with watching(tmp_path, "--format", "jsonl") as process:
        assert process.stdout is not None
        (tmp_path / "broken.png").write_bytes(PICTURE[:100])
        (tmp_path / "notes.txt").write_text("no picture")
        (tmp_path / ".hidden.png").write_bytes(PICTURE)
        (tmp_path / "a.png").write_bytes(PICTURE)
        assert json.loads(process.stdout.readline())["text"] == "34625"
        (tmp_path / "a.png").write_bytes(OTHER)
        assert json.loads(process.stdout.readline())["text"] == "2546"
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=PATIENCE_S)
        assert (process.returncode, output) == (0, "")
        assert "broken.png" in errors
        assert errors.endswith("2 numbers from 2 files\n")


def test_without_watchfiles_the_clock_does(tmp_path: Path) -> None:
    """Two looks, as far apart as a whole file rests."""
    (tmp_path / "a.png").write_bytes(PICTURE)
    journal = Journal(tmp_path)
    looks: list[float] = []

    def wait(seconds: float) -> bool:
        looks.append(seconds)
        return True

    path, stamp = next(
        whole_files(tmp_path, lambda _: True, journal, wait, Pace(settle=0.0))
    )
    assert (path.name, stamp.size, len(looks)) == ("a.png", len(PICTURE), 0)
    found = whole_files(
        tmp_path, lambda path: path.suffix == ".png", journal, wait, Pace(settle=1e-9)
    )
    assert next(found)[0].name == "a.png"
    assert looks


def test_a_journal_that_was_cut_off_is_mended(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.note("a.png", Stamp(1, 2))
    whole = (tmp_path / JOURNAL).read_bytes()
    (tmp_path / JOURNAL).write_bytes(whole + b'{"file": "b.p')
    again = Journal(tmp_path)
    assert again.has("a.png", Stamp(1, 2))
    assert not again.has("a.png", Stamp(1, 3))
    assert (tmp_path / JOURNAL).read_bytes() == whole


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--watch", "nowhere"], "there is no folder nowhere to watch"),
        (["--watch", ".", "a.png"], "leave IMAGE and --strict out"),
        (["--watch", ".", "--strict"], "leave IMAGE and --strict out"),
        (
            ["--watch", ".", "--format", "json"],
            "--watch writes text, csv, jsonl, not json",
        ),
        (
            ["--watch", ".", "--output", "there.csv"],
            "there.csv exists already and is not from watching this folder",
        ),
        ([], "there is nothing to read"),
    ],
)
def test_a_mistake_is_one_line(
    options: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.csv").write_text("somebody's")
    result = CliRunner().invoke(app, ["read", *options])
    assert said in str(result.exception)
    assert (tmp_path / "there.csv").read_text() == "somebody's"
