"""kill -9, of driver and workers: each picture is in the output once, and every shard is what an unbroken run writes."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from batch_files import NUMBERS, batch, filled, picture, rows, texts
from waiting import PATIENCE_S, wait_until

KILLS = int(os.environ.get("INKDIGITS_KILLS", "3"))
PICTURES, SHARD = max(300, 100 * KILLS), 3
UNITS = -(-(PICTURES + 1) // SHARD)
LAST_UNITS = 40  # no kill is meant for the end: it might come too late


# Python runs this in every process of the batch: whoever opens the picture dies as if the system had killed it.
DIES_AT_THE_DEADLY_PICTURE = """
import os, signal, sys
def watch(event, arguments):
    if event == "open" and str(arguments[0]).endswith("deadly.png"):
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("many"), PICTURES)


def start(
    many: Path, out: Path, env: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "inkdigits",
        "batch",
        str(many),
        "--output",
        str(out),
        "--format",
        "jsonl",
    ]
    return subprocess.Popen(
        [*command, "--workers", "2", "--shard", str(SHARD)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **(env or {})},
    )


def shards(out: Path) -> dict[str, bytes]:
    """Every file but the plan."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in out.rglob("*-*.jsonl")
        if path.parent.name != "plan"
    }


def wait_for(out: Path, count: int, driver: subprocess.Popen[bytes]) -> None:
    """Until so many units are done, or the driver is."""
    done = out / "pictures"
    wait_until(
        lambda: (
            driver.poll() is not None or len(list(done.glob("pictures-*"))) >= count
        ),
        f"{count} units are done",
    )


def kill_one(driver: subprocess.Popen[bytes], *, worker: bool) -> None:
    """-9, to the driver or to one of its workers."""
    if driver.poll() is not None:
        return
    children = psutil.Process(driver.pid).children()
    if worker and children:
        children[-1].kill()
        psutil.wait_procs(children[-1:], timeout=PATIENCE_S)
    else:
        driver.kill()


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_as_an_unbroken_run(
    many: Path, tmp_path: Path
) -> None:
    """INKDIGITS_KILLS=20 makes it the long run."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert start(many, whole).wait() == 0
    rng = random.Random(KILLS)  # noqa: S311 - moments, not secrets
    driver = start(many, broken)
    for kill, moment in enumerate(
        sorted(rng.sample(range(1, UNITS - LAST_UNITS), KILLS))
    ):
        wait_for(broken, moment, driver)
        kill_one(driver, worker=kill % 2 == 1)
        if kill % 2 == 0:
            assert driver.wait() in (
                -signal.SIGKILL,
                0,
            )  # 0: the batch was quicker than the test
            driver = start(many, broken)
    assert driver.wait() == 0
    assert shards(broken) == shards(whole)
    sources = [row["source"] for row in rows(broken)]
    assert len(sources) == len(set(sources)) == PICTURES
    assert len(rows(broken, "errors")) == 1
    assert not list(broken.rglob(".*"))


def test_a_picture_that_kills_its_worker_three_times_is_an_error(
    pictures: Path, tmp_path: Path
) -> None:
    deadly = tmp_path / "deadly.png"
    deadly.write_bytes(picture("78"))
    (tmp_path / "list.txt").write_text(
        f"{pictures}/34625.png\n{deadly}\n{pictures}/2546.png\n"
    )
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(DIES_AT_THE_DEADLY_PICTURE)
    path = os.pathsep.join([str(hook), *filter(None, [os.environ.get("PYTHONPATH")])])
    driver = start(tmp_path / "list.txt", tmp_path / "out", {"PYTHONPATH": path})
    assert driver.wait() == 0
    assert texts(tmp_path / "out") == {"34625.png:1": "34625", "2546.png:1": "2546"}
    (error,) = rows(tmp_path / "out", "errors")
    assert error["source"] == str(deadly)
    assert "killed a worker 3 times" in error["reason"]


def test_other_inputs_or_settings_are_another_batch(
    pictures: Path, tmp_path: Path
) -> None:
    first = (
        pictures,
        "--output",
        tmp_path / "out",
        "--format",
        "jsonl",
        "--workers",
        1,
    )
    assert batch(*first).returncode == 0
    again = batch(*first)
    assert again.stdout.startswith(
        f"{len(NUMBERS)} pictures, {len(NUMBERS)} lines, 0 errors; {len(NUMBERS)} of them by earlier"
    )
    for other in (
        ["--expect", r"\d+"],
        ["--min-confidence", "0.5"],
        [str(pictures)],
        ["--format", "csv"],
    ):
        refused = batch(*first, *other)
        assert refused.returncode == 2
        assert "the output contains another batch" in refused.stderr
    assert "name another --output" in batch(*first, "--dpi", "100").stderr


def test_two_batches_do_not_work_in_one_output(many: Path, tmp_path: Path) -> None:
    first = start(many, tmp_path / "out")
    wait_for(tmp_path / "out", 1, first)
    first.send_signal(
        signal.SIGSTOP
    )  # it stays at work for as long as the second looks
    second = batch(
        many, "--output", tmp_path / "out", "--format", "jsonl", "--shard", SHARD
    )
    first.send_signal(signal.SIGCONT)
    assert "another batch is writing to" in second.stderr
    assert first.wait() == 0


def test_workers_end_with_their_driver(many: Path, tmp_path: Path) -> None:
    driver = start(many, tmp_path / "out")
    wait_for(tmp_path / "out", 1, driver)
    driver.send_signal(
        signal.SIGSTOP
    )  # the list of its workers stays true until it is killed
    workers = psutil.Process(driver.pid).children()
    driver.kill()
    driver.wait()
    _, alive = psutil.wait_procs(workers, timeout=PATIENCE_S)
    assert len(workers) >= 2
    assert not alive
