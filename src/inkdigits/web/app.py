"""The service: POST /v1/predict, POST /v1/read, GET /v1/model, GET /healthz, and the page at /."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from inkdigits._version import __version__
from inkdigits.errors import InkdigitsError, NotAPictureError, PictureTooLargeError
from inkdigits.formats import READING
from inkdigits.formats.json import reading_object
from inkdigits.reading.reader import Reader
from inkdigits.reading.results import Prediction
from inkdigits.web.offline import add_offline

STATIC = Path(__file__).parent / "static"
_MEDIA = {"text": "text/plain", "csv": "text/csv", "hocr": "text/html"}
_STATUS: dict[type[InkdigitsError], int] = {PictureTooLargeError: 413, NotAPictureError: 415}
_POLICY = "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"


def create_app(reader: Reader) -> FastAPI:
    """The application around one Reader, which is loaded before the first request."""
    app = FastAPI(title="inkdigits", version=__version__, docs_url=None, redoc_url=None)

    @app.post("/v1/predict", summary="One picture a file, one digit a picture")
    async def predict(request: Request) -> list[dict[str, Any]]:
        pictures = await _pictures(request, reader.limits.max_bytes)
        answers = await run_in_threadpool(reader.predict, [data for _, data in pictures])
        return [_as_json(name, answer) for (name, _), answer in zip(pictures, answers, strict=True)]

    @app.post("/v1/read", summary="The numbers on pictures and pages; format is json, text, csv or hocr")
    async def read(request: Request, format: str = "json") -> Response:  # noqa: A002 - the name callers give
        if format not in READING:
            return problem(422, f"format is {format}: choose {', '.join(READING)}")
        pictures = await _pictures(request, reader.limits.max_bytes)
        readings = await run_in_threadpool(reader.read, [data for _, data in pictures])
        if format == "json":
            found = [reading_object(name, one) for (name, _), one in zip(pictures, readings, strict=True)]
            return JSONResponse(found)
        exporter = READING[format]
        parts = [exporter.one(name, one, len(pictures) == 1) for (name, _), one in zip(pictures, readings, strict=True)]
        return Response(exporter.head + "".join(parts) + exporter.foot, media_type=_MEDIA[format])

    @app.get("/v1/model", summary="Which model answers")
    def model() -> dict[str, Any]:
        settings = reader.classifier.settings
        return {"version": __version__, "model": reader.classifier.path.name, "refuses": reader.classifier.refuses,
                "min_confidence": reader.min_confidence, "temperature": settings.temperature}  # fmt: skip

    @app.get("/healthz", summary="Whether the service lives")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.exception_handler(InkdigitsError)
    async def mend(_: Request, error: InkdigitsError) -> JSONResponse:
        return problem(_STATUS.get(type(error), 422), str(error))

    @app.middleware("http")
    async def guard(request: Request, call_next: Any) -> Response:
        response: Response = await call_next(request)
        response.headers["content-security-policy"] = _POLICY
        response.headers["x-content-type-options"] = "nosniff"
        return response

    add_offline(app, reader)
    app.mount("/", StaticFiles(directory=STATIC, html=True))
    return app


def problem(status: int, detail: str) -> JSONResponse:
    """An error as RFC 9457 has it."""
    return JSONResponse({"status": status, "detail": detail}, status, media_type="application/problem+json")


async def _pictures(request: Request, max_bytes: int) -> list[tuple[str, bytes]]:
    """The files of a multipart form, or the body itself; more than the limit is refused while it comes."""
    if int(request.headers.get("content-length") or 0) > max_bytes:
        raise PictureTooLargeError(f"the request has more than {max_bytes:,} bytes: send a smaller picture")
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_files=64) as form:
            files = [part for _, part in form.multi_items() if isinstance(part, UploadFile)]
            return [(part.filename or "picture", await part.read()) for part in files]
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise PictureTooLargeError(f"the request has more than {max_bytes:,} bytes: send a smaller picture")
    return [("picture", bytes(body))]


def _as_json(name: str, answer: Prediction) -> dict[str, Any]:
    return {"image": name, "digit": answer.digit, "confidence": answer.confidence, "accepted": answer.accepted,
            "probabilities": list(answer.probabilities)}  # fmt: skip
