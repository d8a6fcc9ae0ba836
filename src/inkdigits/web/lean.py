"""The shortest way for one picture as the body of POST /v1/predict: what most programs send, and send often."""

import json

from starlette.types import Receive, Scope, Send

from inkdigits.web.bodies import is_form, read_body
from inkdigits.web.service import Service
from inkdigits.web.short import WHOLE_BODY

_PATH = "/v1/predict"


def is_lean(scope: Scope) -> bool:
    """Whether a request is of that kind."""
    return scope["type"] == "http" and scope["path"] == _PATH and scope["method"] == "POST" and not is_form(scope["headers"])


class Lean:
    """Answers them."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        picture = scope.get(WHOLE_BODY)
        if picture is None or len(picture) > self._service.bodies.max_bytes:
            picture = await read_body(scope["headers"], receive, self._service.bodies)
        rows = await self._service.predict([("picture", picture)])
        body = json.dumps(rows).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
