"""The short way of a plain request over a connection: whole, in one piece, with nothing unusual in its head.

h11 checks a request in Python, header by header, which costs more than reading the digit. A head that one strict pattern
recognises needs no more than that; whatever the pattern does not know, or comes in parts, goes to h11 untouched.
"""

import asyncio
import re
from http import HTTPStatus
from typing import Any

from starlette.types import Message

from inkdigits.web.bodies import HeaderList, header

START = b"POST /v1/predict HTTP/1.1\r\n"
WHOLE_BODY = "inkdigits.body"  # in the scope, where nothing of the body is still to come
_MOST_HEAD = 8 * 1024
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_VALUE = rb"[\x21-\x7e]+(?:[ \t]+[\x21-\x7e]+)*"
_LINE = re.compile(rb"(" + _TOKEN + rb"):[ \t]*(" + _VALUE + rb")?[ \t]*")
_ONCE = (b"host", b"content-length")
_UNUSUAL = (b"transfer-encoding", b"expect", b"upgrade", b"trailer", b"te")
_LENGTH = re.compile(rb"[0-9]{1,9}")
_PHRASES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


def whole_request(data: bytes) -> tuple[HeaderList, bytes] | None:
    """The headers and body of a plain POST /v1/predict that is all there and alone; None for anything else."""
    if not data.startswith(START):
        return None
    end = data.find(b"\r\n\r\n", len(START) - 2, _MOST_HEAD)
    if end < len(START):
        return None
    headers = _plain_headers(data[len(START) : end])
    if headers is None or len(data) - end - 4 != int(header(headers, b"content-length")):
        return None
    return headers, data[end + 4 :]


def _plain_headers(head: bytes) -> HeaderList | None:
    headers = []
    for line in head.split(b"\r\n"):
        match = _LINE.fullmatch(line)
        if match is None:
            return None
        headers.append((match[1].lower(), match[2] or b""))
    names = [name for name, _ in headers]
    if any(names.count(name) != 1 for name in _ONCE) or any(name in names for name in _UNUSUAL):
        return None
    plain = _LENGTH.fullmatch(header(headers, b"content-length")) and header(headers, b"connection").lower() in (
        b"",
        b"keep-alive",
    )
    return headers if plain else None


class ShortCycle:
    """One request and its answer, as ASGI has them; the answer is written in one piece."""

    def __init__(self, transport: asyncio.Transport, body: bytes) -> None:
        self._transport = transport
        self._body: bytes | None = body
        self._gone = asyncio.Event()
        self._head: list[bytes] = []
        self.keep_alive = True
        self.complete = False

    async def receive(self) -> Message:
        if self._body is None:
            await self._gone.wait()
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message["headers"]
            self.keep_alive = self.keep_alive and (b"connection", b"close") not in headers
            self._head = [_PHRASES[message["status"]], *[b"%b: %b\r\n" % pair for pair in headers], b"\r\n"]
        elif not self._gone.is_set():
            self._transport.write(b"".join((*self._head, message.get("body", b""))))
            self._head = []
            self.complete = not message.get("more_body", False)

    def client_gone(self) -> None:
        self._gone.set()


def scope_of(connection: Any, headers: HeaderList, body: bytes) -> dict[str, Any]:
    """The ASGI scope of such a request."""
    return {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "server": connection.server,
        "client": connection.client, "scheme": connection.scheme, "method": "POST", "root_path": connection.root_path,
        "path": "/v1/predict", "raw_path": b"/v1/predict", "query_string": b"", "headers": headers,
        "state": connection.app_state.copy(), WHOLE_BODY: body,
    }  # fmt: skip
