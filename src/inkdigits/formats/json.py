"""A Prediction or a Reading as one JSON object on one line."""

import json
from typing import Any

from inkdigits.formats.exporter import Exporter
from inkdigits.formats.values import plain_value
from inkdigits.reading.results import (
    Box,
    Digit,
    Line,
    Mark,
    PageReading,
    Prediction,
    Reading,
)

# The pieces of the JSON schema. A box is left, top, right and bottom, in pixels.
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_DIGIT_VALUE = {
    "type": "integer",
    "minimum": 0,
    "maximum": 9,
}  # as a number, not as text
_PIXEL = {"type": "integer", "minimum": 0}
_BOX = {"type": "array", "items": _PIXEL, "minItems": 4, "maxItems": 4}  # four sides


def _object(**fields: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def _list(items: dict[str, Any]) -> dict[str, Any]:
    """The JSON schema of a list of these items."""
    return {"type": "array", "items": items}


_CONFIDENCE_AND_PLACE = {
    "confidence": _SHARE,
    "accepted": {"type": "boolean"},
    "box": _BOX,
}
_OTHER_DIGIT = _object(digit=_DIGIT_VALUE, confidence=_SHARE)
_DIGIT = _object(
    digit=_DIGIT_VALUE,
    **_CONFIDENCE_AND_PLACE,
    alternatives=_list(_OTHER_DIGIT),
)
_MARK = _object(
    text={
        "type": "string",
        "maxLength": 1,
        "description": "A digit or a sign; empty for a mark that is not part of a number.",
    },
    confidence=_SHARE,
    box=_BOX,
)
_OTHER_TEXT = _object(text={"type": "string"}, confidence=_SHARE)
_LINE = _object(
    text={"type": "string", "description": "The number as written."},
    number={"type": "string", "pattern": "^[0-9]+$", "description": "Digits only."},
    value={
        "type": ["integer", "string", "null"],
        "description": "The parsed value: an integer, or a string with a decimal (12.50), "
        "a date (1996-12-25) or a time "
        "(10:30:00); null if there is no single value.",
    },
    **_CONFIDENCE_AND_PLACE,
    digits=_list(_DIGIT),
    marks=_list(_MARK),
    alternatives=_list(_OTHER_TEXT),
)
_PAGE = _object(
    page={"type": "integer", "minimum": 1},
    width={"type": "integer"},
    height={"type": "integer"},
    turned_deg={"type": "number"},
    text={"type": "string"},
    lines=_list(_LINE),
)
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "inkdigits read --format json",
    **_object(image={"type": "string"}, pages=_list(_PAGE)),
}


def prediction(name: str, answer: Prediction, top: int = 10) -> str:
    """`{"image","digit","confidence","accepted","reason","probabilities","box"}`.

    The digit is the best guess.
    """
    return json.dumps(prediction_object(name, answer), ensure_ascii=False)


def prediction_object(name: str, answer: Prediction) -> dict[str, Any]:
    return {
        "image": name,
        "digit": answer.digit,
        "confidence": round(answer.confidence, 6),
        "accepted": answer.accepted,
        "reason": answer.reason,
        "probabilities": [round(share, 6) for share in answer.probabilities],
        "box": None if answer.box is None else _box(answer.box),
    }


def reading(name: str, found: Reading, alone: bool = False) -> str:
    """`{"image","pages":[{"text","lines":[{"text","number","value",…}]}]}`.

    Boxes are left, top, right, bottom.
    """
    return json.dumps(reading_object(name, found), ensure_ascii=False) + "\n"


def reading_object(name: str, found: Reading) -> dict[str, Any]:
    """A reading as a JSON object."""
    pages = [_page(page) for page in found.pages]
    return {"image": name, "pages": pages}


def part_object(part: PageReading | Line | Digit | Mark) -> dict[str, Any]:
    """A part of a reading, as it is in the object of the whole reading."""
    if isinstance(part, PageReading):
        return _page(part)
    if isinstance(part, Line):
        return _line(part)
    return _digit(part) if isinstance(part, Digit) else _mark(part)


def _page(page: PageReading) -> dict[str, Any]:
    return {
        "page": page.number,
        "width": page.width,
        "height": page.height,
        "turned_deg": page.turned_deg,
        "text": page.text,
        "lines": [_line(line) for line in page.lines],
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "text": line.text,
        "number": line.number,
        "value": plain_value(line.value),
        "confidence": line.confidence,
        "accepted": line.accepted,
        "box": _box(line.box),
        "digits": [_digit(digit) for digit in line.digits],
        "marks": [_mark(mark) for mark in line.marks],
        "alternatives": [
            {"text": text, "confidence": share} for text, share in line.alternatives
        ],
    }


def _digit(digit: Digit) -> dict[str, Any]:
    return {
        "digit": digit.digit,
        "confidence": digit.confidence,
        "accepted": digit.accepted,
        "box": _box(digit.box),
        "alternatives": [
            {"digit": value, "confidence": share} for value, share in digit.alternatives
        ],
    }


def _mark(mark: Mark) -> dict[str, Any]:
    """A mark as an object."""
    return {
        "text": mark.text,
        "confidence": mark.confidence,
        "box": _box(mark.box),
    }


def _box(box: Box) -> list[int]:
    """A box as a list of its four sides."""
    return [box.left, box.top, box.right, box.bottom]


READING = Exporter("", reading, "")
