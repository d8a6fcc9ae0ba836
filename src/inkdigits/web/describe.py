"""The bodies and answers in the OpenAPI document, with examples."""

from decimal import Decimal
from typing import Any

from inkdigits.formats import csv, text
from inkdigits.formats.json import SCHEMA, prediction_object, reading_object
from inkdigits.reading.results import (
    Box,
    Digit,
    Line,
    Mark,
    PageReading,
    Prediction,
    Reading,
)
from inkdigits.web.problems import MEDIA_TYPE

PICTURES = (
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/bmp",
    "image/tiff",
    "image/webp",
)
_BINARY = {"type": "string", "format": "binary"}
# Pieces of the schemas below.
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
# A digit as a number, as JSON gives it.
_DIGIT = {"type": "integer", "minimum": 0, "maximum": 9}
_LATER = "try again after as many seconds as Retry-After says"
# For each status: what it means, and the `detail` of an example.
_WHY = {
    400: (
        "The request or its form is broken.",
        "the form is broken (its parts cannot be separated): "
        "send multipart/form-data with a boundary",
    ),
    401: (
        "The API key is missing or wrong.",
        "an API key is needed: send it as X-API-Key or Authorization: Bearer",
    ),
    403: (
        "The request comes from a page on another site.",
        "a page of 'https://other.example' may not call this service: allow it with --cors",
    ),
    408: (
        "The body did not arrive in time.",
        "the body did not arrive within 30 s: send it faster, or send a smaller picture",
    ),
    413: (
        "Too many bytes, pixels or pages.",
        "the request has more than 33,554,432 bytes: send smaller pictures, or fewer at a time",
    ),
    415: (
        "The body is not a picture that can be read.",
        "the picture is not a picture that can be read: "
        "give a PNG, JPEG, TIFF, BMP, GIF or WebP file",
    ),
    421: (
        "The host name of the request is not accepted.",
        "the name 'other.example' is not one of this service's: allow it with --allowed-host",
    ),
    422: (
        "A setting or field cannot be used.",
        "format is xml: choose text, json, csv, hocr",
    ),
    429: (
        "Too many requests from one client.",
        "more than 10 requests per second from you: wait as many seconds as Retry-After says",
    ),
    503: (
        "Too busy, or the database does not answer.",
        f"too many pictures are waiting: {_LATER}",
    ),
}
_TEXT = {"type": "string"}


def shape(**fields: Any) -> dict[str, Any]:
    """An object that always has all of these fields."""
    names = list(fields)
    return {"type": "object", "properties": fields, "required": names}


PROBLEM = {
    **shape(
        type=_TEXT,
        title=_TEXT,
        status={"type": "integer"},
        detail=_TEXT,
        request_id=_TEXT,
    ),
    "description": "An error as in RFC 9457: what happened, and what to do.",
}
_REASON = {
    "type": "string",
    "enum": ["", "unsure", "no digit", "several digits"],
    "description": "Why it is not accepted.",
}
# Four sides, in pixels of the upright picture.
_BOX = {
    "type": ["array", "null"],
    "items": {"type": "integer", "minimum": 0},
    "minItems": 4,
    "maxItems": 4,
    "description": "The bounding box: left, top, right, bottom; null if there is no digit.",
}
# One probability for each digit.
PREDICTION = shape(
    image={"type": "string"},
    digit=_DIGIT,
    confidence=_SHARE,
    accepted={"type": "boolean"},
    reason=_REASON,
    probabilities={"type": "array", "items": _SHARE, "minItems": 10, "maxItems": 10},
    box=_BOX,
)
_READING = {
    key: value for key, value in SCHEMA.items() if key not in ("$schema", "title")
}
# A picture of 28×28 numbers, as the network sees it.
GRID = {
    "type": "array",
    "minItems": 28,
    "maxItems": 28,
    "items": {"type": "array", "minItems": 28, "maxItems": 28},
}
EXPLANATION = shape(
    digit=_DIGIT,
    confidence=_SHARE,
    accepted={"type": "boolean"},
    framed=GRID,
    saliency=GRID,
)
# The picture is named by its SHA-256, in hexadecimal.
CORRECTION = shape(
    id={"type": "string"},
    picture={"type": "string", "pattern": "^[0-9a-f]{64}$"},
    digit={"type": ["integer", "null"], "minimum": 0, "maximum": 9},
    predicted=_DIGIT,
    confidence=_SHARE,
    accepted={"type": "boolean"},
    model={"type": "string"},
    created={"type": "string"},
)
MODEL = shape(
    version={"type": "string"},
    model={"type": "string"},
    refuses={"type": "boolean"},
    min_confidence=_SHARE,
    temperature={"type": "number"},
    review={"type": "boolean"},
)

