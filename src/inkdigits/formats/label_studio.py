"""Readings as Label Studio tasks, to be corrected there.

Each number is a predicted rectangle with its text. The tasks fit the labelling
interface of docs/outputs.md: `Rectangle` bbox, `Labels` label, `TextArea`
transcription.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from inkdigits._version import __version__
from inkdigits.formats.geometry import on_picture, size_on_picture
from inkdigits.reading.results import Line, PageReading, Reading

LABELS = {True: "number", False: "doubtful"}


def tasks(found: Sequence[tuple[str, Reading]]) -> str:
    """A JSON list with a task for each page."""
    made = []
    for name, reading in found:
        made += [_task(name, page) for page in reading.pages]
    return json.dumps(made, ensure_ascii=False) + "\n"


def _task(name: str, page: PageReading) -> dict[str, Any]:
    """A page as a task with its marks as a prediction."""
    parts = [
        region
        for number, line in enumerate(page.lines, 1)
        for region in _parts(number, line, page)
    ]
    surest = min((line.confidence for line in page.lines), default=1.0)
    prediction = {
        "model_version": f"inkdigits {__version__}",
        "score": surest,
        "result": parts,
    }
    return {"data": {"image": name, "page": page.number}, "predictions": [prediction]}


def _parts(number: int, line: Line, page: PageReading) -> Iterator[dict[str, Any]]:
    """The three parts of one region: its rectangle, its label and its text."""
    width, height = size_on_picture(page)
    box = on_picture(line.box, page)
    # In percent of the picture.
    place = {
        "x": 100 * box.left / width,
        "y": 100 * box.top / height,
        "width": 100 * (box.right - box.left) / width,
        "height": 100 * (box.bottom - box.top) / height,
        "rotation": 0,
    }
    region = {
        "id": f"line_{number}",
        "to_name": "image",
        "original_width": width,
        "original_height": height,
        "image_rotation": 0,
        "score": line.confidence,
    }
    yield {**region, "from_name": "bbox", "type": "rectangle", "value": place}
    yield {
        **region,
        "from_name": "label",
        "type": "labels",
        "value": {**place, "labels": [LABELS[line.accepted]]},
    }
    yield {
        **region,
        "from_name": "transcription",
        "type": "textarea",
        "value": {**place, "text": [line.text]},
    }
