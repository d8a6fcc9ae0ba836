"""Limits for connections, around uvicorn's own HTTP/1.1 protocol.

uvicorn limits neither the time nor the size of request headers. When it has enough connections it
refuses new ones, so idle clients could lock out all others. A `BoundedConnection` sits between the
socket and uvicorn's protocol and adds these limits. It uses the documented interface of asyncio's
protocols and transports, and the arguments with which uvicorn creates a protocol. The application
tells it when a request begins and ends (`request`).
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from inkdigits.web.problems import MEDIA_TYPE

CONNECTION = "inkdigits.connection"  # the key in a request's scope["state"]
_SWEEP_S = 1.0


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """The limits of one worker for its connections."""

    most: int = 1000  # held at once; beyond it the longest idle one makes room
    # For a whole head to come, and for a next request after an answer
    head_s: float = 15.0
    answer_s: float = 120.0  # for a request to be answered and the answer to be taken
    head_bytes: int = 64 * 1024  # what may come before a request is under way
    # How long a refused upload is read on, so that its sender sees why
    linger_s: float = 30.0
    linger_bytes: int = 64 * 1024 * 1024  # and how much of it
    read_bytes: int = 64 * 1024  # taken from the socket at a time
    # Given to uvicorn at a time. It parses all it is given, however little it can answer yet: 2 kB
    # hold a hundred requests at most.
    slice_bytes: int = 2048


def _problem(status: int, detail: str, *headers: str) -> bytes:
    """A complete answer, for when the application cannot give it."""
    title = HTTPStatus(status).phrase
    fields = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    body = json.dumps(fields).encode()
    # Written by hand: no framework is involved here.
    lines = [
        f"HTTP/1.1 {status} {title}",
        f"content-type: {MEDIA_TYPE}",
        f"content-length: {len(body)}",
        "connection: close",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


# Answers for requests that do not reach the application.
_FULL = _problem(503, "too many connections: try again in a moment", "retry-after: 1")
# Answers to what never becomes a request, by their status.
_NOT_HTTP = _problem(400, "this is not an HTTP/1.1 request: send a plain request")
# The same, of a head that is too long.
_LONG_HEAD = _problem(
    431, "the request headers are longer than 64 KiB: send a plain request"
)


class Connections:
    """All connections of one worker, because they make room for each other."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self.buffer = bytearray(
            limits.read_bytes
        )  # one for all: what is read is taken at once
        self.held: set[BoundedConnection] = set()
        # Since when each waits for its client, or for its answer; the longest first.
        self.idle: dict[BoundedConnection, float] = {}
        self.busy: dict[BoundedConnection, float] = {}
        self._sweeping = False

    def protocol(self, **arguments: Any) -> "BoundedConnection":
        """Make the protocol of a new connection; uvicorn calls this like a class."""
        return BoundedConnection(self, arguments)

    def make_room(self) -> bool:
        """Close the longest idle connection if there are too many.

        False if all are busy.
        """
        if len(self.held) < self.limits.most:
            return True
        oldest = next(iter(self.idle), None)
        if oldest is None:
            return False
        self.forget(oldest)
        oldest.abort()
        return True

    def forget(self, connection: "BoundedConnection") -> None:
        """A connection that was closed no longer counts."""
        self.held.discard(connection)
        self.idle.pop(connection, None)
        self.busy.pop(connection, None)

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look for slow connections, as long as there are any."""
        if not self._sweeping:
            self._sweeping = True
            loop.call_later(_SWEEP_S, self._sweep, loop)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close connections that have been idle or busy for too long."""
        now = loop.time()
        # In order of time: behind the first that is young enough, all are.
        for connection, since in list(self.idle.items()):
            idle_s = now - since
            if idle_s < self.limits.head_s:
                break
            # The rest of a long answer may still be on its way to a slow client.
            if not connection.is_sending or idle_s > self.limits.answer_s:
                connection.abort()
        for connection, since in list(self.busy.items()):
            if now - since < self.limits.answer_s:
                break
            connection.abort()
        self._sweeping = False
        if self.held:
            self.watch(loop)


