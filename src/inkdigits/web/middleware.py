"""Middleware for all requests: id, key, rate limit, log, metrics and headers.

After any error, the client gets a problem document.
"""

import hmac
import re
import secrets
import time
import traceback

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inkdigits.web.bodies import CLOSE, HELD, HeaderList, Held, has_large_body, header
from inkdigits.web.connections import CONNECTION
from inkdigits.web.origins import check_host, check_origin
from inkdigits.web.problems import MEDIA_TYPE, ClientGoneError, ProblemError, problem_of
from inkdigits.web.service import Service

POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: "
    "data:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_GOOD_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
# Addresses that are counted by their names; all others are "page".
_PATHS = (
    "/v1/predict",
    "/v1/read",
    "/v1/page",
    "/v1/explain",
    "/v1/corrections",
    "/v1/model",
    "/healthz",
    "/readyz",
    "/metrics",
    "/docs",
)
_KEYED = ("/v1/", "/metrics")
_OFFLINE = "/offline.zip"
# Of a path, which may have 64 KiB; many lines may wait in memory
_LOGGED_CHARACTERS = 500
_PROTECTIONS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
]


class Guard:
    """Wraps the application."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        """Stand in front of the whole application."""
        self._app = app
        self._service = service
        self._key = service.settings.api_key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, _request_id(scope["headers"]))
        with self._service.traces.request(
            scope["method"], _counted_as(scope["path"]), scope["headers"]
        ) as span:
            await self._answer(scope, receive, answer)
            span.set_attribute("http.response.status_code", answer.status)
            span.set_attribute("inkdigits.request_id", answer.id)

    async def _answer(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        start = time.perf_counter()
        held = scope[HELD] = Held(self._service.memory)
        try:
            self._admit(scope)
            await self._app(scope, receive, answer.send)
        except ClientGoneError:
            answer.status = 499
        # The client gets a problem document, and the error itself is logged.
        except Exception as error:  # noqa: BLE001
            await self._mend(scope, error, answer)
        finally:
            held.release()
        self._note(scope, answer, time.perf_counter() - start)

    def _admit(self, scope: Scope) -> None:
        """Raise if the request must be refused; its body was not read yet."""
        try:
            self._check(scope)
        except ProblemError as problem:
            if has_large_body(scope["headers"]):
                problem.headers |= CLOSE
            raise

    def _check(self, scope: Scope) -> None:
        """Check a request by its headers: its origin, its key and the rate."""
        headers = scope["headers"]
        method = scope["method"]
        path = scope["path"]
        service = self._service
        check_host(headers, service.settings.hosts)
        check_origin(method, headers, service.settings.cors)
        # A browser asks this first, and sends no key with it.
        if method == "OPTIONS":
            return
        address = scope.get("client") or ("unknown", 0)
        client = address[0]
        if path.startswith(_KEYED):
            if self._key is not None:
                check_key(headers, self._key)
            if service.rate is not None:
                service.rate.check(client)
        elif path == _OFFLINE:
            service.offline_rate.check(client)

    async def _mend(self, scope: Scope, error: Exception, answer: "_Answer") -> None:
        """Answer with what went wrong; an internal error is logged, not shown."""
        problem = problem_of(error)
        if problem is None:
            fault = "".join(traceback.format_exception(error))
            log = self._service.log
            log.write(
                "error", "an error in the service", request_id=answer.id, fault=fault
            )
            message = (
                "internal error in the service: please report it with this request_id"
            )
            problem = ProblemError(500, message)
        # An answer that was begun cannot be taken back.
        if answer.started:
            return
        connection = scope.get("state", {}).get(CONNECTION)
        is_last = CLOSE.items() <= problem.headers.items()
        if connection is not None and is_last:
            connection.linger()
        await answer.send_problem(problem)

    def _note(self, scope: Scope, answer: "_Answer", seconds: float) -> None:
        self._service.metrics.answered(
            _counted_as(scope["path"]), answer.status, seconds
        )
        if self._service.settings.log:
            self._service.log.write(
                "info",
                "request",
                request_id=answer.id,
                method=scope["method"],
                path=scope["path"][:_LOGGED_CHARACTERS],
                status=answer.status,
                ms=round(1000 * seconds, 2),
            )


def _counted_as(path: str) -> str:
    """The page's many files count as one path in the metrics."""
    return path if path in _PATHS else "page"


class _Answer:
    """What is sent, with the headers every answer has."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self.id = request_id
        self.started = False
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            headers: HeaderList = list(message.get("headers", ()))
            message["headers"] = headers
            headers.append((b"x-request-id", self.id.encode()))
            headers += _PROTECTIONS
            if not header(headers, b"content-type").startswith(b"application/json"):
                headers.append((b"content-security-policy", POLICY.encode()))
        await self._send(message)

    async def send_problem(self, problem: ProblemError) -> None:
        body = problem.body(self.id)
        named = {
            **problem.headers,
            "content-type": MEDIA_TYPE,
            "content-length": str(len(body)),
        }
        headers = [
            (name.encode(), value.encode("latin-1")) for name, value in named.items()
        ]
        start = {
            "type": "http.response.start",
            "status": problem.status,
            "headers": headers,
        }
        await self.send(start)
        await self.send({"type": "http.response.body", "body": body})


def _request_id(headers: HeaderList) -> str:
    """The caller's own id if it is harmless, else a new one."""
    given = header(headers, b"x-request-id")
    return (
        given.decode() if given and _GOOD_ID.fullmatch(given) else secrets.token_hex(8)
    )


def check_key(headers: HeaderList, key: str) -> None:
    """Raises a 401 unless the request carries the key.

    The time it takes reveals nothing about the key.
    """
    given = header(headers, b"x-api-key") or _bearer(headers)
    if not hmac.compare_digest(given, key.encode()):
        said = "the API key is wrong" if given else "an API key is needed"
        way = "send it as X-API-Key or Authorization: Bearer"
        raise ProblemError(401, f"{said}: {way}", {"www-authenticate": "Bearer"})


def _bearer(headers: HeaderList) -> bytes:
    """What stands behind `Authorization: Bearer`."""
    value = header(headers, b"authorization")
    # The scheme may be written in large or small letters.
    if value[:7].lower() != b"bearer ":
        return b""
    return value[7:].strip()
