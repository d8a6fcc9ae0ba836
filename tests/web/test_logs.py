"""The log goes on, whatever happens to where it is written."""

import json
import time
from pathlib import Path

from inkdigits.web.logs import JsonLog
from small_disk import small_disk


def wait_for(path: Path, text: str) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = path.read_text()
        if text in found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{text} is not in {path.read_text()[-500:]}")


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
            deadline = time.monotonic() + 20
            while not log.dropped and time.monotonic() < deadline:
                time.sleep(0.05)
            disk.make_room()
            log.write("info", "after")
            lines = wait_for(path, '"after"').splitlines()
            log.stop()
        assert json.loads(lines[0])["message"] == "before"
        assert any('"log lines dropped"' in line for line in lines)
