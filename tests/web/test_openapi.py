"""schemathesis on the OpenAPI document, against a real server: whatever it sends, the answers are those documented."""

import subprocess
import sys
from pathlib import Path

import pytest

from live_server import live_server
from waiting import PATIENCE_S

CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.mark.slow
@pytest.mark.parametrize("key", [None, "sesame"])
def test_schemathesis_finds_nothing(tmp_path: Path, key: str | None) -> None:
    options = ("--api-key", key) if key else ()
    with live_server(tmp_path, "--timeout", "10", *options) as server:
        command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIG), "run",
                   f"{server.url}/openapi.json", "--max-examples", "10" if key else "25", "--seed", "1",
                   "--header", f"X-API-Key: {key or 'none'}"]  # fmt: skip
        done = subprocess.run(
            command,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        assert "No issues found" in done.stdout
        assert not [line for line in server.lines() if line.get("status", 0) == 500]
