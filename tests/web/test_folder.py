"""`inkdigits export --format web`: what it writes, and what it says where it cannot."""

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from inkdigits import Reader
from inkdigits.errors import DownloadError, ModelError, SettingError
from inkdigits.reading.classifier import BUNDLED
from inkdigits.reading.marks.network import BUNDLED as BUNDLED_MARKS
from inkdigits.reading.marks.network import MarksNetwork
from inkdigits.web.app import create_app
from inkdigits.web.engine import FILES, engine_folder
from inkdigits.web.folder import STATIC, write_folder


@pytest.fixture(scope="module")
def engine() -> Path:
    try:
        return engine_folder()
    except DownloadError as error:
        pytest.skip(f"no engine for the browser: {error}")


def export(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [
        sys.executable,
        "-m",
        "inkdigits",
        "export",
        "--format",
        "web",
        *arguments,
    ]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_the_folder_has_all_that_the_worker_keeps_and_nothing_from_elsewhere(
    engine: Path, tmp_path: Path
) -> None:
    folder = write_folder(None, tmp_path / "site", engine)
    worker = (folder / "sw.js").read_text()
    kept = json.loads(re.findall(r"^const FILES = (.*);$", worker, re.MULTILINE)[0])
    assert all((folder / path).is_file() for path in kept if path != "./")
    assert {
        path.relative_to(STATIC).as_posix()
        for path in STATIC.rglob("*")
        if path.is_file()
    } - {"sw.js"} <= set(kept)
    assert (folder / "model" / "digits.onnx").read_bytes() == BUNDLED.read_bytes()
    assert (folder / "model" / "marks.onnx").read_bytes() == BUNDLED_MARKS.read_bytes()
    assert {"model/digits.onnx", "model/marks.onnx", "model/model.json"} <= set(kept)
    settings = json.loads((folder / "model" / "model.json").read_text())
    reader = Reader()
    assert settings["marks"]["line_weights"] == list(MarksNetwork().confidence.weights)
    assert (settings["threshold"], settings["temperature"]) == (
        reader.min_confidence,
        reader.classifier.settings.temperature,
    )
    own = [
        path
        for path in folder.rglob("*")
        if path.suffix in (".html", ".js", ".css")
        and not {"engine", "decoders"} & set(path.relative_to(folder).parts)
    ]
    assert not [
        path
        for path in own
        if re.search(r"https?://(?!www\.w3\.org/2000/svg)", path.read_text())
    ]
    assert "Content-Security-Policy" in (folder / "index.html").read_text()


def test_the_worker_changes_with_the_files_and_only_then(
    engine: Path, tmp_path: Path
) -> None:
    one, other = (
        write_folder(None, tmp_path / name, engine) / "sw.js"
        for name in ("one", "other")
    )
    assert one.read_text() == other.read_text()
    assert write_folder(None, tmp_path / "one", engine) == tmp_path / "one"


def test_a_model_of_ones_own_keeps_the_bundled_marks_network(
    engine: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own.onnx"
    own.write_bytes(BUNDLED.read_bytes())
    folder = write_folder(own, tmp_path / "site", engine)
    assert (
        json.loads((folder / "model" / "model.json").read_text())["name"] == "own.onnx"
    )
    assert (folder / "model" / "marks.onnx").read_bytes() == BUNDLED_MARKS.read_bytes()


def test_the_command_needs_no_keras(engine: Path, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom inkdigits.cli import app\n"
        f"assert CliRunner().invoke(app, ['export', '--format', 'web', {str(tmp_path / 'site')!r}]).exit_code == 0\n"
        "assert not {'keras', 'tensorflow', 'fastapi'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert (tmp_path / "site" / "index.html").exists()


def test_a_missing_npm_is_said_with_the_way_out(tmp_path: Path) -> None:
    done = export(
        str(tmp_path / "site"),
        PATH=str(tmp_path),
        XDG_CACHE_HOME=str(tmp_path / "cache"),
    )
    assert done.returncode == 2
    assert "npm, which is not installed" in done.stderr
    assert "--engine DIR" in done.stderr
    assert not (tmp_path / "site").exists()


def test_another_engine_and_a_full_folder_are_refused(
    engine: Path, tmp_path: Path
) -> None:
    (tmp_path / next(iter(FILES))).write_text("something else")
    with pytest.raises(DownloadError, match="does not hold onnxruntime-web"):
        write_folder(None, tmp_path / "site", tmp_path)
    with pytest.raises(SettingError, match="has other files in it"):
        write_folder(None, tmp_path)
    with pytest.raises(ModelError, match="no model at"):
        write_folder(tmp_path / "none.onnx", tmp_path / "site", engine)


def test_the_page_may_be_taken_away_from_the_service(engine: Path) -> None:
    with TestClient(create_app(Reader())) as client:
        response = client.get("/offline.zip")
    assert response.status_code == 200
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert {
            "inkdigits/index.html",
            "inkdigits/sw.js",
            "inkdigits/model/model.json",
            "inkdigits/model/marks.onnx",
        } <= set(archive.namelist())


def test_a_host_without_the_engine_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with TestClient(create_app(Reader())) as client:
        response = client.get("/offline.zip")
    assert response.status_code >= 400
    assert "inkdigits export --format web" in response.json()["detail"]
