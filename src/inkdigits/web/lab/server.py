"""The lab's server: only on this machine, and only with its token."""

import hmac
import os
import secrets
import socket
import threading
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from inkdigits.errors import DownloadError, InkdigitsError, ModelError, SettingError
from inkdigits.training.settings import ACTIVATIONS, AUGMENTATIONS, OPTIMIZERS, Settings
from inkdigits.web.bodies import header
from inkdigits.web.engine import FILES, engine_folder
from inkdigits.web.folder import STATIC as PAGE
from inkdigits.web.lab.events import events
from inkdigits.web.lab.examples import DESCRIPTION_FILE, NUMBERS_FILE, example_files
from inkdigits.web.lab.folder import SHARED, STATIC
from inkdigits.web.lab.network import Inside, look_inside
from inkdigits.web.lab.runs import DATA, OWN_FOLDER, Runs, as_json
from inkdigits.web.lab.training_set import BOUNDS as SET_BOUNDS
from inkdigits.web.lab.training_set import checked as checked_set
from inkdigits.web.middleware import POLICY
from inkdigits.web.origins import check_host, check_origin
from inkdigits.web.problems import MEDIA_TYPE, ProblemError, problem_of

HOST = "127.0.0.1"
# One at a time: a page that is loaded again waits for what the first one began.
_COMPUTING = threading.Lock()
_MOST_BODY_BYTES = 10_000
_MOST_DIGITS = 16  # of a place in a file
_STOP_S = 1  # event streams never end by themselves
_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".json": "application/json",
}


@dataclass(frozen=True, slots=True)
class LabSettings:
    """The options of the lab; `first` names the run that is shown at the start."""

    runs: Path
    port: int = 8011
    data_dir: Path | None = None
    first: str | None = None


