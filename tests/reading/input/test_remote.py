"""Pictures from web addresses, within limits and from nowhere private; and from what fsspec knows."""

import http.server
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from inkdigits import Limits, Reader, errors
from inkdigits.reading.input import remote
from inkdigits.reading.input.remote import fetch
from inkdigits.synthesis.drawn import as_file, draw_digit

SEVEN = as_file(draw_digit(7), "PNG")
OPEN = Limits(allow_private_addresses=True, max_download_seconds=20)
Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


def sends(
    content: bytes, status: int = 200, *, length: int | None = None, **headers: str
) -> Answer:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header(
            "Content-Length", str(len(content) if length is None else length)
        )
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def without_end(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65536)


def drop_by_drop(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x")
        time.sleep(0.05)


def head_drop_by_drop(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nX: ")
    while True:
        handler.wfile.write(b"x")
        time.sleep(0.05)


@contextmanager
def web(pages: dict[str, Answer]) -> Iterator[str]:
    """A server of this machine with these pages."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                pages.get(self.path, sends(b"", 404))(self)
            except OSError:  # the reader has left
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}
    )
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_predict_and_read_take_addresses() -> None:
    reader = Reader(limits=OPEN)
    with web(
        {"/seven.png": sends(SEVEN), "/a%20b.png?x=1&y=%2F": sends(SEVEN)}
    ) as base:
        assert reader.predict(f"{base}/seven.png") == reader.predict(SEVEN)
        assert reader.predict(f"{base}/a b.png?x=1&y=%2F").digit == 7
        reading = reader.read(f"{base}/seven.png")
        assert reading.text == reader.read(SEVEN).text
        assert reading.draw().size[0] > 0  # it is fetched once more


def test_redirects_are_followed_a_few_times_and_only_to_the_web() -> None:
    moved = {f"/{step}": sends(b"", 302, Location=f"/{step + 1}") for step in range(9)}
    others = {
        "/file": sends(b"", 301, Location="file:///etc/passwd"),
        "/nowhere": sends(b"", 301),
        "/round": sends(b"", 307, Location="/round"),
    }
    with web({**moved, **others, "/9": sends(SEVEN)}) as base:
        assert fetch(f"{base}/4", OPEN) == SEVEN
        for path in ("/3", "/round"):
            with pytest.raises(
                errors.NotAPictureError, match="redirects too many times"
            ):
                fetch(base + path, OPEN)
        for path in ("/file", "/nowhere"):
            with pytest.raises(
                errors.NotAPictureError, match="does not redirect to a web address"
            ):
                fetch(base + path, OPEN)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "[::ffff:127.0.0.1]"]
)
def test_private_addresses_are_refused_before_anything_is_asked(host: str) -> None:
    asked = []
    with (
        web({"/seven.png": lambda handler: asked.append(handler.path)}) as base,
        pytest.raises(errors.NotAPictureError),
    ):
        Reader().read(f"http://{host}:{base.rpartition(':')[2]}/seven.png")
    assert not asked


def test_a_redirect_to_a_private_address_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first server counts as public here; it leads to another that does not."""
    public = remote._is_public
    with (
        web({"/inner": sends(SEVEN)}) as inner,
        web(
            {
                "/": sends(
                    b"",
                    302,
                    Location=f"{inner}/inner".replace("127.0.0.1", "127.0.0.2"),
                )
            }
        ) as outer,
    ):
        monkeypatch.setattr(
            remote,
            "_is_public",
            lambda address: str(address) == "127.0.0.1" or public(address),
        )
        with pytest.raises(
            errors.NotAPictureError,
            match=r"private network \(127\.0\.0\.2\): allow that with",
        ):
            fetch(outer, Limits())


def test_a_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name whose address changes after it was checked leads nowhere else."""
    looked_up = []
    plain = socket.getaddrinfo

    def changing(host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
        if host != "digits.example":
            return plain(host, port, *arguments, **options)
        looked_up.append(host)
        return plain(
            "127.0.0.1" if len(looked_up) == 1 else "127.0.0.3",
            port,
            *arguments,
            **options,
        )

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    with web({"/seven.png": sends(SEVEN)}) as base:
        assert (
            fetch(f"http://digits.example:{base.rpartition(':')[2]}/seven.png", OPEN)
            == SEVEN
        )
    assert looked_up == ["digits.example"]


PRIVATE = (
    "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",  # noqa: S104
    "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1",
    "64:ff9b::a00:1", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
)  # fmt: skip
PUBLIC = (
    "1.1.1.1",
    "8.8.8.8",
    "2606:4700:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
)


def test_addresses_of_this_machine_and_private_networks_are_known() -> None:
    assert not [
        address
        for address in PRIVATE
        if remote._is_public(ipaddress.ip_address(address))
    ]
    assert all(remote._is_public(ipaddress.ip_address(address)) for address in PUBLIC)


def test_bytes_and_seconds_are_bounded() -> None:
    small = Limits(allow_private_addresses=True, max_bytes=100_000)
    pages = {"/long": sends(b"", length=100_001), "/without-end": without_end}
    slow = {
        "/drops": drop_by_drop,
        "/head": head_drop_by_drop,
        "/silent": lambda _: time.sleep(3),
    }
    with web(pages | slow) as base:
        for path in pages:
            with pytest.raises(
                errors.PictureTooLargeError, match="has more than 100,000 bytes"
            ):
                fetch(base + path, small)
        for path in slow:
            with pytest.raises(
                errors.PictureTooLargeError, match=r"took more than 0\.5 s to arrive"
            ):
                fetch(
                    base + path,
                    Limits(allow_private_addresses=True, max_download_seconds=0.5),
                )


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/nothing", r"answered 404 \(Not Found\): check the address"),
        ("/short", "ended after 10 of 50 bytes: try again"),
        ("/text", "is not a picture that can be read"),
    ],
)
def test_what_does_not_come_is_one_line(path: str, said: str) -> None:
    reader = Reader(limits=OPEN)
    pages = {"/short": sends(SEVEN[:10], length=50), "/text": sends(b"<html>")}
    with web(pages) as base, pytest.raises(errors.NotAPictureError, match=said):
        reader.predict(base + path)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://", "does not name a server"),
        ("https://a:99999/x.png", "is not a web address"),
        (
            "https://me:secret@example.com/x.png",
            "the address at example.com has a name or password in it",
        ),
        ("http://127.0.0.1:1/x.png", "cannot be reached"),
        ("nothing://a/x.png", "cannot be opened"),
    ],
)
def test_an_address_that_cannot_be_is_one_line(url: str, said: str) -> None:
    with pytest.raises(errors.InkdigitsError, match=said) as raised:
        fetch(url, OPEN)
    assert len(str(raised.value).splitlines()) == 1
    assert "secret" not in str(raised.value)


def test_what_fsspec_knows_is_read_too() -> None:
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    system.pipe("/remote-test/seven.png", SEVEN)
    try:
        assert Reader().predict("memory://remote-test/seven.png") == Reader().predict(
            SEVEN
        )
        with pytest.raises(
            errors.NotAPictureError, match="does not exist: check the name"
        ):
            fetch("memory://remote-test/eight.png", Limits())
        with pytest.raises(
            errors.NotAPictureError, match="is not a file: name the files in it"
        ):
            fetch("memory://remote-test", Limits())
        with pytest.raises(errors.PictureTooLargeError, match="has more than 10 bytes"):
            fetch("memory://remote-test/seven.png", Limits(max_bytes=10))
    finally:
        system.rm("/remote-test", recursive=True)
