"""One browser and one of each kind of page for all tests of the page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

import pages


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with pages.chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def service_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pages.service(tmp_path_factory.mktemp("service")) as url:
        yield url


@pytest.fixture(scope="session")
def static_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pages.static_host(tmp_path_factory.mktemp("site") / "page") as url:
        yield url


@pytest.fixture(params=["service", "static"])
def url(request: pytest.FixtureRequest) -> str:
    """The page as the service has it, and as it was exported: it must do the same."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found
