"""Databases for tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy

from postgres import Postgres, started


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with started() as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/some/folder/inkdigits.db"
    if named := os.environ.get("INKDIGITS_TEST_POSTGRES"):
        return _emptied(named)
    cluster: Postgres = request.getfixturevalue("postgres")
    return cluster.url()


def _emptied(url: str) -> str:
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            sqlalchemy.text(
                "DROP TABLE IF EXISTS form_digits, form_reviews, corrections, readings, pictures, alembic_version"
            )
        )
    engine.dispose()
    return url
