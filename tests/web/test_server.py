"""A real server under what the network does to one: kill -9, SIGTERM, crowds, clients that are slow, huge or lie."""

import concurrent.futures
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from inkdigits.store import Store
from inkdigits.synthesis import drawn
from live_server import LiveServer, live_server
from postgres import started
from waiting import wait_until

pytestmark = pytest.mark.slow
SEVEN = drawn.as_file(drawn.draw_digit(7), "PNG")
PAGE = drawn.as_file(drawn.draw_numbers(["3482075961" * 4] * 24), "PNG")
HEAD = b"POST /v1/predict HTTP/1.1\r\nhost: x\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    options = ("--timeout", "3", "--max-upload", "1", "--connections", "200")
    with live_server(tmp_path_factory.mktemp("server"), *options) as server:
        yield server


def answers_others(server: LiveServer) -> bool:
    """Whether others are answered; who is told to come again, as on a busy machine, does so."""
    answers: list[httpx2.Response] = []

    def is_answered() -> bool:
        answers.append(client.post("/v1/predict", content=SEVEN))
        return answers[-1].status_code != 503

    with server.client() as client:
        wait_until(is_answered, "others are answered")
    return bool(answers[-1].json()[0]["digit"] == 7)


def answer_of(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    parts = b""
    try:
        while part := connection.recv(65536):
            parts += part
    except ConnectionResetError:
        pass
    return parts


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_correction_acknowledged_outlives_kill_9(tmp_path: Path, kind: str) -> None:
    with ExitStack() as stack:
        url = (
            stack.enter_context(started()).url()
            if kind == "postgresql"
            else f"sqlite:///{tmp_path}/inkdigits.db"
        )
        server = stack.enter_context(live_server(tmp_path, database_url=url))
        client = stack.enter_context(server.client())
        response = client.post(
            "/v1/corrections",
            files={"file": ("7.png", SEVEN, "image/png")},
            data={"digit": "1"},
        )
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        assert response.status_code == 201
        store = Store(url)
        ((kept, content, _),) = store.corrections()
        store.close()
    assert (kept.id, kept.digit, kept.predicted, content) == (
        response.json()["id"],
        1,
        7,
        SEVEN,
    )


def test_sigterm_finishes_what_is_under_way(tmp_path: Path) -> None:
    with (
        live_server(tmp_path) as server,
        concurrent.futures.ThreadPoolExecutor() as pool,
    ):
        client = server.client()
        asked = [
            pool.submit(client.post, "/v1/read?format=text", content=PAGE)
            for _ in range(3)
        ]
        wait_until(
            lambda: "inkdigits_under_way 3.0" in client.get("/metrics").text,
            "three pages are under way",
        )
        assert server.terminate() in (0, -signal.SIGTERM)
        assert [one.result().status_code for one in asked] == [200] * 3
        client.close()
        with pytest.raises(OSError, match="refused"):
            server.connect()
        assert [
            line["status"] for line in server.lines() if line.get("path") == "/v1/read"
        ] == [200] * 3


def test_a_full_queue_gives_503_and_says_when_to_come_back(tmp_path: Path) -> None:
    with (
        live_server(tmp_path, "--queue", "1") as server,
        concurrent.futures.ThreadPoolExecutor(16) as pool,
    ):
        with server.client() as client:
            found = list(
                pool.map(lambda _: client.post("/v1/read", content=PAGE), range(16))
            )
        assert {response.status_code for response in found} == {200, 503}
        full = next(response for response in found if response.status_code == 503)
        assert full.headers["retry-after"] == "1"
        assert "requests are waiting" in full.json()["detail"]
        assert answers_others(server)


def test_a_folder_that_cannot_be_written_stops_corrections_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with (
        live_server(tmp_path, database_url=f"sqlite:///{tmp_path}/file/x.db") as server,
        server.client() as client,
    ):
        assert (
            client.post(
                "/v1/corrections", files={"file": SEVEN, "digit": (None, "7")}
            ).status_code
            == 503
        )
        assert client.get("/readyz").json()["corrections"] == "off"
        assert answers_others(server)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--database-url", "mysql://x/y"), "postgresql"),
        (("--model", "nothing.onnx"), "there is no model"),
        (("--host", "192.0.2.1"), "cannot be used"),
        (("--queue", "0"), "give more than 0"),
        (("--cors", "example.org"), "has no scheme"),
    ],
)
def test_what_cannot_be_served_is_said_in_one_line(
    options: tuple[str, ...], said: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "inkdigits", "serve", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_several_workers_share_the_port_the_counts_and_the_store(
    tmp_path: Path,
) -> None:
    with live_server(tmp_path, "--workers", "2") as server:
        for number in range(12):
            with server.client() as client:
                form = {"file": ("7.png", SEVEN + bytes([number]), "image/png")}
                assert (
                    client.post(
                        "/v1/corrections", files=form, data={"digit": "none"}
                    ).status_code
                    == 201
                )
        with server.client() as client:
            assert (
                'path="/v1/corrections",status="201"} 12.0'
                in client.get("/metrics").text
            )
        assert server.terminate() == 0
    assert len(list(Store(f"sqlite:///{tmp_path}/inkdigits.db").corrections())) == 12


def test_a_length_that_is_too_large_is_refused_before_the_body(
    server: LiveServer,
) -> None:
    with server.connect() as connection:
        connection.sendall(HEAD + b"content-length: 5368709120\r\n\r\n" + b"x" * 1000)
        answer = answer_of(connection)
    assert b" 413 " in answer.splitlines()[0]
    assert b"more than 1,048,576 bytes" in answer
    assert answers_others(server)


@pytest.mark.parametrize("kind", [b"image/png", b"multipart/form-data; boundary=b"])
def test_a_stream_without_a_length_is_cut_off_at_the_limit(
    server: LiveServer, kind: bytes
) -> None:
    """Five gigabytes are offered in chunks; hardly more than the limit is taken."""
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    start = b"--b\r\ncontent-disposition: form-data; name=f; filename=f\r\n\r\n"
    sent = 0
    with server.connect() as connection:
        connection.sendall(
            HEAD + b"content-type: " + kind + b"\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        connection.sendall(f"{len(start):x}\r\n".encode() + start + b"\r\n")
        try:
            while sent < 5 * 1024**3:
                connection.sendall(chunk)
                sent += 65536
        except OSError:
            pass
    assert sent < 32 * 1024**2
    assert answers_others(server)


def test_a_body_that_does_not_come_is_given_up_on(server: LiveServer) -> None:
    with server.connect() as connection:
        connection.sendall(HEAD + b"content-length: 1000\r\n\r\nabc")
        answer = answer_of(connection)
    assert b" 408 " in answer.splitlines()[0]
    assert b"did not arrive within 3 s" in answer


def test_slow_loris_and_a_crowd_do_not_keep_others_waiting(server: LiveServer) -> None:
    """Far more connections than are held: half send heads that never end, half bodies that never end."""
    crowd = []
    try:
        for number in range(600):
            connection = server.connect()
            connection.sendall(
                HEAD if number % 2 else HEAD + b"content-length: 500\r\n\r\nx"
            )
            crowd.append(connection)
            if number % 100 == 50:
                assert answers_others(server)
        assert answers_others(server)
    finally:
        for connection in crowd:
            connection.close()


def test_ten_thousand_connections_beyond_the_limit_keep_nobody_waiting(
    server: LiveServer,
) -> None:
    """All of them are open at once on our side; the server holds 200 and lets the longest idle go."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(10_000, hard - 1000)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 500), hard))
    crowd = []
    try:
        for number in range(count):
            crowd.append(server.connect())
            if number % 2500 == 1250:
                assert answers_others(server)
        assert answers_others(server)
        assert server.process.poll() is None
    finally:
        for connection in crowd:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_what_is_no_http_is_told_so(server: LiveServer) -> None:
    for sent in (
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        b"GET /" + b"x" * 100_000,
    ):
        with server.connect() as connection:
            connection.sendall(sent + b"\r\n\r\n")
            head, _, body = answer_of(connection).partition(b"\r\n\r\n")
            assert b" 400 " in head.splitlines()[0]
            assert "send a plain request" in json.loads(body)["detail"]


def test_a_client_that_goes_away_harms_nothing(server: LiveServer) -> None:
    for _ in range(20):
        with server.connect() as connection:
            connection.sendall(
                HEAD
                + f"content-length: {len(PAGE)}\r\n\r\n".encode()
                + PAGE[: len(PAGE) // 2]
            )
    assert answers_others(server)
    assert not [line for line in server.lines() if line["level"] == "error"]


def test_the_log_names_requests_and_shows_no_picture(server: LiveServer) -> None:
    with server.client() as client:
        number = client.post("/v1/predict", content=SEVEN).headers["x-request-id"]
        client.post("/v1/predict", files={"files": ("secret-name.png", SEVEN)})
    wait_until(lambda: number in server.log.read_text(), "the request is in the log")
    (line,) = [line for line in server.lines() if line.get("request_id") == number]
    assert set(line) == {
        "time",
        "level",
        "message",
        "request_id",
        "method",
        "path",
        "status",
        "ms",
    }
    assert "secret-name" not in server.log.read_text()


def test_predict_goes_on_while_pages_are_read(server: LiveServer) -> None:
    """Reading pages is not done where connections are served."""
    with server.client() as client:
        reading = threading.Thread(target=lambda: client.post("/v1/read", content=PAGE))
        reading.start()
        wait_until(
            lambda: "inkdigits_under_way 1.0" in client.get("/metrics").text,
            "it tells of a page under way",
        )
        reading.join()
