"""Where the database is."""

import os
from pathlib import Path

from inkdigits.errors import SettingError

URL_VARIABLE = "INKDIGITS_DATABASE_URL"
_SCHEMES = ("sqlite", "postgresql+psycopg")


def default_url() -> str:
    """The one INKDIGITS_DATABASE_URL names, else a SQLite file in the user's data folder."""
    if named := os.environ.get(URL_VARIABLE):
        return named
    from platformdirs import user_data_path

    return f"sqlite:///{user_data_path('inkdigits') / 'inkdigits.db'}"


def checked(url: str) -> str:
    """The URL as SQLAlchemy wants it; a kind of database we do not know raises."""
    scheme, mark, rest = url.partition("://")
    if scheme in ("postgresql", "postgres"):
        scheme = "postgresql+psycopg"
    if not mark or scheme not in _SCHEMES:
        kinds = "sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME"
        raise SettingError(f"the database URL is of an unknown kind: give {kinds}")
    return f"{scheme}://{rest}"


def make_folder(url: str) -> None:
    """Create the folder of a SQLite file if it does not exist."""
    if url.startswith("sqlite:///"):
        file = Path(url.removeprefix("sqlite:///").partition("?")[0])
        if str(file) not in ("", ":memory:") and not str(file).startswith("file:"):
            file.parent.mkdir(parents=True, exist_ok=True)