def serve(settings: LabSettings, *, say: Callable[[str], None], opens: bool) -> None:
    """Serve until Ctrl-C; training runs that were started continue."""
    listener = _bound(settings.port)
    try:
        token = token_of(settings.runs)
    except OSError as error:
        reason = error.strerror or error
        raise SettingError(
            f"{settings.runs} cannot be written ({reason}): name another --runs"
        ) from None
    engine = _engine(say)
    app = create_app(Runs(settings.runs.resolve(), settings.data_dir), token, engine)
    port = listener.getsockname()[1]
    chosen = f"?run={settings.first}" if settings.first else ""
    address = f"http://{HOST}:{port}/{chosen}#token={token}"
    say(f"inkdigits lab: {address} (Ctrl-C stops it)")
    if opens:
        webbrowser.open(address)
    config = uvicorn.Config(
        app,
        log_level="critical",
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=_STOP_S,
    )
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def _bound(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        reason = error.strerror or error
        raise SettingError(
            f"port {port} cannot be listened on ({reason}): choose another --port"
        ) from None
    listener.listen()  # a browser that is quick waits until the server is ready
    return listener


def token_of(runs: Path) -> str:
    """The token of this folder's lab, the same after a restart; only its owner can read it."""
    file = runs / OWN_FOLDER / "token"
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as opened:
            opened.write(secrets.token_urlsafe(24))
    return file.read_text().strip()


def _engine(say: Callable[[str], None]) -> Path | None:
    try:
        return engine_folder()
    except DownloadError as error:
        say(f"looking inside networks is not possible here: {error}")
        return None


def create_app(runs: Runs, token: str, engine: Path | None) -> ASGIApp:
    """The application: pages for anyone on this machine, everything about runs with the token."""
    lab = Endpoints(runs, engine)
    routes = [
        Route("/api/lab", lab.about),
        Route("/api/runs", lab.runs),
        Route("/api/runs", lab.start, methods=["POST"]),
        Route("/api/runs/{name}/stop", lab.stop, methods=["POST"]),
        Route("/api/runs/{name}/resume", lab.resume, methods=["POST"]),
        Route("/api/runs/{name}/finetune", lab.finetune, methods=["POST"]),
        Route("/api/runs/{name}/changes", lab.changes),
        Route("/api/runs/{name}/events", lab.events),
        Route("/api/runs/{name}/network/{file}", lab.network),
        Route("/{path:path}", lab.page),
    ]
    handlers: dict[Any, Any] = {InkdigitsError: _problem, ProblemError: _problem}
    return Gate(Starlette(routes=routes, exception_handlers=handlers), token)


class Endpoints:
    """The routes."""

    def __init__(self, runs: Runs, engine: Path | None) -> None:
        self._runs = runs
        self._pages = _files(engine)
        self._opens = engine is not None

    async def page(self, request: Request) -> Response:
        name = request.url.path.strip("/") or "index.html"
        if name not in self._pages:
            raise ProblemError(404, "there is nothing at this address")
        file = self._pages[name]
        content = await run_in_threadpool(file.read_bytes)
        return Response(content, media_type=_TYPES[file.suffix])

    async def about(self, _: Request) -> Response:
        choices = {
            "data": DATA,
            "activation": ACTIVATIONS,
            "augment": AUGMENTATIONS,
            "optimizer": OPTIMIZERS,
        }
        usual = Settings().as_dict()
        most = {"digits": SET_BOUNDS.digits, "replay": SET_BOUNDS.replay}
        return _json(
            {"choices": choices, "usual": usual, "most": most, "opens": self._opens}
        )

    async def runs(self, _: Request) -> Response:
        return _json(await run_in_threadpool(self._runs.listed))

    async def start(self, request: Request) -> Response:
        wanted = await _body(request)
        return _json({"name": await run_in_threadpool(self._runs.start, wanted)}, 201)

    async def stop(self, request: Request) -> Response:
        await run_in_threadpool(self._runs.stop, request.path_params["name"])
        return _json({})

    async def resume(self, request: Request) -> Response:
        await run_in_threadpool(self._runs.resume, request.path_params["name"])
        return _json({})

    async def finetune(self, request: Request) -> Response:
        wanted = checked_set(await _body(request, SET_BOUNDS.body_bytes))
        name = request.path_params["name"]
        tuned = await run_in_threadpool(self._runs.finetune, name, wanted)
        return _json({"name": tuned}, 201)

    async def changes(self, request: Request) -> Response:
        name = request.path_params["name"]
        content = await run_in_threadpool(self._runs.changes, name)
        return Response(content, media_type="application/json")

    async def events(self, request: Request) -> Response:
        find = partial(self._runs.will_be, request.path_params["name"])
        find()  # refuses what cannot be a run
        last = request.headers.get("last-event-id", "0")
        place = int(last) if last.isdecimal() and len(last) < _MOST_DIGITS else 0
        headers = {"cache-control": "no-store"}
        return StreamingResponse(
            events(find, place), media_type="text/event-stream", headers=headers
        )

    async def network(self, request: Request) -> Response:
        path = self._runs.path(request.path_params["name"])
        name = request.path_params["file"]
        if name in (DESCRIPTION_FILE, NUMBERS_FILE):
            files = await run_in_threadpool(_examples, path, self._runs.data_dir)
        else:
            files = (await run_in_threadpool(_network, path)).files()
        if name not in files:
            raise ProblemError(404, "there is nothing at this address")
        return Response(files[name], media_type="application/octet-stream")


class Gate:
    """Around the application: names, origins and the token."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)  # which takes no websockets
            return
        try:
            check_host(scope["headers"], ("localhost",))
            check_origin(scope["method"], scope["headers"], ())
            if scope["path"].startswith("/api/"):
                self._check_token(scope)
        except ProblemError as problem:
            await (await _problem(Request(scope), problem))(scope, receive, send)
            return

        async def protected(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"x-content-type-options", b"nosniff"),
                    (b"referrer-policy", b"no-referrer"),
                    (b"content-security-policy", POLICY.encode()),
                ]
            await send(message)

        await self._app(scope, receive, protected)

    def _check_token(self, scope: Scope) -> None:
        """In a header, or in the address where a browser's event stream can send none."""
        given = header(scope["headers"], b"x-lab-token").decode("latin-1")
        given = given or Request(scope).query_params.get("token", "")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            raise ProblemError(
                403,
                "the token is missing or wrong: open the address that inkdigits lab printed",
            )


def _files(engine: Path | None) -> dict[str, Path]:
    """The addresses of all pages and scripts."""
    own = {path.name: path for path in STATIC.iterdir() if path.suffix in _TYPES}
    shared = {name: PAGE / name for name in SHARED}
    engines = {f"engine/{name}": engine / name for name in FILES} if engine else {}
    return {**own, **shared, **engines}


def _examples(run: Path, data_dir: Path | None) -> dict[str, bytes]:
    """What the network does with the run's test digits; the first time this takes some seconds."""
    inside = _network(run)
    with _COMPUTING:
        return example_files(run, inside, data_dir)


def _network(run: Path) -> Inside:
    try:
        changed = (run / "model.onnx").stat().st_mtime_ns
    except OSError:
        raise ModelError(
            f"{run.name} has no network yet: wait until it is trained"
        ) from None
    return _opened(run, changed)


@lru_cache(maxsize=4)
def _opened(run: Path, _changed: int) -> Inside:
    return look_inside(run)


async def _body(request: Request, most: int = _MOST_BODY_BYTES) -> dict[str, Any]:
    """The JSON object in a request; nothing else is taken."""
    import json

    content = b""
    async for piece in request.stream():
        content += piece
        if len(content) > most:
            raise ProblemError(413, f"the request is larger than {most} bytes")
    try:
        values = json.loads(content)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise ProblemError(
            422, "the request is not a JSON object: send the settings of a run"
        )
    return values


def _json(values: Any, status: int = 200) -> Response:
    return Response(as_json(values), status, media_type="application/json")


async def _problem(_: Request, error: Exception) -> Response:
    problem = problem_of(error)
    if problem is None:
        raise error
    return Response(
        problem.body("lab"), problem.status, problem.headers, media_type=MEDIA_TYPE
    )
