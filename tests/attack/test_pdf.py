"""PDF files that crash PDFium, take it gigabytes or hours, or claim what they do not have."""

import math
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest

from attack.attack_files import (
    CATALOG,
    ONE_PAGE,
    page,
    pdf_of,
    pdf_of_double_flate,
    pdf_of_nested_forms,
    pdf_of_slow_shading,
    pdf_that_claims,
    pdf_with_text,
    stream,
)
from batch_files import batch, rows
from inkdigits.errors import (
    BusyError,
    InkdigitsError,
    PictureError,
    PictureTooLargeError,
)
from inkdigits.reading.input.documents import each_page, open_pages
from inkdigits.reading.input.limits import MIB, Limits
from inkdigits.reading.input.pages import Grey
from inkdigits.reading.input.pdf import PdfPages
from inkdigits.reading.input.pdf_process import (
    MOST_PROCESSES,
    PdfFile,
    PdfProcess,
    pool,
)
from pdf_files import pdf
from waiting import PATIENCE_S

# Memory, and not time, is what these are refused for, however busy the machine is.
SMALL = Limits(
    max_pdf_memory=120 * MIB, max_page_seconds=PATIENCE_S, max_seconds=PATIENCE_S
)


def drawn(data: bytes, limits: Limits | None = None) -> list[Grey]:
    return [page.grey for _, page in open_pages(data, limits or Limits())]


def workers() -> list[psutil.Process]:
    """The processes that draw for this one."""
    return [
        child
        for child in psutil.Process().children()
        if "pdf_worker" in command_of(child)
    ]


def command_of(process: psutil.Process) -> str:
    """How a process was started; nothing of one that has ended, whoever has yet to wait for it."""
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_many_threads_draw_what_one_does() -> None:
    files = [pdf_with_text(f"{number} {number * 37}") for number in range(6)]
    expected = [drawn(file) for file in files]
    with ThreadPoolExecutor(8) as pool:
        for found, alone in zip(pool.map(drawn, files * 8), expected * 8, strict=True):
            assert np.array_equal(found[0], alone[0])
    assert len(workers()) <= 2


def test_documents_that_are_open_at_once_in_one_thread() -> None:
    files = [pdf(3), pdf_with_text(), pdf(4), pdf(2)]
    openers = [open_pages(file, Limits()) for file in files]
    counts = [0] * len(files)
    for _ in range(5):
        for place, opener in enumerate(openers):
            counts[place] += next(opener, None) is not None
    assert counts == [3, 1, 4, 2]


@pytest.mark.parametrize("name", ["nested forms", "flate twice"])
def test_memory_is_bounded(name: str) -> None:
    data = (
        pdf_of_nested_forms() if name == "nested forms" else pdf_of_double_flate(9_000)
    )
    with pytest.raises(PictureTooLargeError, match="took more than 120 MiB to draw"):
        drawn(data, SMALL)
    assert len(drawn(pdf(2), SMALL)) == 2
    assert all(child.memory_info().rss < 120 * MIB for child in workers())


def test_time_is_bounded_and_others_draw_meanwhile() -> None:
    failures = []

    def attack() -> None:
        try:
            drawn(pdf_of_slow_shading(), Limits(max_page_seconds=2.0))
        except PictureTooLargeError as error:
            failures.append(str(error))

    attacker = threading.Thread(target=attack)
    attacker.start()
    while attacker.is_alive():
        assert len(drawn(pdf(1))) == 1
    assert "took too long to draw (at most 2 s a page" in failures[0]


def test_the_seconds_of_a_document_bound_its_pages() -> None:
    with pytest.raises(PictureTooLargeError, match="took too long"):
        drawn(pdf_of_slow_shading(), Limits(max_seconds=1.5))


@pytest.fixture
def all_processes_busy() -> Iterator[None]:
    """Others' documents use every process."""
    over = threading.Event()
    begun = threading.Semaphore(0)

    def keep(_process: PdfProcess, _file: PdfFile, _until: float) -> None:
        begun.release()
        over.wait(PATIENCE_S)

    with ThreadPoolExecutor(MOST_PROCESSES) as threads:
        for _ in range(MOST_PROCESSES):
            threads.submit(
                pool.run,
                PdfFile(pdf(1), None, Limits().max_pdf_memory),
                60.0,
                math.inf,
                keep,
            )
        for _ in range(MOST_PROCESSES):
            assert begun.acquire(timeout=PATIENCE_S)
        yield
        over.set()


@pytest.mark.usefixtures("all_processes_busy")
def test_who_finds_all_processes_busy_is_told_to_come_again() -> None:
    limits = Limits(max_seconds=0.3, max_page_seconds=0.3)
    with pytest.raises(
        BusyError,
        match=r"was not rendered, because other documents took all the time: try again later",
    ):
        drawn(pdf(1), limits)


