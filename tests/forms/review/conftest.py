"""What the tests of the review need."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from inkdigits.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path}/x.db")
    yield store
    store.close()
