"""The lab's server: who may ask it, what it starts, and what it never does."""

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from inkdigits.data import load
from inkdigits.errors import SettingError
from inkdigits.training.artefacts import write_json
from inkdigits.training.live import ALIVE_FILE, EVENTS_FILE, STOP_FILE
from inkdigits.training.settings import Settings
from inkdigits.web.lab import runs as runs_module
from inkdigits.web.lab.runs import BOUNDS, Runs, checked
from inkdigits.web.lab.server import create_app, token_of
from inkdigits.web.lab.training_set import checked as checked_set
from waiting import wait_until

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

        def wait(self, _: float) -> None:
            threading.Event().wait()

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
    for path in (
        "/api/runs",
        "/api/runs/first/stop",
        "/api/runs/first/resume",
        "/api/runs/first/finetune",
    ):
        assert client.post(path, json={}, headers=headers).status_code == status
    assert launched == []
    if status == 403 and "x-lab-token" in headers:
        assert client.get("/api/runs", headers=headers).status_code == 403
        answer = client.get("/api/runs/first/changes", headers=headers)
        assert answer.status_code == 403
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
        {"learning_rate": 10**400},
        {"dropout": 10**400},
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
    assert "2 training runs are active" in refused.json()["detail"]
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


PICTURE = base64.b64encode(bytes([0, 200] * 392)).decode()
WANTED = {
    "digits": [{"label": 7, "picture": PICTURE}],
    "learning_rate": 0.001,
    "replay": 0.5,
}


@pytest.fixture
def finished(folder: Path) -> Path:
    """A finished run; its network is not looked at here."""
    path = folder / "first"
    settings = Settings(data="digits8x8", epochs=3).as_dict()
    write_json(path / "run.json", {"state": "finished", "settings": settings})
    (path / "model.keras").write_bytes(b"not opened")
    return path


def test_a_fine_tuning_is_started_as_a_command_of_ours_on_a_copy(
    client: TestClient, launched: list[list[str]], finished: Path
) -> None:
    before = {path.name: path.read_bytes() for path in finished.iterdir()}
    name = client.post("/api/runs/first/finetune", json=WANTED).json()["name"]
    assert name == "first-finetuned-1"
    (command,) = launched
    options = dict(zip(command[4:-2:2], command[5:-2:2], strict=True))
    digits = Path(options.pop("--data"))
    assert options == {
        "--from": str(finished),
        "--replay": "0.5",
        "--learning-rate": "0.001",
        "--output": str(finished.with_name(name)),
    }
    assert load(digits).labels.tolist() == [7]
    assert load(digits).images.tobytes() == base64.b64decode(PICTURE)
    assert before == {path.name: path.read_bytes() for path in finished.iterdir()}
    about = {run["name"]: run for run in client.get("/api/runs").json()}[name]
    assert (about["state"], about["kind"]) == ("starting", "fine-tuned")
    second = client.post("/api/runs/first/finetune", json=WANTED).json()["name"]
    assert second == "first-finetuned-2"
    # Each takes the place of a training.
    third = client.post("/api/runs/first/finetune", json=WANTED)
    assert third.status_code == 503
    assert len(launched) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"digits": []},
        {"digits": "7"},
        {"digits": [7]},
        {"digits": [{"label": 7}]},
        {"digits": [{"label": 10, "picture": PICTURE}]},
        {"digits": [{"label": True, "picture": PICTURE}]},
        {"digits": [{"label": "7", "picture": PICTURE}]},
        {"digits": [{"label": 7, "picture": PICTURE[:-4]}]},
        {"digits": [{"label": 7, "picture": "/etc/passwd"}]},
        {"digits": [{"label": 7, "picture": base64.b64encode(bytes(784)).decode()}]},
        {"digits": [{"label": 7, "picture": PICTURE}] * 101},
        {"learning_rate": 0},
        {"learning_rate": float("nan")},
        {"learning_rate": "1e-3"},
        {"learning_rate": 10**400},
        {"replay": 1.0},
        {"replay": True},
        {"replay": None},
        {"model": "os:abort"},
        {"output": "/elsewhere"},
        {"data": "/etc"},
    ],
)
def test_other_training_sets_are_refused(
    client: TestClient,
    launched: list[list[str]],
    finished: Path,
    change: dict[str, Any],
) -> None:
    content = json.dumps({**WANTED, **change})
    answer = client.post("/api/runs/first/finetune", content=content)
    assert answer.status_code == 422
    assert answer.json()["detail"]
    assert launched == []
    assert not list(finished.parent.glob("**/*.npz"))


def test_what_cannot_be_fine_tuned_is_refused(
    client: TestClient, launched: list[list[str]], folder: Path
) -> None:
    refused = client.post("/api/runs/first/finetune", json=WANTED)
    assert refused.status_code == 422
    assert "not finished" in refused.json()["detail"]
    assert client.post("/api/runs/nowhere/finetune", json=WANTED).status_code == 422
    assert client.get("/api/runs/first/changes").status_code == 422
    big = {**WANTED, "digits": [{"label": 7, "picture": "x" * 200_000}]}
    assert client.post("/api/runs/first/finetune", json=big).status_code == 413
    assert launched == []


def test_a_fine_tuning_of_an_earlier_lab_is_listed_and_stopped(
    client: TestClient, folder: Path
) -> None:
    part = folder / ".first-finetuned-1.part"
    part.mkdir()
    assert [run["name"] for run in client.get("/api/runs").json()] == ["first"]
    (part / ALIVE_FILE).touch()
    found = {run["name"]: run["state"] for run in client.get("/api/runs").json()}
    assert found == {"first": "stopped", "first-finetuned-1": "training"}
    assert client.post("/api/runs/first-finetuned-1/stop").status_code == 200
    assert (part / STOP_FILE).exists()


def test_a_fine_tuning_that_hangs_is_killed_and_leaves_nothing(
    finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs_module, "BOUNDS", replace(BOUNDS, finetuning_s=0.05))
    hangs = [sys.executable, "-c", "import time; time.sleep(3600)"]
    started = subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda _, **options: started(hangs, **options)
    )
    part = finished.with_name(".first-finetuned-1.part")
    part.mkdir()
    (part / "model.keras").write_text("half of it")
    os.utime(part, (0, 0))  # it was left long ago
    runs = Runs(finished.parent)
    name = runs.finetune("first", checked_set(WANTED))
    assert name == "first-finetuned-1"
    part.mkdir(exist_ok=True)
    wait_until(lambda: not part.exists(), "what was half-written is gone")
    wait_until(
        lambda: not list(finished.parent.glob("**/*.npz")), "its digits are gone"
    )
    (about,) = [run for run in runs.listed() if run["name"] == name]
    assert about["state"] == "failed"
