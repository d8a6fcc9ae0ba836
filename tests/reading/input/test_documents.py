"""PDF files: encrypted, broken, endless. Each is one line for the user."""

import subprocess
import sys
from pathlib import Path

import pytest

from inkdigits import Reader
from inkdigits.errors import PictureTooLargeError
from inkdigits.reading.input.limits import Limits
from pdf_files import pdf


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def test_ten_thousand_pages_are_refused_before_any_is_read(reader: Reader) -> None:
    with pytest.raises(
        PictureTooLargeError, match="has 10,000 pages, the limit is 200"
    ):
        reader.read(pdf(10_000))
    assert len(reader.read(pdf(10_000), pages="9999-").pages) == 2


def test_seconds_are_bounded(reader: Reader) -> None:
    quick = Reader(limits=Limits(max_seconds=0.0))
    with pytest.raises(PictureTooLargeError, match=r"took more than 0 s, at page 1"):
        quick.read(pdf(3))


def test_the_command_line_says_it_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "secret.pdf"
    file.write_bytes(pdf(password="open me"))
    done = subprocess.run(
        [sys.executable, "-m", "inkdigits", "read", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (1, 2)
    assert done.stderr.strip().count("\n") == 0
    assert "is encrypted: give its password" in done.stderr
    opened = subprocess.run(
        [sys.executable, "-m", "inkdigits", "read", "--password", "open me", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert opened.returncode == 0
    assert opened.stdout.removesuffix(" ?\n").strip() == "7"
