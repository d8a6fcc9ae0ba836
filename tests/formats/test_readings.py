"""A Reading in each format, read back by somebody else's reader."""

import csv
import io
import json
from html.parser import HTMLParser

import jsonschema
import pytest
from PIL import Image

from inkdigits.formats import READING
from inkdigits.formats.json import SCHEMA
from inkdigits.formats.overlay import mark_page
from inkdigits.reading.results import Box, Digit, Line, PageReading, Reading

DIGITS = (
    Digit(3, 0.9876, True, Box(10, 5, 20, 30), ((8, 0.01), (5, 0.002))),
    Digit(None, 0.9, False, Box(22, 15, 28, 18)),
    Digit(4, 0.4, False, Box(30, 5, 44, 31)),
)
LINES = (Line("34", 0.39, False, Box(10, 5, 44, 31), DIGITS),)
FOUND = Reading((PageReading(LINES, 60, 40), PageReading((), 60, 40, 2), PageReading(LINES, 60, 40, 3, 90.0)))
EMPTY = Reading((PageReading((), 9, 9),))


def whole(kind: str, *found: Reading, name: str = 'a "b", <c>.png') -> str:
    exporter = READING[kind]
    return exporter.head + "".join(exporter.one(name, one, len(found) == 1) for one in found) + exporter.foot


def test_json_follows_its_schema() -> None:
    rows = [json.loads(line) for line in whole("json", FOUND, EMPTY).splitlines()]
    for row in rows:
        jsonschema.validate(row, SCHEMA)
    assert rows[0]["image"] == 'a "b", <c>.png'
    assert [page["text"] for page in rows[0]["pages"]] == ["34", "", "34"]
    line = rows[0]["pages"][0]["lines"][0]
    assert (line["text"], line["confidence"], line["box"]) == ("34", 0.39, [10, 5, 44, 31])
    assert [digit["digit"] for digit in line["digits"]] == [3, None, 4]
    assert line["digits"][0]["alternatives"][0] == {"digit": 8, "confidence": 0.01}
    broken = json.loads(whole("json", FOUND))
    del broken["pages"][0]["lines"][0]["box"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, SCHEMA)


def test_csv_has_a_row_a_number() -> None:
    rows = list(csv.DictReader(io.StringIO(whole("csv", FOUND, EMPTY))))
    assert len(rows) == 2
    assert rows[1] == {"file": 'a "b", <c>.png', "page": "3", "line": "1", "text": "34", "confidence": "0.39",
                       "accepted": "false", "left": "10", "top": "5", "right": "44", "bottom": "31"}  # fmt: skip


def test_text_names_the_file_only_where_there_are_several() -> None:
    assert whole("text", FOUND, name="x") == "34\n34\n"
    assert whole("text", FOUND, EMPTY, name="x") == "x:1: 34\nx:3: 34\n"
    assert whole("text", EMPTY) == ""


class Hocr(HTMLParser):
    """Collects what hOCR readers look for."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.text = ""
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.depth += tag not in ("meta",)
        values = dict(attrs)
        self.found.append((values.get("class") or "", values.get("title") or ""))

    def handle_endtag(self, tag: str) -> None:
        self.depth -= 1

    def handle_data(self, data: str) -> None:
        self.text += data if data.strip().isdigit() else ""


def test_hocr_says_where_everything_is() -> None:
    parser = Hocr()
    parser.feed(whole("hocr", FOUND).split("\n", 1)[1])
    kinds = [kind for kind, _ in parser.found]
    assert kinds.count("ocr_page") == 3
    assert kinds.count("ocr_line") == kinds.count("ocrx_word") == 2
    assert kinds.count("ocrx_cinfo") == 4
    titles = dict(reversed(parser.found))
    assert titles["ocr_page"] == 'image "a "b", <c>.png"; bbox 0 0 60 40; ppageno 0'
    assert titles["ocr_line"] == "bbox 10 5 44 31"
    assert titles["ocrx_cinfo"] == "x_bboxes 10 5 20 30; x_confs 98.76"
    assert parser.text == "3434"
    assert parser.depth == 0


def test_the_overlay_boxes_each_mark_in_its_colour() -> None:
    page = Image.new("L", (240, 160), 255)
    marked = mark_page(page, PageReading(LINES, 60, 40))
    assert marked.mode == "RGB"
    colours = {colour for _, colour in marked.getcolors(100_000) or []}
    assert {(21, 128, 61), (180, 83, 9), (130, 130, 140)} <= colours
    assert marked.width * 40 == marked.height * 60
