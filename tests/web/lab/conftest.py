"""Two networks as the lab's page shows them, on a plain file server."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import keras_nets
import pages
from inkdigits.errors import DownloadError
from inkdigits.web.lab.folder import write_lab_folder
from lab_site import Site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root: Path = tmp_path_factory.mktemp("lab")
    models = {"classic": keras_nets.classic(), "varied": keras_nets.varied()}
    for name, model in models.items():
        file = keras_nets.saved(model, root / f"{name}.onnx")
        try:
            write_lab_folder(file, root / name)
        except DownloadError as error:
            pytest.skip(f"no engine for the browser: {error}")
    port = pages.free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    with pages.running(
        [*command, "--directory", str(root)], port, dict(os.environ)
    ) as url:
        yield Site(url, models)


@pytest.fixture
def closed_contexts(browser: Browser) -> Iterator[None]:
    """Nothing is left open in the browser when a test ends."""
    yield
    for context in browser.contexts:
        context.close()
