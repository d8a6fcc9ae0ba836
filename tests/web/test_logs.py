"""The log goes on, whatever happens to where it is written."""

import json
from pathlib import Path

from inkdigits.web.logs import JsonLog
from small_disk import small_disk
from waiting import wait_until


def wait_for(path: Path, text: str) -> str:
    wait_until(lambda: text in path.read_text(), f"{text} is in the log")
    return path.read_text()


def test_the_log_outlives_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path) as disk:
        path = disk.folder / "log"
        with path.open("w") as out:
            log = JsonLog(out)
            log.write("info", "before")
            wait_for(path, "before")
            disk.fill()
            for number in range(100):
                log.write("info", "lost", number=number, filler="x" * 500)
            wait_until(lambda: log.dropped > 0, "lines are dropped")
            disk.make_room()
            log.write("info", "after")
            lines = wait_for(path, '"after"').splitlines()
            log.stop()
        assert json.loads(lines[0])["message"] == "before"
        assert any('"log lines dropped"' in line for line in lines)
