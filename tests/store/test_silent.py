"""A PostgreSQL that falls silent, as a stopped process or a cut network does, is given up on, and may come back."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from inkdigits.errors import StoreError
from inkdigits.store import Store, engine
from live_server import live_server
from postgres import started
from waiting import wait_until

pytestmark = pytest.mark.slow


@contextmanager
def stopped(port: int) -> Iterator[None]:
    """All of the server's processes, stopped for a while."""
    (postmaster,) = {
        connection.pid
        for connection in psutil.net_connections("tcp")
        if connection.laddr
        and connection.laddr.port == port
        and connection.status == "LISTEN"
        and connection.pid
    }
    processes = [
        postmaster,
        *(child.pid for child in psutil.Process(postmaster).children(recursive=True)),
    ]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def keep(store: Store) -> None:
    store.add_correction(
        b"picture", 7, predicted=1, confidence=0.5, accepted=True, model="m"
    )


def test_a_connection_that_falls_silent_is_given_up_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "_SILENT_S", 1.0)
    with started() as postgres:
        store = Store(postgres.url())
        keep(store)
        with (
            stopped(postgres.port),
            pytest.raises(StoreError, match="nothing was stored"),
        ):
            keep(store)
        keep(store)
        assert store.count() == 2
        store.close()


def test_readiness_is_answered_whatever_the_database_does(tmp_path: Path) -> None:
    with (
        started() as postgres,
        live_server(tmp_path, database_url=postgres.url()) as server,
        server.client() as client,
    ):
        assert client.get("/readyz").json()["corrections"] == "kept"
        with stopped(postgres.port):
            for _ in range(5):
                start = time.monotonic()
                assert client.get("/readyz").json()["corrections"] == "unavailable"
                # A second at most on a machine that is not busy; the database would take 15.
                assert time.monotonic() - start < 10
        wait_until(
            lambda: client.get("/readyz").json()["corrections"] == "kept",
            "the database is back",
        )
