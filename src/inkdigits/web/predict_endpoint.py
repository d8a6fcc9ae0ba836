"""POST /v1/predict with one picture as its body, the most frequent request.

For routing and the response, FastAPI would take twice as long as reading the digit. A small ASGI
application therefore answers this request. Pictures in a form go through FastAPI.
"""

import json

from starlette.types import Receive, Scope, Send

from inkdigits.web.bodies import is_form, read_body
from inkdigits.web.service import Service

_PATH = "/v1/predict"


def takes(scope: Scope) -> bool:
    """Whether a request is of that kind."""
    if scope["type"] != "http" or scope["path"] != _PATH or scope["method"] != "POST":
        return False
    # Forms need a parser, which FastAPI's route has.
    return not is_form(scope["headers"])


class PredictEndpoint:
    """Answers them."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        picture = await read_body(scope, receive, self._service.bodies)
        rows = await self._service.predict([("picture", picture)])
        body = json.dumps(rows).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