def test_a_page_whose_time_went_into_waiting_is_not_called_too_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(type(pool), "_wait_for_room", lambda *_: 60.0)
    pool.end()  # the processes that have files open
    with pytest.raises(BusyError, match="try again later"):
        drawn(pdf_of_slow_shading(), Limits(max_seconds=1.0))


def test_a_claim_of_many_pages_is_refused_at_once() -> None:
    with pytest.raises(
        PictureTooLargeError, match="has 1,000,000 pages, the limit is 200"
    ):
        drawn(pdf_that_claims(1_000_000))


def test_pages_that_are_not_there_end_a_document(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[int] = []
    monkeypatch.setattr(PdfPages, "page", counting(PdfPages.page, opened))
    found = list(each_page(pdf_that_claims(20_000), Limits(max_pages=100_000)))
    assert [isinstance(numbered.page, InkdigitsError) for numbered in found] == [
        False
    ] + [True] * 11
    assert "is not read from page 12 on" in str(found[-1].page)
    assert len(opened) == 11


def counting(method, calls: list[int]):  # type: ignore[no-untyped-def]
    def counted(self: PdfPages, number: int, deadline: float):  # type: ignore[no-untyped-def]
        calls.append(number)
        return method(self, number, deadline)

    return counted


@pytest.mark.slow
def test_a_claim_of_many_pages_does_not_stall_a_batch(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(20):
        (tmp_path / "in" / f"{number}.pdf").write_bytes(pdf_that_claims(20_000))
    (tmp_path / "in" / "good.pdf").write_bytes(pdf(2))
    done = batch(
        tmp_path / "in",
        "--output",
        tmp_path / "out",
        "--format",
        "jsonl",
        "--workers",
        1,
    )
    assert done.returncode in (0, 1)
    assert [
        row["text"] for row in rows(tmp_path / "out") if "good" in row["source"]
    ] == ["7", "7"]
    errors = rows(tmp_path / "out", "errors")
    assert len(errors) == 20 * 11
    assert sum("is not read from page 12 on" in row["reason"] for row in errors) == 20


@pytest.mark.parametrize(
    "box", ["0 0 0 0", "0 0 1e30 1e30", "0 0 14400 3", "0 0 -9 nan"]
)
def test_pages_of_odd_sizes_are_drawn_or_refused(box: str) -> None:
    content = stream(b"12 w 40 170 m 160 170 l S")
    data = pdf_of(
        [CATALOG, ONE_PAGE, page().replace(b"0 0 200 200", box.encode()), content]
    )
    try:
        (grey,) = drawn(data)
    except PictureError:
        return
    assert grey.size <= Limits().max_pixels  # PDFium takes some for a usual sheet


def test_a_process_that_is_killed_is_replaced() -> None:
    opener = open_pages(pdf(3), Limits())
    next(opener)
    for child in workers():
        child.kill()
    assert len(list(opener)) == 2


def test_random_changes_end_in_an_error_or_a_page() -> None:
    rng = np.random.default_rng(0)
    originals = [pdf_with_text(), pdf(2), pdf(1, "key"), pdf_of_double_flate(50)]
    for round_ in range(120):
        data = bytearray(originals[round_ % len(originals)])
        for place in rng.integers(0, len(data), 8):
            data[int(place)] = int(rng.integers(256))
        try:
            list(open_pages(bytes(data), SMALL, pages="1-3", password="key"))
        except InkdigitsError as error:
            assert "\n" not in str(error)  # noqa: PT017


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", script, *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )


def test_a_program_ends_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf(2))
    script = """
import sys
from inkdigits.reading.input.documents import open_pages
from inkdigits.reading.input.limits import Limits
print(len(list(open_pages(sys.argv[1], Limits()))))
"""
    done = run(script, str(tmp_path / "a.pdf"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "2\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_forked_child_has_processes_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf(4))
    script = """
import os, sys
from inkdigits.reading.input.documents import open_pages
from inkdigits.reading.input.limits import Limits
opener = open_pages(sys.argv[1], Limits())
next(opener)
child = os.fork()
count = len(list(opener))
if child == 0:
    os._exit(0 if count == 3 else 1)
print(count, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = run(script, str(tmp_path / "a.pdf"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "3 0\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_a_process_ends_with_the_program_that_is_killed() -> None:
    script = """
import sys, time, psutil
sys.path.insert(0, sys.argv[1])
from pdf_files import pdf
from inkdigits.reading.input.documents import open_pages
from inkdigits.reading.input.limits import Limits
opener = open_pages(pdf(2), Limits())
next(opener)
print(psutil.Process().children()[0].pid, flush=True)
time.sleep(600)
"""
    command = [sys.executable, "-c", script, str(Path(__file__).parent.parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        worker = psutil.Process(int(program.stdout.readline()))
        program.send_signal(signal.SIGKILL)
        program.wait()
        psutil.wait_procs([worker], timeout=PATIENCE_S)
        assert gone(worker)
