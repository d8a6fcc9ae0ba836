"""Small drawn pictures with numbers; a real S3 server."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from batch_files import NUMBERS, picture
from waiting import wait_until


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with a picture a number, two deep."""
    folder = tmp_path / "pictures"
    (folder / "more").mkdir(parents=True)
    for index, number in enumerate(NUMBERS):
        (folder / ("more" if index % 2 else "") / f"{number}.png").write_bytes(
            picture(number)
        )
    return folder


@pytest.fixture(scope="session")
def s3() -> Iterator[dict[str, str]]:
    """What the environment must say to reach an S3 server on this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_until(lambda: _listens(port), "the S3 server listens")
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
            "AWS_DEFAULT_REGION": "us-east-1",
        }  # fmt: skip
    finally:
        server.kill()
        server.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
