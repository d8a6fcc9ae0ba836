"""A connection that keeps its word: committed means on disk.

A database that does not answer is given up on soon.
"""

import time
from collections.abc import Generator
from typing import Any

from sqlalchemy import Engine, create_engine, event

from inkdigits.store.address import checked, make_folder

# Seconds to connect to a server.
_CONNECT_S = 3
# Seconds to wait for another writer to end, or for a connection of the pool.
_BUSY_S = 10
# Seconds for a statement, or for a lock, before the server gives it up.
_STATEMENT_S = 10
# Seconds of silence after which a server is given up: it would have given up any statement by then.
_SILENT_S = 15.0
# The option of a connection that only reads.
READS = "inkdigits_reads"
# Readers are not blocked by a writer, a commit is on the disk, and writers wait for each other.
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={_BUSY_S * 1000}",
)


def open_engine(url: str) -> Engine:
    """No connection is made before the first use."""
    url = checked(url)
    if url.startswith("sqlite"):
        make_folder(url)
        engine = create_engine(
            url, connect_args={"timeout": _BUSY_S, "check_same_thread": False}
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin)
        return engine
    limits = f"-c statement_timeout={_STATEMENT_S}s -c lock_timeout={_STATEMENT_S}s"
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_timeout=_BUSY_S,
        connect_args={"connect_timeout": _CONNECT_S, "options": limits},
    )
    event.listen(engine, "do_connect", _connect_postgres)
    return engine


def _connect_postgres(
    _: Any,
    __: Any,
    arguments: tuple[Any, ...],
    options: dict[str, Any],
) -> Any:
    """A connection whose server may fall silent: machine gone, network cut, process stopped.

    The limits on statements are the server's; these are ours. psycopg waits for the server in
    `Connection.wait`, which goes through steps of a generator at least ten times a second.
    """
    import psycopg

    class PatientConnection(psycopg.Connection[Any]):
        def wait(self, steps: Any, *given: Any, **named: Any) -> Any:  # type: ignore[override]
            """Wait for the server, but not for ever."""
            patient_steps = _within(_SILENT_S, steps, self)
            return super().wait(patient_steps, *given, **named)

    return PatientConnection.connect(*arguments, **options)


def _within(
    seconds: float,
    steps: Generator[Any, Any, Any],
    connection: Any,
) -> Generator[Any, Any, Any]:
    """The same steps; one too late closes the connection and raises."""
    import psycopg

    deadline = time.monotonic() + seconds
    answer = None
    while True:
        try:
            wanted = steps.send(answer)
        except StopIteration as stopped:
            return stopped.value
        answer = yield wanted
        if time.monotonic() > deadline:
            steps.close()
            connection.pgconn.finish()
            raise psycopg.OperationalError(
                f"the database has not answered for {seconds:g} s"
            )


def _prepare_sqlite(connection: Any, _: Any) -> None:
    """WAL with full sync survives a power cut."""
    # No transactions of the driver's own: BEGIN is ours
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Any) -> None:
    """Writers take the lock at once: two that read first and write later would fail each other.

    Readers hold up nobody.
    """
    reads = connection.get_execution_options().get(READS, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
