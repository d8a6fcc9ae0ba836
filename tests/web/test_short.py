"""The short way takes plain requests only, and answers them as h11's way does."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from inkdigits.data import drawn
from inkdigits.web.short import START, whole_request
from live_server import LiveServer, live_server

SEVEN = drawn.as_file(drawn.draw_digit(7, size_px=60), "PNG")
LENGTH = f"content-length: {len(SEVEN)}\r\n".encode()
PLAIN = START + b"Host: x\r\nContent-Type:image/png\r\nAccept:\r\n" + LENGTH


def test_a_plain_request_is_taken_apart() -> None:
    headers, body = whole_request(PLAIN + b"\r\n" + SEVEN) or ([], b"")
    assert headers == [(b"host", b"x"), (b"content-type", b"image/png"), (b"accept", b""),
                       (b"content-length", str(len(SEVEN)).encode())]  # fmt: skip
    assert body == SEVEN


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nhost: x\r\n\r\n",
        PLAIN + b"\r\n" + SEVEN[:-1],
        PLAIN + b"\r\n" + SEVEN + b"P",
        PLAIN,
        START + b"\r\n",
        START + b"\r\n\r\n",
        START + LENGTH + b"\r\n" + SEVEN,
        PLAIN + b"host: y\r\n\r\n" + SEVEN,
        PLAIN + LENGTH + b"\r\n" + SEVEN,
        PLAIN + b"transfer-encoding: chunked\r\n\r\n" + SEVEN,
        PLAIN + b"Transfer-Encoding : chunked\r\n\r\n" + SEVEN,
        PLAIN + b"expect: 100-continue\r\n\r\n" + SEVEN,
        PLAIN + b"connection: close\r\n\r\n" + SEVEN,
        PLAIN + b"connection: upgrade\r\nupgrade: h2c\r\n\r\n" + SEVEN,
        PLAIN + b"x: a\r\n folded\r\n\r\n" + SEVEN,
        PLAIN + b"x: a\nb\r\n\r\n" + SEVEN,
        PLAIN + b"x: a\0b\r\n\r\n" + SEVEN,
        PLAIN + b"bad header\r\n\r\n" + SEVEN,
        START + b"host: x\r\ncontent-length: +1\r\n\r\nx",
        START + b"host: x\r\ncontent-length: 1, 1\r\n\r\nx",
        START + b"host: x\r\nx: " + b"y" * 9000 + b"\r\n" + LENGTH + b"\r\n" + SEVEN,
        START.replace(b"1.1", b"1.0") + b"host: x\r\n" + LENGTH + b"\r\n" + SEVEN,
    ],
)
def test_whatever_is_unusual_is_left_to_h11(data: bytes) -> None:
    assert whole_request(data) is None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("short"), "--max-upload", "0.01") as server:
        yield server


def answers(connection: socket.socket, count: int) -> list[tuple[int, dict[str, str], object]]:
    """Status, headers and content of so many answers."""
    stream, found = connection.makefile("rb"), []
    for _ in range(count):
        status = int(stream.readline().split()[1])
        lines = iter(lambda: stream.readline().strip().decode(), "")
        headers = dict(line.split(": ", 1) for line in lines)
        found.append((status, headers, json.loads(stream.read(int(headers["content-length"])))))
    return found


@pytest.mark.slow
def test_both_ways_give_the_same_answer(server: LiveServer) -> None:
    whole = PLAIN + b"x-request-id: same\r\n\r\n" + SEVEN
    with server.connect() as connection:
        connection.sendall(whole)
        short = answers(connection, 1)
        connection.sendall(whole.replace(b"Accept:", b"Expect: 100-continue"))
        assert connection.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        long = answers(connection, 1)
    assert short[0][0] == 200
    assert short == long


@pytest.mark.slow
def test_requests_after_each_other_and_at_once_keep_their_order(server: LiveServer) -> None:
    digits = [3, 8, 1, 9, 7, 5, 2, 6]
    pictures = [drawn.as_file(drawn.draw_digit(digit, size_px=60), "PNG") for digit in digits]
    whole = [START + f"host: x\r\ncontent-length: {len(picture)}\r\n\r\n".encode() + picture for picture in pictures]
    with server.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in whole:
            connection.sendall(request)
        connection.sendall(b"".join(whole))
        for request in whole:
            connection.sendall(request[:50])
            connection.sendall(request[50:])
        found = [content for _, _, content in answers(connection, 24)]
    assert [content[0]["digit"] for content in found if isinstance(content, list)] == digits * 3


@pytest.mark.slow
def test_who_takes_no_answers_is_given_no_more(server: LiveServer) -> None:
    whole, sent = (PLAIN + b"\r\n" + SEVEN) * 20, 0
    with server.connect() as connection:
        connection.settimeout(3)
        with suppress(OSError):
            while sent < 256 * 2**20:
                connection.sendall(whole)
                sent += len(whole)
        assert sent < 64 * 2**20
        with server.client() as client:
            assert client.post("/v1/predict", content=SEVEN).status_code == 200


@pytest.mark.slow
def test_limits_hold_on_the_short_way_too(server: LiveServer) -> None:
    with server.connect() as connection:
        body = b"x" * 20_000
        connection.sendall(START + f"host: x\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
        ((status, headers, _),) = answers(connection, 1)
        assert (status, headers["connection"]) == (413, "close")
        assert connection.recv(1) == b""
    with server.connect() as connection:
        connection.sendall(START + b"host: x\r\ncontent-length: 0\r\n\r\n")
        assert answers(connection, 1)[0][0] == 415
