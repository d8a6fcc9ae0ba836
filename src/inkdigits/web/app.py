"""The ASGI application: /v1, health, metrics, docs and the page."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from inkdigits._version import __version__
from inkdigits.errors import SettingError
from inkdigits.reading.reader import Reader
from inkdigits.store import Store
from inkdigits.web import describe, docs_page, predict_endpoint, routes
from inkdigits.web.connections import CONNECTION
from inkdigits.web.idle_memory import IdleMemory
from inkdigits.web.middleware import Guard
from inkdigits.web.offline import add_offline
from inkdigits.web.service import Service
from inkdigits.web.settings import ServeSettings

if TYPE_CHECKING:
    from inkdigits.web.review import ReviewDesk

STATIC = Path(__file__).parent / "static"
_REFRESH_S = 1.0
# What a browser may send with a request from another site.
_CORS_HEADERS = ("content-type", "authorization", "x-api-key", "x-request-id")


def create_app(
    reader: Reader,
    settings: ServeSettings | None = None,
    store: Store | None = None,
) -> FastAPI:
    """The application around one Reader, which is loaded before the first request.

    Without a store, corrections are refused.
    """
    settings = settings or replace(ServeSettings(), max_upload=reader.limits.max_bytes)
    service = Service(reader, settings, store)
    desk = _desk(settings, reader, store)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.ready = True
        if desk is not None:
            desk.start()
        refreshing = asyncio.create_task(_refresh(service))
        yield
        # First report "not ready", so that a load balancer sends no new requests.
        service.ready = False
        refreshing.cancel()
        if desk is not None:
            desk.stop()
        service.stop()

    app = Application(
        title="inkdigits",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.service = service
    for kind in (HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _to_the_guard)
    app.include_router(routes.router(service))
    add_offline(app, reader)
    if desk is not None:
        from inkdigits.web.review import add_review

        add_review(app, service, desk)
    if settings.template is not None:
        from inkdigits.web.editor import EditorDesk, add_editor

        add_editor(app, service, EditorDesk(Path(settings.template), reader))
    # Last, because it serves every path that no other route has taken.
    _add_pages(app)
    app.add_middleware(Guard, service=service)
    # Not a route: the most common request skips the work of the framework.
    app.predict = Guard(predict_endpoint.PredictEndpoint(service), service)
    if settings.cors:
        app.add_middleware(CORSMiddleware, **_cors(settings))
        app.predict = CORSMiddleware(app.predict, **_cors(settings))
    return app


def _desk(
    settings: ServeSettings,
    reader: Reader,
    store: Store | None,
) -> "ReviewDesk | None":
    """What a review needs, if one was requested."""
    if settings.review is None:
        return None
    if store is None:
        raise SettingError("a review needs a database: name one with --database-url")
    from inkdigits.web.review import ReviewDesk

    return ReviewDesk(settings.review, reader, store)


async def _refresh(service: Service) -> None:
    """Keep the gauges up to date, whichever worker is asked, and keep memory use low."""
    memory = IdleMemory()
    while True:
        service.metrics.refresh()
        await asyncio.to_thread(memory.look)
        await asyncio.sleep(_REFRESH_S)


def _cors(settings: ServeSettings) -> dict[str, Any]:
    return {
        "allow_origins": list(settings.cors),
        "allow_methods": ["GET", "POST"],
        "allow_headers": list(_CORS_HEADERS),
        "expose_headers": ["x-request-id", "retry-after"],
    }


class Application(FastAPI):
    """FastAPI, and a small application for the commonest request."""

    predict: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, its connection counted as busy meanwhile."""
        state = scope.get("state", {})
        connection = state.get(CONNECTION)
        # A test's client calls the application without a connection.
        if connection is None:
            await self._answer(scope, receive, send)
            return
        with connection.request():
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Predictions bypass FastAPI."""
        if predict_endpoint.takes(scope):
            await self.predict(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = get_openapi(
                title=self.title,
                version=self.version,
                description=routes.ABOUT,
                routes=self.routes,
            )
            components = document.setdefault("components", {})
            components.setdefault("schemas", {})["Problem"] = describe.PROBLEM
            self.openapi_schema = document
        return self.openapi_schema


async def _to_the_guard(_: Request, error: Exception) -> Response:
    """The framework would answer in its own format."""
    raise error


def _add_pages(app: FastAPI) -> None:
    """/docs, and the files in the static folder.

    Only GET and HEAD are allowed; other methods get a 405.
    """
    files = StaticFiles(directory=STATIC, html=True)

    # Made when it is first asked for: most workers never are.
    @cache
    def docs_content() -> bytes:
        """Made once: the routes do not change."""
        return docs_page.page(app.openapi()).encode()

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        """The page that describes the service."""
        return Response(docs_content(), media_type="text/html")

    @app.get("/docs.css", include_in_schema=False)
    async def style() -> Response:
        """Its style sheet."""
        return Response(docs_page.STYLE, media_type="text/css")

    @app.api_route("/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
    async def page(path: str, request: Request) -> Response:
        methods = app.openapi()["paths"].get(f"/{path}")
        # The page takes GET of any address, also of those that have only other methods.
        if methods:
            raise HTTPException(405, headers={"allow": ", ".join(methods).upper()})
        # No file has such a name, and the file system would raise for it.
        if "\0" in path:
            raise HTTPException(404)
        return await files.get_response(files.get_path(request.scope), request.scope)
