"""A learning rate of 10 with no activation: the loss stops being a number, and everything says so."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from playwright.sync_api import Browser

from inkdigits.errors import TrainingError
from inkdigits.training import Settings, train
from inkdigits.training.fit import Silent
from inkdigits.training.live import EVENTS_FILE, Recorder
from inkdigits.web.lab.runs import Runs, as_json
from lab_server import lab, opened
from pages import free_port, shot, until

pytestmark = pytest.mark.slow

SETTINGS = Settings(
    data="digits8x8",
    filters=(4,),
    dense=8,
    activation="linear",
    optimizer="sgd",
    learning_rate=10.0,
    batch_size=16,
    epochs=3,
)
WORDS = "the loss is not a number in epoch 1"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the one run."""
    folder = tmp_path_factory.mktemp("nan")
    recorder = Recorder(Silent())
    with pytest.raises(TrainingError, match=WORDS), recorder.watched():
        train(
            SETTINGS,
            output=folder / "wild",
            listener=recorder,
            callbacks=recorder.callbacks,
        )
    return folder


@pytest.fixture(autouse=True)
def _closed(browser: Browser) -> Iterator[None]:
    yield
    for context in browser.contexts:
        context.close()


def strict(text: str | bytes) -> Any:
    """JSON as browsers take it: NaN and Infinity are no JSON, though Python reads them."""

    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_what_is_kept_is_json_and_says_why_it_ended(runs: Path) -> None:
    lines = (runs / "wild" / EVENTS_FILE).read_text().splitlines()
    events = [strict(line) for line in lines]
    assert [event["loss"] for event in events if event["kind"] == "step"][-1] is None
    assert events[-1]["kind"] == "ended"
    assert events[-1]["state"] == "failed"
    assert events[-1]["words"].startswith(WORDS)
    assert (
        strict((runs / "wild" / "run.json").read_text())["settings"]["learning_rate"]
        == 10
    )
    (about,) = strict(as_json(Runs(runs).listed()))
    assert about["state"] == "stopped"
    assert "--activation linear" in about["command"]


def test_the_page_shows_it(browser: Browser, runs: Path) -> None:
    with lab(runs, free_port()) as address:
        page = opened(browser, address)
        until(
            page,
            f"document.querySelector('.run .status')?.textContent.startsWith('{WORDS}')",
        )
        until(page, "document.querySelector('.run .chart .nan')?.textContent === 'NaN'")
        chart = page.locator(".run .chart").first
        assert "training NaN" in (chart.get_attribute("aria-label") or "")
        until(
            page,
            "document.querySelector('#list small')?.textContent.startsWith('failed')",
        )
        shot(page, "lab-nan")
