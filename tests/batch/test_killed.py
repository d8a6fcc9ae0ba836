"""kill -9, of driver and workers: each picture is in the output once, and every shard is what an unbroken run writes."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from batch_files import NUMBERS, batch, filled, rows, texts

KILLS = int(os.environ.get("INKDIGITS_KILLS", "3"))
PICTURES, SHARD = max(300, 100 * KILLS), 3
UNITS = -(-(PICTURES + 1) // SHARD)
LAST_UNITS = 40  # no kill is meant for the end: it might come too late


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("many"), PICTURES)


def start(many: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "inkdigits", "batch", str(many), "--output", str(out), "--format", "jsonl"]
    return subprocess.Popen(
        [*command, "--workers", "2", "--shard", str(SHARD)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def shards(out: Path) -> dict[str, bytes]:
    """Every file but the plan."""
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*-*.jsonl") if path.parent.name != "plan"}


def wait_for(out: Path, count: int, driver: subprocess.Popen[bytes]) -> None:
    """Until so many units are done, or the driver is."""
    while driver.poll() is None and len(list((out / "pictures").glob("pictures-*"))) < count:
        time.sleep(0.005)


def kill_one(driver: subprocess.Popen[bytes], *, worker: bool) -> None:
    """-9, to the driver or to one of its workers."""
    children = psutil.Process(driver.pid).children()
    if worker and children:
        children[-1].kill()
        psutil.wait_procs(children[-1:], timeout=10)
    else:
        driver.kill()


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_as_an_unbroken_run(many: Path, tmp_path: Path) -> None:
    """INKDIGITS_KILLS=20 makes it the long run."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert start(many, whole).wait() == 0
    rng = random.Random(KILLS)  # noqa: S311 - moments, not secrets
    driver = start(many, broken)
    for kill, moment in enumerate(sorted(rng.sample(range(UNITS - LAST_UNITS), KILLS))):
        wait_for(broken, moment, driver)
        time.sleep(rng.uniform(0, 0.05))
        if driver.poll() is None:
            kill_one(driver, worker=kill % 2 == 1)
        if kill % 2 == 0:
            assert driver.wait() == -signal.SIGKILL
            driver = start(many, broken)
    assert driver.wait() == 0
    assert shards(broken) == shards(whole)
    sources = [row["source"] for row in rows(broken)]
    assert len(sources) == len(set(sources)) == PICTURES
    assert len(rows(broken, "errors")) == 1
    assert not list(broken.rglob(".*"))


def test_a_picture_that_kills_its_worker_three_times_is_an_error(pictures: Path, tmp_path: Path) -> None:
    """A pipe stands for it: its reader waits, and is killed there."""
    pipe = tmp_path / "deadly.png"
    os.mkfifo(pipe)
    (tmp_path / "list.txt").write_text(f"{pictures}/34625.png\n{pipe}\n{pictures}/2546.png\n")
    driver = start(tmp_path / "list.txt", tmp_path / "out")
    for _ in range(3):
        writing = opened_by_a_reader(pipe)
        kill_one(driver, worker=True)
        os.close(writing)
    assert driver.wait() == 0
    assert texts(tmp_path / "out") == {"34625.png:1": "34625", "2546.png:1": "2546"}
    (error,) = rows(tmp_path / "out", "errors")
    assert error["source"] == str(pipe)
    assert "killed a worker 3 times" in error["reason"]


def opened_by_a_reader(pipe: Path) -> int:
    """The pipe's other end, as soon as somebody waits at this one."""
    for _ in range(3000):
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            time.sleep(0.01)
    pytest.fail("nobody read the pipe")


def test_other_inputs_or_settings_are_another_batch(pictures: Path, tmp_path: Path) -> None:
    first = (pictures, "--output", tmp_path / "out", "--format", "jsonl", "--workers", 1)
    assert batch(*first).returncode == 0
    again = batch(*first)
    assert again.stdout.startswith(f"{len(NUMBERS)} pictures, {len(NUMBERS)} lines, 0 errors; {len(NUMBERS)} of them by earlier")
    for other in (["--expect", r"\d+"], ["--min-confidence", "0.5"], [str(pictures)], ["--format", "csv"]):
        refused = batch(*first, *other)
        assert refused.returncode == 2
        assert "the output holds another batch" in refused.stderr
    assert "name another --output" in batch(*first, "--dpi", "100").stderr


def test_two_batches_do_not_work_in_one_output(many: Path, tmp_path: Path) -> None:
    first = start(many, tmp_path / "out")
    wait_for(tmp_path / "out", 1, first)
    second = start_and_say(many, tmp_path / "out")
    assert "another batch is at work" in second
    assert first.wait() == 0


def start_and_say(many: Path, out: Path) -> str:
    return batch(many, "--output", out, "--format", "jsonl", "--shard", SHARD).stderr


def test_workers_end_with_their_driver(many: Path, tmp_path: Path) -> None:
    driver = start(many, tmp_path / "out")
    wait_for(tmp_path / "out", 1, driver)
    workers = psutil.Process(driver.pid).children()
    driver.kill()
    driver.wait()
    _, alive = psutil.wait_procs(workers, timeout=5)
    assert len(workers) >= 2
    assert not alive
