"""Corrected Label Studio tasks → a folder per digit, as `train` and `evaluate` take it.

The reader looks at each rectangle again. Where it finds as many digits as the corrected text has,
each is filed under what the text says of it; the others are left out, and counted.
"""

import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
from PIL import Image

from inkdigits.errors import DataError
from inkdigits.files import write_whole
from inkdigits.reading.input.documents import open_pages
from inkdigits.reading.input.pages import Grey
from inkdigits.reading.reader import Reader
from inkdigits.reading.results import Box, Digit, Reading

# What is kept around a line and a digit, as a share of its height.
_AROUND = 0.15
# Label Studio puts eight signs and a dash before the name of a file that was uploaded.
_UPLOADED = re.compile(r"^[0-9a-f]{8}-")


@dataclass(frozen=True, slots=True)
class Taken:
    """How many digits of each kind were written, and how many lines had to be left out."""

    digits: dict[str, int]
    left_out: int


@dataclass(frozen=True, slots=True)
class _Region:
    """A rectangle in percent of the picture, and the text that a person gave it."""

    left: float
    top: float
    width: float
    height: float
    text: str

    def cut_from(self, page: Grey) -> Grey:
        """The rectangle's part of a page, with some of what is around it."""
        # Label Studio gives percent of the picture's sides.
        page_height, page_width = page.shape
        left = self.left * page_width / 100
        right = (self.left + self.width) * page_width / 100
        top = self.top * page_height / 100
        bottom = (self.top + self.height) * page_height / 100

        around = _AROUND * self.height * page_height / 100
        first_row = max(0, int(top - around))
        last_row = int(bottom + around) + 1
        first_column = max(0, int(left - around))
        last_column = int(right + around) + 1
        return page[first_row:last_row, first_column:last_column]


def take_tasks(tasks: Path, pictures: Path, folder: Path, reader: Reader) -> Taken:
    """Write FOLDER/7/….png and so on from a JSON export; `pictures` has the files it names."""
    counts: Counter[str] = Counter()
    left_out = 0
    for task in _corrected(tasks):
        regions = _regions_of(task, tasks)
        page = _page_of(task["data"], pictures, reader)
        for region in regions:
            line = np.ascontiguousarray(region.cut_from(page))
            reading = reader.read(line)
            digits = [digit for one in reading.lines for digit in one.digits]
            said = re.findall(r"\d", region.text)
            if len(digits) != len(said):
                left_out += 1
                continue
            for name, digit in zip(said, digits, strict=True):
                _file(folder / name, _picture_of(reading, digit, line))
                counts[name] += 1
    return Taken(dict(sorted(counts.items())), left_out)


def _corrected(tasks: Path) -> Iterator[dict[str, Any]]:
    """The tasks that have been finished."""
    try:
        content = json.loads(tasks.read_text())
    except (OSError, ValueError) as error:
        raise DataError(
            f"{tasks} cannot be read ({error}): export JSON from Label Studio"
        ) from None
    if not isinstance(content, list) or not all(
        isinstance(one, dict) for one in content
    ):
        raise DataError(f"{tasks} has no list of tasks: export JSON from Label Studio")
    finished = [
        task
        for task in content
        if _annotation(task) and "image" in _table(task, "data")
    ]
    if not finished:
        raise DataError(
            f"{tasks} has no annotations: correct some tasks and submit them"
        )
    yield from finished


def _annotation(task: dict[str, Any]) -> dict[str, Any] | None:
    """The annotation of the task; the newest if there are several."""
    annotations = task.get("annotations")
    if not isinstance(annotations, list):
        return None
    given = []
    for annotation in annotations:
        # Skipped tasks have annotations too, which are marked so.
        if isinstance(annotation, dict) and not annotation.get("was_cancelled"):
            given.append(annotation)
    if not given:
        return None
    return max(given, key=lambda annotation: str(annotation.get("updated_at", "")))


def _table(content: dict[str, Any], name: str) -> dict[str, Any]:
    """The object of that name; an empty one where there is something else."""
    table = content.get(name)
    return table if isinstance(table, dict) else {}


def _regions_of(task: dict[str, Any], tasks: Path) -> list[_Region]:
    """The regions of a task; one that is not as expected is refused."""
    try:
        return list(_regions(task))
    except (TypeError, ValueError, AttributeError) as error:
        name = task.get("id", "without an id")
        raise DataError(
            f"{tasks}: task {name} is not as Label Studio exports it ({error}): export it again"
        ) from None


def _regions(task: dict[str, Any]) -> Iterator[_Region]:
    """Rectangles with their texts: the entries of one have the same id."""
    annotation = _annotation(task) or {}
    values: dict[str, dict[str, Any]] = {}
    for entry in annotation.get("result", []):
        value = values.setdefault(entry.get("id", ""), {})
        value.update(entry.get("value", {}))
    sides = ("x", "y", "width", "height")
    for value in values.values():
        is_read = "text" in value and all(side in value for side in sides)
        if not is_read:
            continue
        left, top, width, height = (float(value[side]) for side in sides)
        # A text area gives a list, one text for each line.
        said = value["text"]
        text = said if isinstance(said, str) else " ".join(said)
        yield _Region(left, top, width, height, text)


def _page_of(data: dict[str, Any], pictures: Path, reader: Reader) -> Grey:
    """The page that a task shows."""
    path = _file_of(str(data["image"]), pictures)
    number = str(data.get("page", 1))
    with closing(open_pages(path, reader.limits, number)) as pages:
        _, page = next(pages)
    return page.grey


def _file_of(name: str, pictures: Path) -> Path:
    """The picture that a task names: as it was read, or as Label Studio serves it."""
    address = urlsplit(name)
    served = parse_qs(address.query).get("d", [])
    path = Path(unquote(served[0] if served else address.path).lstrip("/"))
    names = [Path(name), path, Path(path.name), Path(_UPLOADED.sub("", path.name))]
    for one in names:
        if (pictures / one).is_file():
            return pictures / one
    raise DataError(
        f"{pictures} does not have {path.name}: name the folder of the pictures"
    )


def _picture_of(reading: Reading, digit: Digit, line: Grey) -> bytes:
    (page,) = reading.pages
    box = digit.box
    around = round(_AROUND * (box.bottom - box.top))
    wider = Box(
        max(0, box.left - around),
        max(0, box.top - around),
        min(page.width, box.right + around),
        min(page.height, box.bottom + around),
    )
    picture: Image.Image = reading.crop(wider, line)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _file(folder: Path, content: bytes) -> None:
    """Write a picture under its digest: the same one is kept once."""
    digest = hashlib.sha256(content).hexdigest()
    path = folder / f"{digest}.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as error:
        reason = f"{folder} cannot be written ({error.strerror or error})"
        raise DataError(f"{reason}: name another folder") from None
