"""Processes that draw PDF pages: a bounded number, kept warm, and replaced when they fail."""

import math
import time

import numpy as np
import pytest

from inkdigits.reading.input.limits import MIB
from inkdigits.reading.input.pdf_process import (
    DrawingFailedError,
    PdfFile,
    PdfProcess,
    _Pool,
    _was_kept,
    resting_bytes,
)
from pdf_files import pdf

pytest.importorskip("pypdfium2")
SECONDS = 60.0


def pages_of(process: PdfProcess, file: PdfFile, until: float) -> int:
    return process.open(file, until)


def test_one_process_serves_one_document_after_another() -> None:
    pool = _Pool()
    try:
        until = time.monotonic() + SECONDS
        for count in (1, 3):
            file = PdfFile(pdf(count), None, 256 * MIB)
            assert pool.run(file, SECONDS, until, pages_of)[0] == count
            pool.close_file(file)
        assert len(pool._idle) == 1
        assert pool._idle[0].requests > 1
    finally:
        pool.end()
    assert not pool._idle


def test_a_broken_document_says_so_and_the_process_stays() -> None:
    pool = _Pool()
    try:
        until = time.monotonic() + SECONDS
        with pytest.raises(DrawingFailedError) as failed:
            pool.run(PdfFile(b"%PDF-", None, 256 * MIB), SECONDS, until, pages_of)
        assert failed.value.kind == "broken"
        secret = PdfFile(pdf(1, password="x"), None, 256 * MIB)
        with pytest.raises(DrawingFailedError) as failed:
            pool.run(secret, SECONDS, until, pages_of)
        assert failed.value.kind == "password"
        assert len(pool._idle) == 1
    finally:
        pool.end()


def test_a_resting_process_holds_a_share_of_its_limit() -> None:
    assert resting_bytes(800 * MIB) == 100 * MIB
    assert resting_bytes(0) == 32 * MIB
    sizes = [resting_bytes(most) for most in np.linspace(0, 1 << 31, 50).astype(int)]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize(
    ("seconds", "left", "waited", "kept"),
    [
        (20, 30, 100, False),  # enough time is left
        (20, 5, 0, False),  # nobody waited: the document itself took the time
        (20, 5, 50, True),
        (20, 19, 1, False),  # waiting was a small part
        (20, math.inf, 10, False),
    ],
)
def test_who_waited_long_was_kept_from_its_time(
    seconds: float, left: float, waited: float, kept: bool
) -> None:
    assert _was_kept(seconds, left, waited) == kept
