"""A Prediction or a Reading as one JSON object on one line."""

import json
from typing import Any

from inkdigits.formats.exporter import Exporter
from inkdigits.reading.results import Box, Digit, Line, Prediction, Reading

_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_BOX = {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 4, "maxItems": 4}


def _object(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


_ALTERNATIVE = _object(digit={"type": "integer", "minimum": 0, "maximum": 9}, confidence=_SHARE)
_DIGIT = _object(digit={"type": ["integer", "null"], "minimum": 0, "maximum": 9}, confidence=_SHARE, accepted={"type": "boolean"},
                 box=_BOX, alternatives=_list(_ALTERNATIVE))  # fmt: skip
_LINE = _object(text={"type": "string", "pattern": "^[0-9]*$"}, confidence=_SHARE, accepted={"type": "boolean"}, box=_BOX,
                digits=_list(_DIGIT))  # fmt: skip
_PAGE = _object(page={"type": "integer", "minimum": 1}, width={"type": "integer"}, height={"type": "integer"},
                turned_deg={"type": "number"}, text={"type": "string"}, lines=_list(_LINE))  # fmt: skip
SCHEMA = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "inkdigits read --format json",
          **_object(image={"type": "string"}, pages=_list(_PAGE))}  # fmt: skip


def prediction(name: str, answer: Prediction, top: int = 10) -> str:
    """`{"image","digit","confidence","accepted","reason","probabilities","box"}`: the digit is the best guess."""
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
    """`{"image","pages":[{"text","lines":[{"text","confidence","box","digits":[…]}]}]}`; boxes are left, top, right, bottom."""
    return json.dumps(reading_object(name, found), ensure_ascii=False) + "\n"


def reading_object(name: str, found: Reading) -> dict[str, Any]:
    pages = [
        {"page": page.number, "width": page.width, "height": page.height, "turned_deg": page.turned_deg, "text": page.text,
         "lines": [_line(line) for line in page.lines]}
        for page in found.pages
    ]  # fmt: skip
    return {"image": name, "pages": pages}


def _line(line: Line) -> dict[str, Any]:
    digits = [_digit(digit) for digit in line.digits]
    return {"text": line.text, "confidence": line.confidence, "accepted": line.accepted, "box": _box(line.box), "digits": digits}


def _digit(digit: Digit) -> dict[str, Any]:
    others = [{"digit": other, "confidence": share} for other, share in digit.alternatives]
    return {"digit": digit.digit, "confidence": digit.confidence, "accepted": digit.accepted, "box": _box(digit.box),
            "alternatives": others}  # fmt: skip


def _box(box: Box) -> list[int]:
    return [box.left, box.top, box.right, box.bottom]


READING = Exporter("", reading, "")
