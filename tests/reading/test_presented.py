"""Results hand their presentation on to the one presenter of the package."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from inkdigits import Prediction, Reading
from inkdigits.reading.presented import Pictured, Presented, Presenter, Tabular


class Recorder:
    """A presenter that notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        def call(*given: Any, **options: Any) -> Any:
            self.asked.append((name, given, options))
            return Image.new("L", (1, 1)) if name in ("draw", "crop") else [name]

        return call


@pytest.fixture
def presenter(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr(Presented, "presenter", lambda: recorder)
    return recorder


def test_every_method_asks_for_the_one_of_its_name(presenter: Recorder) -> None:
    result = Reading(())
    result.to_dict()
    result.draw("a.png", page=2, password="x")
    result.save("out.png", "a.png")
    result.crop(None, "a.png")
    result.to_csv("a.csv")
    result.to_frame()
    result._repr_html_()
    result._repr_png_()
    names = [name for name, _, _ in presenter.asked]
    wanted = ["to_dict", "draw", "save", "crop", "to_csv", "to_frame", "html", "png"]
    assert names == wanted
    assert set(wanted) == {name for name in vars(Presenter) if name[0] != "_"}
    assert presenter.asked[1] == (
        "draw", (result, "a.png"), {"page": 2, "password": "x"}
    )  # fmt: skip
    assert presenter.asked[2][1][1:] == ("out.png", "a.png", None)


def test_predictions_are_pictures_and_readings_are_tables_too() -> None:
    assert issubclass(Prediction, Pictured)
    assert not issubclass(Prediction, Tabular)
    assert issubclass(Reading, Pictured)
    assert issubclass(Reading, Tabular)


def test_the_package_puts_its_presenter_in(tmp_path: Path) -> None:
    assert Reading(()).to_csv(tmp_path / "a.csv") == (tmp_path / "a.csv").read_text()
