"""Readings as a COCO data set.

Each mark is a box in the category of its sign, each number a box in the category
"number".
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from inkdigits.formats.geometry import on_picture, size_on_picture
from inkdigits.reading.marks.alphabet import DIGITS, SIGNS
from inkdigits.reading.results import Box, PageReading, Reading

NUMBER = "number"
CATEGORIES = (NUMBER, *DIGITS, *SIGNS)


def data_set(found: Sequence[tuple[str, Reading]]) -> str:
    """One JSON object with all pictures."""
    pages = [(name, page) for name, reading in found for page in reading.pages]
    images = [_image(place, name, page) for place, (name, page) in enumerate(pages, 1)]
    boxes = [
        box
        for place, (_, page) in enumerate(pages, 1)
        for box in _annotations(place, page)
    ]
    annotations = [{"id": place, **box} for place, box in enumerate(boxes, 1)]
    categories = [
        {"id": place, "name": name} for place, name in enumerate(CATEGORIES, 1)
    ]
    whole = {"images": images, "annotations": annotations, "categories": categories}
    return json.dumps(whole, ensure_ascii=False) + "\n"


def _image(place: int, name: str, page: PageReading) -> dict[str, Any]:
    width, height = size_on_picture(page)
    return {
        "id": place,
        "file_name": name,
        "page": page.number,
        "width": width,
        "height": height,
    }


def _annotations(image: int, page: PageReading) -> Iterator[dict[str, Any]]:
    for line in page.lines:
        box = on_picture(line.box, page)
        yield {
            **_annotation(image, NUMBER, box, line.confidence),
            "text": line.text,
            "accepted": line.accepted,
        }
        for mark in line.marks:
            if mark.text:
                yield _annotation(
                    image, mark.text, on_picture(mark.box, page), mark.confidence
                )


def _annotation(image: int, category: str, box: Box, score: float) -> dict[str, Any]:
    """One box, in the form in which COCO's tools read a detector's results."""
    width = box.right - box.left
    height = box.bottom - box.top
    return {
        "image_id": image,
        "category_id": CATEGORIES.index(category) + 1,
        "bbox": [box.left, box.top, width, height],
        "area": width * height,
        "iscrowd": 0,
        "score": score,
    }
