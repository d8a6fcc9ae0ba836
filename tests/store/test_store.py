"""What is kept, and what is said when it cannot be; on SQLite and on a real PostgreSQL."""

import concurrent.futures
import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from inkdigits.data import load
from inkdigits.errors import DataError, SettingError, StoreError
from inkdigits.store import Correction, Store, default_url
from inkdigits.store.engine import open_engine
from inkdigits.store.export import export_corrections
from inkdigits.store.tables import Base
from inkdigits.synthesis.drawn import as_file, draw_digit, draw_sign
from postgres import Postgres, started
from small_disk import small_disk


def png(digit: int, seed: int = 0) -> bytes:
    return as_file(draw_digit(digit, size_px=60, seed=seed), "PNG")


def correct(store: Store, picture: bytes, digit: int | None) -> Correction:
    return store.add_correction(
        picture, digit, predicted=1, confidence=0.5, accepted=True, model="digits.onnx"
    )


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store(url)
    yield store
    store.close()


def test_what_is_kept_comes_back(store: Store, url: str) -> None:
    kept = correct(store, png(7), 7)
    again = Store(url)
    ((found, content, suffix),) = again.corrections()
    again.close()
    assert (
        found.id,
        found.digit,
        found.predicted,
        found.accepted,
        content,
        suffix,
    ) == (
        kept.id,
        7,
        1,
        True,
        png(7),
        ".png",
    )
    assert found.created.replace(tzinfo=None) == kept.created.replace(tzinfo=None)


def test_a_picture_is_kept_once_and_its_newest_correction_counts(store: Store) -> None:
    for digit in (7, 1, None):
        correct(store, png(7), digit)
    correct(store, png(3), 3)
    assert (store.count("pictures"), store.count()) == (2, 4)
    assert [correction.digit for correction, _, _ in store.corrections()] == [None, 3]


def test_readings_are_kept_as_they_were_given(store: Store) -> None:
    store.add_reading("predict", png(7), {"digit": 7}, "digits.onnx")
    assert store.count("readings") == 1


def test_the_migrations_make_the_tables_that_the_code_knows(
    store: Store, url: str
) -> None:
    store.check()
    engine = open_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert context.get_current_revision() == "0002"
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def _first_use(url: str) -> int:
    store = Store(url)
    store.check()
    correct(store, png(7), 7)
    store.close()
    return 1


@pytest.mark.slow
def test_many_workers_that_start_together_migrate_once(url: str) -> None:
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(4, mp_context=context) as pool:
        assert sum(pool.map(_first_use, [url] * 4)) == 4
    store = Store(url)
    assert (store.count("pictures"), store.count()) == (1, 4)
    store.close()


def test_threads_do_not_lose_each_others_corrections(store: Store) -> None:
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda seed: correct(store, png(7, seed % 5), 7), range(40)))
    assert (store.count("pictures"), store.count()) == (5, 40)


def test_a_newer_database_is_left_alone(store: Store, url: str) -> None:
    store.check()
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(
            sqlalchemy.text("UPDATE alembic_version SET version_num = '9999'")
        )
    engine.dispose()
    newer = Store(url)
    with pytest.raises(StoreError, match="newer inkdigits"):
        newer.check()
    newer.close()


def test_sqlite_syncs_each_commit(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/x.db")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()


def test_a_full_database_refuses_and_recovers(tmp_path: Path) -> None:
    """SQLite told to grow no further answers as it does on a full disk."""
    store = Store(f"sqlite:///{tmp_path}/x.db")
    correct(store, png(1), 1)
    with store._engine.begin() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    big = as_file(draw_digit(8, size_px=500, seed=1), "BMP")
    with pytest.raises(StoreError, match="full"):
        correct(store, big, 8)
    assert store.count() == 1
    with store._engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    correct(store, big, 8)
    assert store.count() == 2
    store.close()


@pytest.mark.slow
def test_a_full_disk_refuses_and_recovers(tmp_path: Path) -> None:
    """A disk of one megabyte, really full."""
    with small_disk(tmp_path) as disk:
        store = Store(f"sqlite:///{disk.folder}/x.db")
        correct(store, png(1), 1)
        disk.fill()
        with pytest.raises(StoreError, match=r"full|disk"):
            correct(store, as_file(draw_digit(8, size_px=400, seed=2), "BMP"), 8)
        disk.make_room()
        correct(store, png(2), 2)
        assert store.count() == 2
        store.close()


@pytest.mark.slow
def test_a_database_that_dies_is_said_and_one_that_comes_back_is_used() -> None:
    with started() as cluster:
        store = Store(cluster.url())
        correct(store, png(1), 1)
        cluster.stop()
        for _ in range(2):
            with pytest.raises(StoreError, match="nothing was stored"):
                correct(store, png(2), 2)
        cluster.start()
        correct(store, png(3), 3)
        assert [correction.digit for correction, _, _ in store.corrections()] == [1, 3]
        store.close()


@pytest.mark.parametrize("url", ["mysql://root@localhost/x", "nonsense"])
def test_a_database_of_another_kind(url: str) -> None:
    with pytest.raises(SettingError, match="postgresql"):
        Store(url)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot be made"):
        Store(f"sqlite:///{tmp_path}/file/x.db")


def test_a_password_is_in_no_message(postgres: Postgres) -> None:
    store = Store(f"postgresql+psycopg://nobody:s3cret@127.0.0.1:{postgres.port}/none")
    with pytest.raises(StoreError) as found:
        store.check()
    assert "s3cret" not in str(found.value)
    store.close()


def test_the_default_is_in_the_users_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("INKDIGITS_DATABASE_URL", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_url() == f"sqlite:///{tmp_path}/inkdigits/inkdigits.db"
    monkeypatch.setenv("INKDIGITS_DATABASE_URL", "sqlite:///other.db")
    assert default_url() == "sqlite:///other.db"


def test_corrections_become_a_data_set(store: Store, tmp_path: Path) -> None:
    for digit in range(10):
        correct(store, png(digit), digit)
    letter = correct(store, as_file(draw_sign("A", size_px=60), "JPEG"), None)
    folder = tmp_path / "mine"
    counts = export_corrections(store, folder)
    assert counts == {**{str(digit): 1 for digit in range(10)}, "none": 1}
    assert (folder / "none" / f"{letter.picture}.jpg").is_file()
    found = load(folder)
    assert sorted(found.labels.tolist()) == list(range(10))
    correct(store, png(7), 1)
    export_corrections(store, folder)
    assert sorted(load(folder).labels.tolist()) == [0, 1, 1, 2, 3, 4, 5, 6, 8, 9]


def test_corrections_are_a_set_by_name(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKDIGITS_DATABASE_URL", url)
    with pytest.raises(DataError, match="no corrections yet"):
        load("corrections")
    store = Store()
    correct(store, png(7), 7)
    correct(store, as_file(draw_sign("A", size_px=60), "PNG"), None)
    store.close()
    found = load("corrections")
    assert (found.name, found.labels.tolist(), found.images.shape) == (
        "corrections",
        [7],
        (1, 28, 28),
    )


def test_nothing_to_export(store: Store, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no corrections yet"):
        export_corrections(store, tmp_path / "mine")
