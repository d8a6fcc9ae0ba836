"""A real PostgreSQL for tests: the one INKDIGITS_TEST_POSTGRES names, or one started on a free port of loopback."""

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy

from live_server import free_port
from setup_tools import as_database_user, database_user, postgres_programs

_PATIENCE_S = 600  # a busy machine may take its time over creating a cluster


class Postgres:
    """A cluster that can be stopped and started again."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._data = folder / "data"
        self._log = folder / "log"
        self._said = folder / "said"
        self.port = free_port()

    def create(self) -> None:
        self._run(
            "initdb",
            "--auth=trust",
            "--username=inkdigits",
            "--no-sync",
            "--pgdata",
            str(self._data),
        )

    def start(self) -> None:
        options = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories= -p {self.port} -c fsync=off"
        self._run(
            "pg_ctl",
            "start",
            "--wait",
            f"--timeout={_PATIENCE_S}",
            "--pgdata",
            str(self._data),
            "--log",
            str(self._log),
            "--options",
            options,
        )

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "--mode=immediate", "--pgdata", str(self._data))

    def url(self) -> str:
        """A new, empty database."""
        server = f"postgresql+psycopg://inkdigits@127.0.0.1:{self.port}"
        name = f"t{uuid.uuid4().hex}"
        engine = sqlalchemy.create_engine(
            f"{server}/postgres", isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return f"{server}/{name}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [*as_database_user(), str(self._programs / program), *arguments]
        with self._said.open(
            "ab"
        ) as out:  # a file, for the server that pg_ctl starts would hold a pipe open
            done = subprocess.run(
                command,
                cwd="/",
                stdout=out,
                stderr=out,
                timeout=_PATIENCE_S,
                check=False,
            )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {self._said.read_text()}")


@contextmanager
def started() -> Iterator[Postgres]:
    """A cluster of its own; skips with a reason where there is none to be had."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip(
            "no PostgreSQL is installed, and INKDIGITS_TEST_POSTGRES names none"
        )
    folder = Path(tempfile.mkdtemp(prefix="inkdigits-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, database_user())
        cluster = Postgres(programs, folder)
        cluster.create()
        cluster.start()
        try:
            yield cluster
        finally:
            with suppress(RuntimeError):  # a test may have stopped it
                cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
