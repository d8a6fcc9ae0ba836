"""The shortest way for one picture as the body of POST /v1/predict: what most programs send, and send often."""

import json

from starlette.types import ASGIApp, Receive, Scope, Send

from inkdigits.web.bodies import is_form, read_body
from inkdigits.web.service import Service

_PATH = "/v1/predict"


class Lean:
    """Answers that one kind of request; all others go on to the application."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != _PATH or scope["method"] != "POST" or is_form(scope["headers"]):
            await self._app(scope, receive, send)
            return
        picture = await read_body(scope["headers"], receive, self._service.bodies)
        rows = await self._service.predict([("picture", picture)])
        body = json.dumps(rows).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
