"""Corrections over HTTP: kept and said so, or not kept and said so."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from inkdigits import Reader
from inkdigits.store import Store
from inkdigits.synthesis import drawn
from inkdigits.web.app import create_app
from inkdigits.web.settings import ServeSettings
from live_server import free_port, live_server
from small_disk import small_disk

SEVEN = drawn.as_file(drawn.draw_digit(7), "PNG")
FORM: dict[str, Any] = {"file": ("7.png", SEVEN, "image/png"), "digit": (None, "1")}


@pytest.fixture
def client(reader: Reader, tmp_path: Path) -> TestClient:
    return TestClient(
        create_app(
            reader, ServeSettings(log=False), Store(f"sqlite:///{tmp_path}/x.db")
        )
    )


def test_a_correction_is_kept_with_what_was_predicted(
    client: TestClient, tmp_path: Path
) -> None:
    with client:
        kept = client.post("/v1/corrections", files=FORM).json()
        assert (kept["digit"], kept["predicted"], kept["accepted"], kept["model"]) == (
            1,
            7,
            True,
            "digits.onnx",
        )
        none = client.post("/v1/corrections", files={**FORM, "digit": (None, "none")})
        assert (none.status_code, none.json()["digit"]) == (201, None)
        assert none.json()["picture"] == kept["picture"]
        assert client.get("/readyz").json() == {
            "status": "ready",
            "corrections": "kept",
        }
        assert "inkdigits_corrections_total 2.0" in client.get("/metrics").text
    assert Store(f"sqlite:///{tmp_path}/x.db").count("pictures") == 1


@pytest.mark.parametrize(
    ("files", "status", "said"),
    [
        ({"file": ("x", b"no picture"), "digit": (None, "1")}, 415, "not a picture"),
        ({"file": ("7.png", SEVEN)}, 422, "give 0 to 9, or none"),
        (
            {"file": ("7.png", SEVEN), "digit": (None, "10")},
            422,
            "give 0 to 9, or none",
        ),
        ({"digit": (None, "1")}, 422, "0 files: send one"),
    ],
)
def test_what_is_no_correction(
    client: TestClient, files: dict[str, Any], status: int, said: str
) -> None:
    with client:
        response = client.post("/v1/corrections", files=files)
        assert response.status_code == status
        assert said in response.json()["detail"]
        assert client.post("/v1/corrections", content=SEVEN).status_code == 415
    store: Store = client.app.state.service.store  # type: ignore[attr-defined]
    assert store.count() == 0


def test_readings_are_kept_only_where_asked(reader: Reader, tmp_path: Path) -> None:
    for keep, expected in ((False, 0), (True, 2)):
        url = f"sqlite:///{tmp_path}/{keep}.db"
        with TestClient(
            create_app(reader, replace(ServeSettings(log=False), keep=keep), Store(url))
        ) as client:
            client.post("/v1/predict", content=SEVEN)
            client.post("/v1/read", content=SEVEN)
        assert Store(url).count("readings") == expected


@pytest.mark.slow
def test_a_dead_database_is_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://inkdigits:s3cret@127.0.0.1:{free_port()}/none"
    with live_server(tmp_path, database_url=url) as server, server.client() as client:
        response = client.post("/v1/corrections", files=FORM)
        assert (response.status_code, response.headers["retry-after"]) == (503, "1")
        assert "nothing was stored" in response.json()["detail"]
        assert client.get("/readyz").json() == {
            "status": "ready",
            "corrections": "unavailable",
        }
        assert client.post("/v1/predict", content=SEVEN).json()[0]["digit"] == 7
        server.terminate()
        assert "s3cret" not in server.log.read_text()
        assert "corrections are refused" in server.log.read_text()


@pytest.mark.slow
def test_a_full_disk_is_said_and_no_correction_that_was_acknowledged_is_lost(
    tmp_path: Path,
) -> None:
    with small_disk(tmp_path) as disk:
        url = f"sqlite:///{disk.folder}/x.db"
        with (
            live_server(tmp_path, database_url=url) as server,
            server.client() as client,
        ):
            answers = [
                client.post(
                    "/v1/corrections", files={**FORM, "file": ("7.bmp", _large(seed))}
                )
                for seed in range(12)
            ]
            kept = [
                answer.json()["id"] for answer in answers if answer.status_code == 201
            ]
            assert {answer.status_code for answer in answers} == {201, 503}
            disk.fill()
            assert client.post("/v1/predict", content=SEVEN).status_code == 200
            server.process.kill()
            server.process.wait()
        disk.make_room()
        store = Store(url)
        assert set(kept) <= {correction.id for correction, _, _ in store.corrections()}
        store.close()


def _large(seed: int) -> bytes:
    return drawn.as_file(drawn.draw_digit(7, size_px=400, seed=seed), "BMP")
