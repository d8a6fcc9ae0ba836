"""A connection that cannot be kept waiting: heads must come in time, and the longest idle one makes room for a new one."""

import asyncio
import json
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from inkdigits.web.bodies import HeaderList
from inkdigits.web.problems import MEDIA_TYPE
from inkdigits.web.short import ShortCycle, scope_of, whole_request

_SWEEP_S = 1.0
_MOST_HELD = 64 * 1024
_MOST_AHEAD = 1024 * 1024
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nretry-after: 1\r\nconnection: close\r\n"
    b'content-length: 90\r\n\r\n{"type":"about:blank","status":503,"detail":"too many connections: try again in a moment"}'
)


class Connection(H11Protocol):
    """uvicorn's own HTTP/1.1, with bounds. Use `bounded` to make the class for a server."""

    most: ClassVar[int] = 1000
    head_s: ClassVar[float] = 15.0
    answer_s: ClassVar[float] = 90.0
    idle: ClassVar[dict["Connection", float]]
    sweeping: ClassVar[bool] = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.busy_since = 0.0
        self.short: ShortCycle | None = None
        self.held = b""  # what came while a short request was under way
        if len(self.connections) > self.most and not self._make_room():
            transport.write(_FULL)
            transport.close()
            return
        self.idle[self] = self.loop.time()
        if not type(self).sweeping:
            type(self).sweeping = True
            self.loop.call_later(_SWEEP_S, self._sweep)

    def connection_lost(self, exc: Exception | None) -> None:
        self.idle.pop(self, None)
        if self.short is not None:
            self.short.client_gone()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.short is not None:
            self._hold(data)
            return
        if self._is_fresh() and (request := whole_request(data)) is not None:
            self._answer_short(*request)
            return
        super().data_received(data)
        if len(self.conn._receive_buffer) > _MOST_AHEAD:
            self.transport.abort()  # a megabyte of requests beyond those being answered: nobody honest sends that
            return
        if self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body and not self.busy_since:
            self.idle.pop(self, None)
            self.busy_since = self.loop.time()

    def _is_fresh(self) -> bool:
        """Whether nothing of an earlier request, of half a request, or of answers that are not taken, is pending."""
        return (
            not self.flow.write_paused
            and self.conn.their_state is h11.IDLE
            and self.conn.our_state is h11.IDLE
            and not self.conn.trailing_data[0]
        )

    def _hold(self, data: bytes) -> None:
        self.held += data
        if len(self.held) > _MOST_HELD:
            self.transport.pause_reading()

    def _answer_short(self, headers: HeaderList, body: bytes) -> None:
        self._unset_keepalive_if_required()
        self.idle.pop(self, None)
        self.busy_since = self.loop.time()
        self.short = ShortCycle(self.transport, body)
        task = self.loop.create_task(self.app(scope_of(self, headers, body), self.short.receive, self.short.send))
        self.tasks.add(task)
        task.add_done_callback(self._short_is_done)

    def _short_is_done(self, task: "asyncio.Task[None]") -> None:
        self.tasks.discard(task)
        short, self.short = self.short, None
        failed = task.cancelled() or task.exception() is not None
        if failed:
            self.logger.error("a request was broken off", exc_info=None if task.cancelled() else task.exception())
        self.server_state.total_requests += 1
        if failed or short is None or not (short.complete and short.keep_alive):
            self.transport.close()
        if self.transport.is_closing():
            return
        self.busy_since = 0.0
        self.idle[self] = self.loop.time()
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
        held, self.held = self.held, b""
        if held:
            self.transport.resume_reading()
            self.data_received(held)

    def shutdown(self) -> None:
        if self.short is not None:
            self.short.keep_alive = False
            return
        super().shutdown()

    def on_response_complete(self) -> None:
        self.busy_since = 0.0
        if not self.transport.is_closing():
            self.idle.pop(self, None)
            self.idle[self] = self.loop.time()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        detail = "this is no HTTP/1.1 request, or its head is longer than 64 KiB: send a plain request"
        body = json.dumps({"type": "about:blank", "title": "Bad Request", "status": 400, "detail": detail}).encode()
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        events = (h11.Response(status_code=400, headers=headers, reason=b"Bad Request"), h11.Data(data=body), h11.EndOfMessage())
        for event in events:
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _make_room(self) -> bool:
        """Close the connection that has waited longest for its client; False where all are being answered."""
        oldest = next(iter(self.idle), None)
        if oldest is None:
            return False
        del self.idle[oldest]
        oldest.connections.discard(oldest)
        oldest.transport.abort()
        return True

    def _sweep(self) -> None:
        """Close what is too slow: a head that does not come, an answer that is not taken."""
        now = self.loop.time()
        for connection, since in list(self.idle.items()):
            if now - since < self.head_s:
                break
            if connection.cycle is None or connection.cycle.response_complete:
                connection.transport.abort()
        for answered in list(self.connections):
            if isinstance(answered, Connection) and answered.busy_since and now - answered.busy_since > self.answer_s:
                answered.transport.abort()
        type(self).sweeping = bool(self.connections)
        if type(self).sweeping:
            self.loop.call_later(_SWEEP_S, self._sweep)


def bounded(most: int, head_s: float, answer_s: float) -> type[Connection]:
    """The class for one server."""
    bounds: dict[str, Any] = {"most": most, "head_s": head_s, "answer_s": answer_s, "idle": {}, "sweeping": False}
    return type("BoundedConnection", (Connection,), bounds)
