"""Errors as in RFC 9457: a status, what happened, and what to do."""

import json
import re
from http import HTTPStatus

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from inkdigits.errors import (
    BusyError,
    InkdigitsError,
    MissingExtraError,
    NotAPictureError,
    PictureTooLargeError,
    StoreError,
)

MEDIA_TYPE = "application/problem+json"
# The status of each kind of error; others are settings that cannot be used, a 422.
_STATUS: dict[type[InkdigitsError], int] = {
    PictureTooLargeError: 413,
    NotAPictureError: 415,
    MissingExtraError: 415,
    StoreError: 503,
    BusyError: 503,
}
# Advice in messages that is for Python, which clients of the service cannot follow.
_FOR_CODE_ONLY = re.compile(r",? or raise Limits\([^)]*\)| \(--password[^)]*\)+")
_RETRY_AFTER_S = 1


class ProblemError(Exception):
    """An answer that is an error, ready to be sent."""

    def __init__(
        self, status: int, detail: str, headers: dict[str, str] | None = None
    ) -> None:
        """An answer that is an error, with an HTTP status."""
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers: dict[str, str] = {}
        # What is too busy now may not be so a little later.
        if status in (429, 503):
            self.headers["retry-after"] = str(_RETRY_AFTER_S)
        self.headers.update(headers or {})

    def body(self, request_id: str) -> bytes:
        title = HTTPStatus(self.status).phrase
        fields = {
            "type": "about:blank",
            "title": title,
            "status": self.status,
            "detail": self.detail,
            "request_id": request_id,
        }
        return json.dumps(fields, ensure_ascii=False).encode()


class ClientGoneError(Exception):
    """The client disconnected before its request was complete."""


def problem_of(error: Exception) -> ProblemError | None:
    """The problem for an exception; None for an internal error."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, InkdigitsError):
        return ProblemError(
            _STATUS.get(type(error), 422), _FOR_CODE_ONLY.sub("", str(error))
        )
    if isinstance(error, RequestValidationError):
        return ProblemError(422, _invalid(error))
    if isinstance(error, HTTPException):
        return _of_http(error)
    return None


def _invalid(error: RequestValidationError) -> str:
    first = error.errors()[0]
    # The name stands before the places in a list.
    name = next(part for part in reversed(first["loc"]) if isinstance(part, str))
    return (
        f"{name} cannot be used: {first['msg'].lower()}; see /docs for what is accepted"
    )


def _of_http(error: HTTPException) -> ProblemError:
    status = error.status_code
    details = {
        404: "there is nothing at this URL: see /docs for the endpoints",
        405: "this URL does not support this method: the Allow header lists those it supports",
    }
    return ProblemError(
        status, details.get(status, str(error.detail)), dict(error.headers or {})
    )


def took_too_long(seconds: float) -> ProblemError:
    """The problem for an answer that exceeds the time limit."""
    way = "send fewer or smaller pages, or try again later"
    return ProblemError(503, f"it took more than {seconds:g} s: {way}")


def busy(why: str, headers: dict[str, str] | None = None) -> ProblemError:
    """The problem for a service that is busy."""
    return ProblemError(
        503, f"{why}: try again after as many seconds as Retry-After says", headers
    )
