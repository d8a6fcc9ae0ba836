"""The lab's server: who may ask it, what it starts, and what it never does."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from inkdigits.errors import SettingError
from inkdigits.training.artefacts import write_json
from inkdigits.training.live import EVENTS_FILE, STOP_FILE
from inkdigits.training.settings import Settings
from inkdigits.web.lab.runs import Runs, checked
from inkdigits.web.lab.server import create_app, token_of

TOKEN = "let-me-in"  # noqa: S105
HEADERS = {"x-lab-token": TOKEN}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One stopped run."""
    (tmp_path / "first").mkdir()
    run = {
        "state": "training",
        "settings": Settings(data="digits8x8", epochs=3).as_dict(),
        "data_dir": None,
    }
    write_json(tmp_path / "first" / "run.json", run)
    (tmp_path / "first" / EVENTS_FILE).write_text(
        '{"kind":"began","epochs":3}\n{"kind":"ep'
    )
    return tmp_path


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have been run."""
    commands: list[list[str]] = []

    class Process:
        def __init__(self, command: list[str], **_: Any) -> None:
            commands.append(command)

        def poll(self) -> int | None:
            return None

        def terminate(self) -> None: ...

    monkeypatch.setattr(subprocess, "Popen", Process)
    return commands


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    app = create_app(Runs(folder), TOKEN, None)
    with TestClient(app, base_url="http://127.0.0.1:8011", headers=HEADERS) as found:
        yield found


def test_runs_are_listed_with_what_gives_them_again(
    client: TestClient, folder: Path
) -> None:
    (first,) = client.get("/api/runs").json()
    assert (first["name"], first["state"]) == ("first", "stopped")
    assert "--data digits8x8 --epochs 3" in first["command"]
    assert "keras.layers.Conv2D(32, 3" in first["keras"]
    (folder / "other").mkdir()
    (folder / "other" / "run.json").write_text("{}")
    for name in ("link", ".hidden", "odd name"):
        (folder / name).symlink_to(folder / "first")
    states = {run["name"]: run["state"] for run in client.get("/api/runs").json()}
    assert states == {"first": "stopped", "other": "broken"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"x-lab-token": "wrong"}, 403),
        ({"x-lab-token": ""}, 403),
        ({"host": "evil.example"}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:9999"}, 403),
    ],
)
def test_others_start_nothing(
    client: TestClient, launched: list[list[str]], headers: dict[str, str], status: int
) -> None:
    for path in ("/api/runs", "/api/runs/first/stop", "/api/runs/first/resume"):
        assert client.post(path, json={}, headers=headers).status_code == status
    assert launched == []
    if status == 403 and "x-lab-token" in headers:
        assert client.get("/api/runs", headers=headers).status_code == 403
        assert client.get("/", headers=headers).status_code == 200


def test_the_pages_hold_no_token_and_no_run(client: TestClient, folder: Path) -> None:
    for path in ("/", "/inside.html", "/watch.js", "/page.css"):
        answer = client.get(path, headers={"x-lab-token": ""})
        assert answer.status_code == 200
        assert TOKEN not in answer.text
        assert "script-src 'self'" in answer.headers["content-security-policy"]
    for path in ("/../server.py", "/.lab/token", "/first/run.json", "/%2e%2e/secret"):
        assert client.get(path).status_code == 404
    assert token_of(folder) == token_of(folder)
    assert (folder / ".lab" / "token").stat().st_mode & 0o077 == 0


def test_a_training_is_started_as_a_command_of_ours(
    client: TestClient, launched: list[list[str]]
) -> None:
    wanted = {
        "data": "digits8x8",
        "filters": [4, 8],
        "learning_rate": 10,
        "activation": "linear",
        "epochs": 2,
    }
    name = client.post("/api/runs", json=wanted).json()["name"]
    (command,) = launched
    assert command[:4] == [sys.executable, "-m", "inkdigits", "train"]
    options = dict(zip(command[4:-2:2], command[5:-2:2], strict=True))
    assert options.pop("--output").endswith(f"/{name}")
    assert options == {
        "--recipe": "classic",
        "--data": "digits8x8",
        "--filters": "4,8",
        "--activation": "linear",
        "--learning-rate": "10",
        "--epochs": "2",
    }
    assert name in [run["name"] for run in client.get("/api/runs").json()]


@pytest.mark.parametrize(
    "wanted",
    [
        {"recipe": "best"},
        {"model": "os:abort"},
        {"callbacks": "os:abort"},
        {"output": "/elsewhere"},
        {"teacher": "x"},
        {"data": "/etc"},
        {"data": ["mnist"]},
        {"activation": "relu; rm"},
        {"activation": "--resume"},
        {"filters": [1, "2"]},
        {"filters": [100000]},
        {"filters": []},
        {"epochs": 10**9},
        {"epochs": True},
        {"epochs": 0},
        {"batch_size": 10**9},
        {"dense": 10**9},
        {"dropout": "half"},
        {"learning_rate": -1},
        {"learning_rate": float("nan")},
    ],
)
def test_other_settings_are_refused(
    client: TestClient, launched: list[list[str]], wanted: dict[str, Any]
) -> None:
    answer = client.post("/api/runs", content=json.dumps(wanted))
    assert answer.status_code == 422
    assert answer.json()["detail"]
    assert launched == []
    with pytest.raises(SettingError):
        checked(wanted)


def test_what_is_no_settings_is_refused(
    client: TestClient, launched: list[list[str]]
) -> None:
    assert client.post("/api/runs", content=b"[1]").status_code == 422
    assert client.post("/api/runs", content=b"no json").status_code == 422
    assert client.post("/api/runs", content=b"x" * 20_000).status_code == 413
    for name in ("nowhere", "..", ".lab", "a" * 200):
        assert client.post(f"/api/runs/{name}/resume").status_code in (404, 405, 422)
        if name != "nowhere":  # where a run may appear
            assert client.get(f"/api/runs/{name}/events").status_code in (404, 422)
    assert client.get("/api/runs/first/network/network.onnx").status_code == 422
    assert launched == []


def test_only_so_many_trainings_at_a_time(
    client: TestClient, launched: list[list[str]]
) -> None:
    assert client.post("/api/runs", json={}).status_code == 201
    assert client.post("/api/runs/first/resume").status_code == 200
    refused = client.post("/api/runs", json={})
    assert refused.status_code == 503
    assert "2 trainings are under way" in refused.json()["detail"]
    assert len(launched) == 2
    assert launched[1][4:6] == ["--resume", str(launched[1][5])]
    assert client.get("/api/runs").json()[-1]["state"] == "training"


def test_a_run_with_code_of_its_own_is_not_resumed_from_the_page(
    client: TestClient, launched: list[list[str]], folder: Path
) -> None:
    settings = {**Settings(data="digits8x8").as_dict(), "model": "mine:build"}
    write_json(
        folder / "first" / "run.json", {"state": "training", "settings": settings}
    )
    refused = client.post("/api/runs/first/resume")
    assert refused.status_code == 422
    assert "inkdigits train --resume" in refused.json()["detail"]
    assert launched == []


def test_stopping_asks_the_training_itself(client: TestClient, folder: Path) -> None:
    assert client.post("/api/runs/first/stop").status_code == 200
    assert (folder / "first" / STOP_FILE).exists()
