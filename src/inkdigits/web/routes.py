"""The routes of the service."""

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import StringConstraints

from inkdigits.errors import NotAPictureError
from inkdigits.formats import READING
from inkdigits.reading.input.tiff import is_tiff
from inkdigits.reading.options import ReadOptions
from inkdigits.web import describe, page_pictures
from inkdigits.web.bodies import HELD, Form, Held, is_form, read_body, read_form
from inkdigits.web.problems import ProblemError
from inkdigits.web.service import Pictures, Service

ABOUT = (
    "Reads handwritten digits and numbers. Errors are application/problem+json: "
    "what happened, and what to do. "
    "If the service has an API key, send it as X-API-Key or as Authorization: Bearer."
)
_MEDIA = {
    "json": "application/json",
    "text": "text/plain",
    "csv": "text/csv",
    "hocr": "text/html",
}
# What the field "digit" of a correction may say, and what it means.
_LABELS = {**{str(digit): digit for digit in range(10)}, "none": None}
_Format = Annotated[
    str,
    Query(
        description="json, csv, text or hocr.", json_schema_extra={"enum": list(_MEDIA)}
    ),
]
_SOME = {
    "pattern": "^[1-9][0-9]{0,5}(-([0-9]{1,6})?)?(,[1-9][0-9]{0,5}(-([0-9]{1,6})?)?)*$"
}
_Pages = Annotated[
    str | None,
    Query(
        description="Only these pages of a document, such as 1,3-5.",
        json_schema_extra=_SOME,
    ),
]
# Larger page numbers than any document has are refused before it is opened.
_Number = Annotated[
    int, Query(description="The page number, starting at 1.", ge=1, le=999_999)
]
# At 20 dpi a digit is two or three pixels high; above 600 a page only takes more memory.
_Dpi = Annotated[
    int, Query(description="Dots per inch for rendering PDF pages.", ge=20, le=600)
]
# Longer patterns, or more of them, would only cost time.
_Expect = Annotated[
    list[Annotated[str, StringConstraints(max_length=200)]] | None,
    Query(
        description=r"The pattern of each line, such as \d{5}, or date, time, amount or number. "
        "May be repeated: a line must match one of them.",
        max_length=20,
    ),
]
_Decimal = Annotated[
    Literal[".", ","] | None,
    Query(description="The decimal separator, for values such as 1,250."),
]
_DayFirst = Annotated[
    bool | None,
    Query(description="Whether dates begin with the day, for values such as 5/6/96."),
]


def router(service: Service) -> APIRouter:
    """The routes of one service."""
    routes = APIRouter()
    _add_reading(routes, service)
    _add_corrections(routes, service)
    _add_state(routes, service)
    return routes


def _add_reading(routes: APIRouter, service: Service) -> None:
    @routes.post(
        "/v1/predict",
        summary="Read one digit from each picture",
        response_class=JSONResponse,
        responses=describe.PREDICTED,
        openapi_extra=describe.pictures_body(),
    )
    async def predict(request: Request) -> Any:
        pictures = await _pictures(request, service)
        predictions = await service.predict(pictures)
        return JSONResponse(predictions)

    @routes.post(
        "/v1/read",
        summary="Read the numbers on pictures and pages",
        response_class=JSONResponse,
        responses=describe.READ,
        openapi_extra=describe.pictures_body(),
    )
    async def read(
        request: Request,
        format: _Format = "json",  # noqa: A002
        pages: _Pages = None,
        dpi: _Dpi = 200,
        expect: _Expect = None,
        decimal: _Decimal = None,
        dayfirst: _DayFirst = None,
    ) -> Any:
        if format not in READING:
            raise ProblemError(
                422, f"format is {format[:40]}: choose {', '.join(READING)}"
            )
        # Made on the thread that reads: a pattern may take a tenth of a second to build.
        options = partial(
            ReadOptions, pages, dpi, expect=expect, decimal=decimal, dayfirst=dayfirst
        )
        pictures = await _pictures(request, service)
        _count_copies(request, [data for _, data in pictures if is_tiff(data)])
        text = await service.read(pictures, format, options)
        return Response(text, media_type=_MEDIA[format])

    @routes.post(
        "/v1/page",
        summary="Render a page of a document as a picture for a browser",
        response_class=Response,
        responses=describe.SHOWN,
        openapi_extra=describe.pictures_body(),
    )
    async def page(request: Request, number: _Number = 1) -> Any:
        pictures = await _pictures(request, service)
        tiffs = [data for _, data in pictures if is_tiff(data)]
        _count_copies(request, tiffs)
        # More than one picture is allowed, and the first is shown.
        _, picture = pictures[0]
        content = await service.page_picture(picture, number)
        return Response(content, media_type=page_pictures.MEDIA_TYPE)

    @routes.post(
        "/v1/explain",
        summary="Show what the network sees (the framed picture) "
        "and which pixels matter (saliency, 0 to 1)",
        response_class=JSONResponse,
        responses=describe.EXPLAINED,
        openapi_extra=describe.pictures_body(),
    )
    async def explain(request: Request) -> Any:
        pictures = await _pictures(request, service)
        _, picture = pictures[0]
        explanation = await service.explain(picture)
        return JSONResponse(explanation)