class BoundedConnection(asyncio.BufferedProtocol):
    """One connection: passes data to uvicorn's protocol as fast as it can take it."""

    def __init__(self, connections: Connections, arguments: dict[str, Any]) -> None:
        self._all = connections
        self._limits = connections.limits
        state = {**arguments.pop("app_state", {}), CONNECTION: self}
        self._http = HttpToolsProtocol(app_state=state, **arguments)
        self._loop = asyncio.get_running_loop()
        self.soon = self._loop.call_soon
        self._transport: asyncio.Transport
        self._waiting = memoryview(b"")  # what uvicorn has not taken yet
        self._under_way = 0  # requests
        self._before_request = 0  # bytes that came and have not become a request
        self._joined = False  # whether uvicorn's protocol knows of the connection
        self._refused = False
        self._paused = False
        self._linger = False
        self._discarding = False

    # What the application says.

    @contextmanager
    def request(self) -> Iterator[None]:
        """Wraps the answering of a request.

        The next request may begin before this has ended: what remains after the last byte was
        sent, such as closing a file, takes a moment.
        """
        self._under_way += 1
        self._before_request = 0
        self._all.idle.pop(self, None)
        self._all.busy.pop(self, None)
        self._all.busy[self] = self._loop.time()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._all.busy.pop(self, None)
                if self in self._all.held:
                    self._all.idle[self] = self._loop.time()

    def linger(self) -> None:
        """Before closing a connection, read for a while what the client still sends.

        A socket that is closed with data unread resets the connection, and the client may lose the
        answer.
        """
        self._linger = True

    # What asyncio says.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection in, if there is or can be made room for it."""
        self._transport = transport
        everyone = self._all
        if not everyone.make_room():
            self._refuse(_FULL)
            return
        everyone.held.add(self)
        # Idle until its first request begins.
        everyone.idle[self] = self._loop.time()
        everyone.watch(self._loop)
        self._joined = True
        outgoing = _Outgoing(self, transport)
        self._http.connection_made(outgoing)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._all.forget(self)
        if self._joined:
            self._http.connection_lost(exc)

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._all.buffer

    def buffer_updated(self, count: int) -> None:
        if self._refused:
            return
        if self._discarding:
            self._discard(count)
            return
        if not self.is_busy:
            # A request whose head has come is under way before anything else can come.
            if self._before_request > self._limits.head_bytes:
                self._refuse(_LONG_HEAD)
                return
            self._before_request += count
        self._waiting = memoryview(bytes(memoryview(self._all.buffer)[:count]))
        self._hand_over()

    def eof_received(self) -> None:
        return None  # asyncio closes the connection

    def pause_writing(self) -> None:
        self._http.pause_writing()

    def resume_writing(self) -> None:
        self._http.resume_writing()

    # What uvicorn's protocol says, by way of its transport.

    @property
    def is_busy(self) -> bool:
        """Whether a request of it is being answered."""
        return self in self._all.busy

    @property
    def is_sending(self) -> bool:
        """Whether the other side has yet to take what was sent."""
        return self._transport.get_write_buffer_size() > 0

    def pause(self) -> None:
        self._paused = True
        self._transport.pause_reading()

    def resume(self) -> None:
        self._paused = False
        if self._waiting:
            self._loop.call_soon(self._hand_over)
        else:
            self._transport.resume_reading()

    def close(self) -> None:
        if not self._linger or self._transport.is_closing():
            self._transport.close()
            return
        try:
            self._transport.write_eof()
        except OSError:  # the client has gone meanwhile: nobody is there to see why
            self._transport.close()
            return
        self._discarding = True
        self._before_request = 0
        self._waiting = memoryview(b"")
        self._transport.resume_reading()
        self._loop.call_later(self._limits.linger_s, self.abort)

    def abort(self) -> None:
        self._transport.abort()

    def _hand_over(self) -> None:
        """Pass the buffered data to uvicorn, until it asks for a pause."""
        size = self._limits.slice_bytes
        while self._waiting and not self._paused and not self._discarding:
            # In slices, because uvicorn can only ask for a pause between two of them.
            piece = bytes(self._waiting[:size])
            self._waiting = self._waiting[size:]
            if self._transport.is_closing():
                return
            self._http.data_received(piece)
        # While it is paused, the client has to wait.
        if not self._paused:
            self._transport.resume_reading()

    def _discard(self, count: int) -> None:
        """Count bytes that are discarded, and close the connection after too many."""
        self._before_request += count
        if self._before_request > self._limits.linger_bytes:
            self.abort()

    def _refuse(self, answer: bytes) -> None:
        self._refused = True
        self._transport.write(answer)
        self._transport.close()


class _Outgoing(asyncio.Transport):
    """The transport that uvicorn's protocol is given."""

    def __init__(
        self, connection: BoundedConnection, transport: asyncio.Transport
    ) -> None:
        super().__init__()
        self._connection = connection
        self._transport = transport
        self._closing = False
        self._kept = b""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What the real transport says."""
        return self._transport.get_extra_info(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write; an answer's headers are sent together with its body."""
        if self._kept:
            self._transport.write(self._kept + data)
            self._kept = b""
        elif self._connection.is_busy:
            self._kept = bytes(data)
            self._connection.soon(self._write_kept)
        else:
            # With no request under way, uvicorn has one thing to say: that this is not HTTP.
            self._transport.write(_NOT_HTTP)

    def _write_kept(self) -> None:
        if self._kept:
            self._transport.write(self._kept)
            self._kept = b""

    def is_closing(self) -> bool:
        """Whether nothing more can be sent."""
        return self._closing or self._transport.is_closing()

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._write_kept()
            self._connection.close()

    def abort(self) -> None:
        self._connection.abort()

    def pause_reading(self) -> None:
        self._connection.pause()

    def resume_reading(self) -> None:
        self._connection.resume()
