"""ONNX files as sessions: what cannot run is one line, and files carry their settings."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from inkdigits import Reader
from inkdigits.errors import ModelError
from inkdigits.reading import session
from inkdigits.reading.classifier import BUNDLED
from inkdigits.reading.session import (
    METADATA_KEY,
    PROVIDER,
    Network,
    open_session,
    settings_of,
)
from inkdigits.synthesis.drawn import draw_digit, draw_numbers


def carrying(text: str | None) -> Any:
    metadata = {} if text is None else {METADATA_KEY: text}
    return SimpleNamespace(
        get_modelmeta=lambda: SimpleNamespace(custom_metadata_map=metadata)
    )


def test_a_file_that_is_not_onnx_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"not a model")
    for name in ("a.onnx", "none.onnx"):
        with pytest.raises(ModelError) as failed:
            open_session(tmp_path / name)
        assert "\n" not in str(failed.value)
        assert name in str(failed.value)


def test_it_runs_on_one_core_of_the_cpu() -> None:
    opened = open_session(BUNDLED)
    assert opened.get_providers() == [PROVIDER]
    assert opened.get_session_options().intra_op_num_threads == 1


@pytest.mark.parametrize("text", ["[1]", "3", "{", '"x"'])
def test_settings_that_are_no_object_are_refused(text: str) -> None:
    with pytest.raises(ModelError, match="has settings that cannot be read"):
        settings_of(carrying(text), Path("a.onnx"))


def test_settings_come_back_and_may_be_missing() -> None:
    assert settings_of(carrying('{"a": 1}'), Path("a.onnx")) == {"a": 1}
    assert settings_of(carrying(None), Path("a.onnx")) == {}
    assert Network(BUNDLED).settings["labels"]


def test_a_network_is_opened_once_and_only_when_it_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = []

    def counted(path: Path) -> Any:
        opened.append(path.name)
        return open_session(path)

    monkeypatch.setattr(session, "open_session", counted)
    reader = Reader()
    reader.predict(draw_digit(7))
    # The digit fills its picture: no marks are looked for, and no row is read.
    assert opened == ["glyphs.onnx"]
    for _ in range(2):
        reader.read(draw_numbers(["12"]))
    assert sorted(opened) == ["glyphs.onnx", "marks.onnx", "rows.onnx"]


def test_of_several_threads_one_opens_a_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = []
    asked = threading.Barrier(4)

    def slowly(path: Path) -> str:
        opened.append(path.name)
        time.sleep(0.05)  # while this lasts, the others ask too
        return path.name

    def ask(network: Network) -> str:
        asked.wait()
        answer: str = network.session
        return answer

    monkeypatch.setattr(session, "open_session", slowly)
    with ThreadPoolExecutor(4) as pool:
        answers = [*pool.map(ask, [Network(Path("a.onnx"))] * 4)]
    assert opened == ["a.onnx"]
    assert answers == ["a.onnx"] * 4