# The examples of answers: a 7, the number 7.5, and a 7 that was taken for a 1.
_SEVEN = prediction_object(
    "picture",
    Prediction(
        7,
        0.9987,
        True,
        (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.9987, 0.0, 0.0013),
        Box(12, 6, 30, 34),
    ),
)
# Its point lies low between the digits, as on the picture of the example.
_LINE = Line(
    text="7.5",
    confidence=0.97,
    accepted=True,
    box=Box(12, 6, 62, 35),
    digits=(
        Digit(7, 0.99, True, Box(12, 6, 30, 34), ((1, 0.008),)),
        Digit(5, 0.98, True, Box(44, 7, 62, 35)),
    ),
    marks=(
        Mark("7", 0.99, Box(12, 6, 30, 34)),
        Mark(".", 0.98, Box(35, 30, 39, 35)),
        Mark("5", 0.98, Box(44, 7, 62, 35)),
    ),
    value=Decimal("7.5"),
    alternatives=(("75", 0.02),),
)
# A page is as large as its picture.
_NUMBER = Reading((PageReading((_LINE,), width=96, height=40),))
# A correction as the service stores it.
_KEPT = {
    "id": "6d9c1d1f0c7f4b0d8d6f3a0b7a5e4c21",
    "picture": "0" * 64,
    "digit": 7,
    "predicted": 1,
    "confidence": 0.61,
    "accepted": True,
    "model": "digits.onnx",
    "created": "2026-11-21T10:00:00+00:00",
}


def list_of(item: dict[str, Any]) -> dict[str, Any]:
    """A list whose items are all of one kind."""
    return {"type": "array", "items": item}


def pictures_body() -> dict[str, Any]:
    """A form with files, or a picture as it is."""
    form = {
        "schema": {
            **shape(files=list_of(_BINARY)),
            "properties": {"files": {**list_of(_BINARY), "minItems": 1}},
        }
    }
    return _body(
        {
            "multipart/form-data": form,
            **{kind: {"schema": _BINARY} for kind in PICTURES},
        }
    )


def correction_body() -> dict[str, Any]:
    """One file and what it shows."""
    digit = {
        "type": "string",
        "enum": [*"0123456789", "none"],
        "description": "What the picture shows; none for a non-digit.",
    }
    return _body({"multipart/form-data": {"schema": shape(file=_BINARY, digit=digit)}})


def _body(content: dict[str, Any]) -> dict[str, Any]:
    """A body that must be there, of one of these media types."""
    body = {"required": True, "content": content}
    return {"requestBody": body}


def answers(
    good: dict[str, Any],
    *,
    status: int = 200,
    example: Any = None,
    bad: tuple[int, ...] = (),
) -> dict[int | str, Any]:
    """The `responses` of a route: the good one, and each kind of bad."""
    content = {"schema": good, **({"example": example} if example is not None else {})}
    by_code: dict[int | str, Any] = {
        status: {"description": "Answered.", "content": {"application/json": content}}
    }
    for code in bad:
        description, detail = _WHY[code]
        one = {
            "type": "about:blank",
            "title": "",
            "status": code,
            "detail": detail,
            "request_id": "9f2c6b1e4d3a7058",
        }
        schema = {"$ref": "#/components/schemas/Problem"}
        by_code[code] = {
            "description": description,
            "content": {MEDIA_TYPE: {"schema": schema, "example": one}},
        }
    return by_code


# The ways in which a request with a picture can fail.
BAD_PICTURE = (400, 401, 403, 408, 413, 415, 421, 422, 429, 503)
PREDICTED = answers(list_of(PREDICTION), example=[_SEVEN], bad=BAD_PICTURE)
EXPLAINED = answers(EXPLANATION, bad=BAD_PICTURE)
SHOWN = answers({}, bad=BAD_PICTURE)
# The answer is a picture and not JSON.
SHOWN[200]["content"] = {"image/jpeg": {"schema": _BINARY}}
# A correction is created, hence 201.
CORRECTED = answers(CORRECTION, status=201, example=_KEPT, bad=BAD_PICTURE)
# No picture is sent, so that only the key, the name and the rate can be wrong.
DESCRIBED = answers(MODEL, bad=(401, 421, 429))
READ = answers(
    list_of(_READING), example=[reading_object("picture", _NUMBER)], bad=BAD_PICTURE
)
_EXAMPLES = {
    "text/plain": text.READING.one("picture", _NUMBER, True),
    "text/html": None,
    "text/csv": csv.READING.head + csv.READING.one("picture", _NUMBER, True),
}
for _media, _example in _EXAMPLES.items():
    READ[200]["content"][_media] = {
        "schema": {"type": "string"},
        **({"example": _example} if _example else {}),
    }
