"""Connections of a real server: order, bounds, and refusals that their senders get to see."""

import asyncio
import errno
import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from inkdigits.synthesis import drawn
from inkdigits.web.connections import BoundedConnection
from live_server import LiveServer, live_server

pytestmark = pytest.mark.slow
SEVEN = drawn.as_file(drawn.draw_digit(7, size_px=60), "PNG")
START = b"POST /v1/predict HTTP/1.1\r\nhost: localhost\r\n"
MOST = 1_000_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    options = ("--max-upload", str(MOST / 2**20), "--connections", "50")
    with live_server(tmp_path_factory.mktemp("connections"), *options) as server:
        yield server


def request(body: bytes, *headers: str) -> bytes:
    lines = [f"content-length: {len(body)}", *headers, "", ""]
    return START + "\r\n".join(lines).encode() + body


def answers(
    connection: socket.socket, count: int
) -> list[tuple[int, dict[str, str], object]]:
    """Status, headers and content of so many answers."""
    stream, found = connection.makefile("rb"), []
    for _ in range(count):
        status = int(stream.readline().split()[1])
        lines = iter(lambda: stream.readline().strip().decode(), "")
        headers = dict(line.split(": ", 1) for line in lines)
        found.append(
            (status, headers, json.loads(stream.read(int(headers["content-length"]))))
        )
    return found


def test_requests_after_each_other_and_at_once_keep_their_order(
    server: LiveServer,
) -> None:
    digits = [3, 8, 1, 9, 7, 5, 2, 6]
    pictures = [
        drawn.as_file(drawn.draw_digit(digit, size_px=60), "PNG") for digit in digits
    ]
    whole = [request(picture) for picture in pictures]
    with server.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for one in whole:
            connection.sendall(one)
        connection.sendall(b"".join(whole))
        for one in whole:
            connection.sendall(one[:50])
            connection.sendall(one[50:])
        found = [content for _, _, content in answers(connection, 24)]
    assert [
        content[0]["digit"] for content in found if isinstance(content, list)
    ] == digits * 3


@pytest.mark.parametrize("cut", range(1, 200, 23))
def test_a_request_may_come_in_pieces(server: LiveServer, cut: int) -> None:
    whole = request(SEVEN)
    with server.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(whole[:cut])
        time.sleep(0.01)
        connection.sendall(whole[cut:])
        ((status, _, _),) = answers(connection, 1)
    assert status == 200


def test_a_client_that_waits_to_be_told_is_told_to_go_on(server: LiveServer) -> None:
    with server.connect() as connection:
        connection.sendall(request(SEVEN, "expect: 100-continue")[: -len(SEVEN)])
        assert connection.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(SEVEN)
        assert answers(connection, 1)[0][0] == 200


def test_a_client_that_takes_no_answers_is_given_no_more(server: LiveServer) -> None:
    whole, sent = request(SEVEN) * 20, 0
    with socket.socket() as connection:
        # Loopback would hold megabytes of answers on their way, all of which the server has to
        # work out before it notices. A network's small segments leave room for a few hundred.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(3)
        connection.connect(("127.0.0.1", server.port))
        with suppress(OSError):
            while sent < 256 * 2**20:
                connection.sendall(whole)
                sent += len(whole)
        assert sent < 64 * 2**20
        with server.client() as client:
            assert client.post("/v1/predict", content=SEVEN).status_code == 200


@pytest.mark.parametrize("times", [1.05, 3, 4.5])
@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_an_upload_that_is_too_large_sees_why(
    server: LiveServer, times: float, chunked: bool
) -> None:
    """Its sender sends all of it before it looks at the answer."""
    body = bytes(round(times * MOST))
    if chunked:
        pieces = [body[start : start + 65536] for start in range(0, len(body), 65536)]
        head = START + b"transfer-encoding: chunked\r\n\r\n"
        sent = (
            head
            + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
            + b"0\r\n\r\n"
        )
    else:
        sent = request(body)
    with server.connect() as connection:
        connection.sendall(sent)
        time.sleep(0.2)
        ((status, headers, content),) = answers(connection, 1)
    assert (status, headers["connection"]) == (413, "close")
    assert isinstance(content, dict)
    assert "send smaller pictures" in content["detail"]


def test_an_upload_that_never_ends_is_cut_off(server: LiveServer) -> None:
    sent = 0
    with server.connect() as connection, suppress(OSError):
        connection.sendall(START + b"content-length: 999999999\r\n\r\n")
        while sent < 256 * 2**20:
            connection.sendall(bytes(65536))
            sent += 65536
    assert sent < 32 * 2**20


def test_a_head_that_is_too_long_is_refused(server: LiveServer) -> None:
    line = b"x: " + b"y" * 1000 + b"\r\n"
    with server.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\n")
        with suppress(OSError):
            for _ in range(10_000):
                connection.sendall(line)
        with suppress(ConnectionResetError):
            assert b" 431 " in connection.recv(100)


def test_thousands_of_small_requests_at_once_are_answered_in_turn(
    server: LiveServer,
) -> None:
    whole = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n" * 2000
    with server.connect() as connection:
        connection.sendall(whole)
        assert {status for status, _, _ in answers(connection, 2000)} == {200}


def test_what_is_sent_for_no_request_is_answered_once(server: LiveServer) -> None:
    with server.connect() as connection:
        connection.sendall(b"\x00\x01\x02 nonsense\r\n\r\n" * 3)
        ((status, headers, content),) = answers(connection, 1)
        assert (status, headers["connection"]) == (400, "close")
        assert isinstance(content, dict)
        assert "send a plain request" in content["detail"]
        assert connection.recv(1) == b""


def test_limits_hold_for_small_requests_too(server: LiveServer) -> None:
    with server.connect() as connection:
        connection.sendall(request(b""))
        assert answers(connection, 1)[0][0] == 415


def test_files_one_after_the_other_on_one_connection(server: LiveServer) -> None:
    """A file is closed after its last byte was sent: the next request comes before that."""
    ask = b"GET /page.js HTTP/1.1\r\nhost: localhost\r\n\r\n"
    with server.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = connection.makefile("rb")
        for _ in range(200):
            connection.sendall(ask)
            assert stream.readline().split()[1] == b"200"
            headers = dict(
                line.split(b": ", 1)
                for line in iter(lambda: stream.readline().strip(), b"")
            )
            stream.read(int(headers[b"content-length"]))


class GoneTransport(asyncio.Transport):
    """Of a client that has reset the connection, before the event loop was told."""

    def __init__(self) -> None:
        super().__init__()
        self.is_closed = False

    def write_eof(self) -> None:
        raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed


def test_a_client_that_goes_while_its_upload_is_refused_is_no_fault() -> None:
    connection = BoundedConnection.__new__(BoundedConnection)
    connection._transport = transport = GoneTransport()
    connection.linger()
    connection.close()
    assert transport.is_closed
