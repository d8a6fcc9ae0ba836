"""A real PostgreSQL for tests: the one INKDIGITS_TEST_POSTGRES names, or Debian's, started on a free port of loopback."""

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from live_server import free_port

_DEBIAN = Path("/usr/lib/postgresql")


class Postgres:
    """A cluster that can be stopped and started again."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._data = folder / "data"
        self._log = folder / "log"
        self._said = folder / "said"
        self.port = free_port()

    def create(self) -> None:
        self._run("initdb", "--auth=trust", "--username=inkdigits", "--no-sync", "--pgdata", str(self._data))

    def start(self) -> None:
        options = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories= -p {self.port} -c fsync=off"
        self._run("pg_ctl", "start", "--wait", "--pgdata", str(self._data), "--log", str(self._log), "--options", options)

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "--mode=immediate", "--pgdata", str(self._data))

    def url(self) -> str:
        """A new, empty database."""
        name = f"t{uuid.uuid4().hex}"
        self._run("createdb", "--host=127.0.0.1", f"--port={self.port}", "--username=inkdigits", name)
        return f"postgresql+psycopg://inkdigits@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *arguments: str) -> None:
        """PostgreSQL refuses to run as root."""
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        command = [*as_user, str(self._programs / program), *arguments]
        with self._said.open("ab") as out:  # a file, for the server that pg_ctl starts would hold a pipe open
            done = subprocess.run(command, cwd="/", stdout=out, stderr=out, timeout=120, check=False)
        if done.returncode:
            raise RuntimeError(f"{program} failed: {self._said.read_text()}")


@contextmanager
def started() -> Iterator[Postgres]:
    """A cluster of its own; skips with a reason where there is none to be had."""
    versions = sorted(_DEBIAN.glob("*/bin/initdb"))
    if not versions:
        pytest.skip("no PostgreSQL is installed, and INKDIGITS_TEST_POSTGRES names none")
    folder = Path(tempfile.mkdtemp(prefix="inkdigits-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        cluster = Postgres(versions[-1].parent, folder)
        cluster.create()
        cluster.start()
        try:
            yield cluster
        finally:
            with suppress(RuntimeError):  # a test may have stopped it
                cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
