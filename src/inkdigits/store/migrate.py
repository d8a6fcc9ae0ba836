"""Brings a database to the newest tables, once, however many workers start together."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from inkdigits.errors import StoreError

_SCRIPTS = Path(__file__).parent / "migrations"
# The number of our lock among those of the database: any would do that no other program takes.
_LOCK = 0x1D16175


def migrate(engine: Engine) -> None:
    """One transaction under a lock: workers that come second wait, then find the work done."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(
                text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK}
            )
        config = _config(connection)
        _check_known(connection, ScriptDirectory.from_config(config))
        command.upgrade(config, "head")


def _config(connection: Connection) -> Config:
    """Alembic's settings for the scripts of this package."""
    config = Config()
    # A percent sign begins a variable in Alembic's settings.
    scripts = str(_SCRIPTS).replace("%", "%%")
    config.set_main_option("script_location", scripts)
    config.attributes["connection"] = connection
    return config


def _check_known(connection: Connection, scripts: ScriptDirectory) -> None:
    """Refuse a database that a newer version has changed."""
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        reason = f"the database is at revision {current}, made by a newer inkdigits"
        raise StoreError(f"{reason}: install that version")
