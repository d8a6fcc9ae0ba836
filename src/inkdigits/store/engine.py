"""A connection that keeps its word: committed means on disk, and a database that does not answer is given up on soon."""

from typing import Any

from sqlalchemy import Engine, create_engine, event

from inkdigits.store.address import checked, make_folder

_CONNECT_S, _BUSY_S, _STATEMENT_S = 3, 10, 10
READS = "inkdigits_reads"
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_S * 1000}")


def open_engine(url: str) -> Engine:
    """No connection is made before the first use."""
    url = checked(url)
    if url.startswith("sqlite"):
        make_folder(url)
        engine = create_engine(url, connect_args={"timeout": _BUSY_S, "check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin)
        return engine
    limits = f"-c statement_timeout={_STATEMENT_S}s -c lock_timeout={_STATEMENT_S}s"
    return create_engine(
        url, pool_pre_ping=True, pool_timeout=_BUSY_S, connect_args={"connect_timeout": _CONNECT_S, "options": limits}
    )


def _prepare_sqlite(connection: Any, _: Any) -> None:
    """The driver's own transactions are off, so that BEGIN is ours; WAL with full sync survives a power cut."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Any) -> None:
    """Writers take the lock at once: two that read first and write later would fail each other. Readers hold up nobody."""
    reads = connection.get_execution_options().get(READS, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