def _add_corrections(routes: APIRouter, service: Service) -> None:
    @routes.post(
        "/v1/corrections",
        summary="Store what a picture really shows, as training data",
        status_code=201,
        response_class=JSONResponse,
        responses=describe.CORRECTED,
        openapi_extra=describe.correction_body(),
    )
    async def correct(request: Request) -> Any:
        form = await _form(request, service)
        label = form.fields.get("digit")
        if label not in _LABELS:
            raise ProblemError(
                422,
                "the field digit is missing or wrong: give 0 to 9, or none for a non-digit",
            )
        if len(form.files) != 1:
            raise ProblemError(
                422,
                f"the form contains {len(form.files)} files: send one, as the field file",
            )
        picture = form.files[0][1]
        _count_copies(request, [picture])  # the database's
        correction = await service.correct(picture, _LABELS[label])
        fields = {name: getattr(correction, name) for name in correction.__slots__}
        return JSONResponse({**fields, "created": correction.created.isoformat()}, 201)


def _add_state(routes: APIRouter, service: Service) -> None:
    @routes.get(
        "/v1/model",
        summary="Describe the model",
        response_class=JSONResponse,
        responses=describe.DESCRIBED,
    )
    async def model() -> Any:
        description = service.describe()
        return JSONResponse(description)

    @routes.get(
        "/healthz",
        summary="Check that the process is alive",
        response_class=JSONResponse,
    )
    async def healthz() -> Any:
        return JSONResponse({"status": "ok"})

    @routes.get(
        "/readyz",
        summary="Check that requests are accepted and corrections can be stored",
        response_class=JSONResponse,
        responses=describe.answers({"type": "object"}, bad=(503,)),
    )
    async def readyz() -> Any:
        if not service.ready:
            raise ProblemError(
                503,
                "the service is starting or stopping: "
                "try again after as many seconds as Retry-After says",
            )
        return JSONResponse(
            {"status": "ready", "corrections": await service.readiness.corrections()}
        )

    @routes.get("/metrics", summary="Metrics for Prometheus", response_class=Response)
    def metrics() -> Any:
        text, media_type = service.metrics.page()
        return Response(text, media_type=media_type)


async def _pictures(request: Request, service: Service) -> Pictures:
    """The files of a form, or the body itself."""
    headers = request.scope["headers"]
    if not is_form(headers):
        return [
            ("picture", await read_body(request.scope, request.receive, service.bodies))
        ]
    files = (await read_form(request.scope, request.receive, service.bodies)).files
    if not files:
        raise ProblemError(
            422, "the form contains no file: send at least one, as the field files"
        )
    return files


def _count_copies(request: Request, copied: list[bytes]) -> None:
    """Bytes that are held twice during work.

    The pages of a TIFF are found in a copy.
    """
    held: Held = request.scope[HELD]
    held.grow_to(held.count + sum(map(len, copied)))


async def _form(request: Request, service: Service) -> Form:
    headers = request.scope["headers"]
    if not is_form(headers):
        raise NotAPictureError(
            "a correction is a form: send multipart/form-data with the fields file and digit"
        )
    return await read_form(request.scope, request.receive, service.bodies)
