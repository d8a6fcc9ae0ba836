"""The counts of several workers: those that were killed leave no gauge behind."""

from contextlib import suppress
from pathlib import Path

import httpx2
import psutil
import pytest

from inkdigits.synthesis import drawn
from live_server import free_port, live_server
from waiting import wait_until

SEVEN = drawn.as_file(drawn.draw_digit(7), "PNG")
PAGE = drawn.as_file(drawn.draw_numbers(["3482075961" * 4] * 24), "PNG")


def value_of(text: str, name: str) -> float:
    return float(
        next(line for line in text.splitlines() if line.startswith(f"{name} ")).split()[
            1
        ]
    )


@pytest.mark.slow
def test_what_waited_in_a_killed_worker_is_forgotten(tmp_path: Path) -> None:
    with live_server(tmp_path, "--workers", "2") as server, server.client() as client:
        workers = psutil.Process(server.process.pid).children()
        busy = [server.connect() for _ in range(6)]
        for connection in busy:
            head = f"POST /v1/read HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(PAGE)}\r\n\r\n"
            connection.sendall(head.encode() + PAGE)
        wait_until(
            lambda: value_of(client.get("/metrics").text, "inkdigits_under_way") > 0,
            "pages are under way",
        )
        for worker in workers:
            with suppress(psutil.NoSuchProcess):  # it may have ended by itself
                if "resource_tracker" not in " ".join(worker.cmdline()):
                    worker.kill()
        for connection in busy:
            connection.close()

        def is_forgotten() -> bool:
            with (
                suppress(httpx2.TransportError),
                server.client() as fresh,
            ):  # workers are being started again
                return value_of(fresh.get("/metrics").text, "inkdigits_under_way") == 0
            return False

        wait_until(is_forgotten, "nothing is under way")


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_metrics_have_a_port_of_their_own_without_a_key(
    tmp_path: Path, workers: str
) -> None:
    port = free_port()
    options = ("--api-key", "sesame", "--metrics-port", str(port), "--workers", workers)
    with live_server(tmp_path, *options) as server:
        with server.client(headers={"x-api-key": "sesame"}) as client:
            assert client.post("/v1/predict", content=SEVEN).status_code == 200
        with server.client() as stranger:
            assert stranger.get("/metrics").status_code == 401
            found = stranger.get(f"http://127.0.0.1:{port}/metrics").text
    assert 'inkdigits_requests_total{path="/v1/predict",status="200"} 1.0' in found
