"""The curl commands of docs/deploy.md, run as they stand there against a real service."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from inkdigits.synthesis import drawn
from live_server import live_server
from waiting import PATIENCE_S

PAGE = Path(__file__).parents[2] / "docs" / "deploy.md"
COMMANDS = re.findall(r"^\$ (curl .*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
HERE = "http://127.0.0.1:8000"


@pytest.mark.slow
def test_each_curl_command_is_answered(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    assert len(COMMANDS) >= 10
    (tmp_path / "seven.png").write_bytes(drawn.as_file(drawn.draw_digit(7), "PNG"))
    page = drawn.draw_numbers(["90210", "34625"])
    page.save(tmp_path / "page.png")
    page.save(tmp_path / "scan.pdf")
    said = {}
    with (
        live_server(tmp_path, "--api-key", "sesame") as server,
        server.client() as client,
    ):
        assert client.get("/v1/model").status_code == 401
        for command in COMMANDS:
            said[command] = answer(command, server.url, tmp_path)
    assert '"digit":7' in said[COMMANDS[0]].replace(" ", "")
    (csv,) = (text for command, text in said.items() if "format=csv" in command)
    assert [row.split(",")[3] for row in csv.splitlines()] == ["text", "90210", "34625"]
    assert (tmp_path / "page.jpg").read_bytes().startswith(b"\xff\xd8")


def answer(command: str, url: str, folder: Path) -> str:
    """What a shell prints for it; an answer of 400 and more fails."""
    assert HERE in command
    key = "" if "$KEY" in command else "-H 'X-API-Key: sesame' "
    run = command.replace(HERE, url).replace(
        "curl ", f"curl --silent --show-error --fail-with-body --noproxy '*' {key}", 1
    )
    environment = {**os.environ, "KEY": "sesame"}
    done = subprocess.run(
        ["bash", "-c", run],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout
