"""A Reading in each format, read back by somebody else's reader."""

import csv
import io
import json
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from html.parser import HTMLParser

import jsonschema
import pytest
from PIL import Image

from inkdigits.formats import PREDICTION, READING
from inkdigits.formats.json import SCHEMA
from inkdigits.formats.overlay import LEGEND, REFUSED, UNSURE, mark_page
from inkdigits.formats.overlay import SURE as SURE_COLOUR
from inkdigits.reading.numbers.values import Value
from inkdigits.reading.results import (
    Box,
    Digit,
    Line,
    Mark,
    PageReading,
    Prediction,
    Reading,
)

DIGITS = (
    Digit(0, 0.9876, True, Box(10, 5, 20, 30), ((8, 0.01), (6, 0.002))),
    Digit(4, 0.4, False, Box(30, 5, 44, 31), ((9, 0.3),)),
    Digit(5, 0.95, True, Box(46, 5, 58, 31)),
)
MARKS = (
    Mark("0", 0.9876, Box(10, 5, 20, 30)),
    Mark("", 0.9, Box(22, 15, 25, 18)),
    Mark("4", 0.4, Box(30, 5, 44, 31)),
    Mark(".", 0.8, Box(45, 28, 46, 31)),
    Mark("5", 0.95, Box(46, 5, 58, 31)),
)
DOUBTFUL = Line(
    "04.5",
    0.39,
    False,
    Box(10, 5, 58, 31),
    DIGITS,
    MARKS,
    Decimal("4.50"),
    (("045", 0.3), ("09.5", 0.2)),
)
SURE = Line(
    "0 7",
    0.99,
    True,
    Box(2, 8, 30, 20),
    (Digit(0, 0.99, True, Box(2, 8, 8, 20)), Digit(7, 0.98, True, Box(22, 8, 30, 20))),
    (Mark("0", 0.99, Box(2, 8, 8, 20)), Mark("7", 0.98, Box(22, 8, 30, 20))),
)
LINES = (DOUBTFUL,)
FOUND = Reading(
    (
        PageReading(LINES, 60, 40),
        PageReading((), 60, 40, 2),
        PageReading(LINES, 60, 40, 3, 90.0),
    )
)
EMPTY = Reading((PageReading((), 9, 9),))


def whole(kind: str, *found: Reading, name: str = 'a "b", <c>.png') -> str:
    exporter = READING[kind]
    return (
        exporter.head
        + "".join(exporter.one(name, one, len(found) == 1) for one in found)
        + exporter.foot
    )


def test_json_follows_its_schema() -> None:
    rows = [json.loads(line) for line in whole("json", FOUND, EMPTY).splitlines()]
    for row in rows:
        jsonschema.validate(row, SCHEMA)
    assert rows[0]["image"] == 'a "b", <c>.png'
    assert [page["text"] for page in rows[0]["pages"]] == ["04.5", "", "04.5"]
    line = rows[0]["pages"][0]["lines"][0]
    assert (line["text"], line["number"], line["confidence"], line["box"]) == (
        "04.5",
        "045",
        0.39,
        [10, 5, 58, 31],
    )
    assert [digit["digit"] for digit in line["digits"]] == [0, 4, 5]
    assert line["digits"][0]["alternatives"][0] == {"digit": 8, "confidence": 0.01}
    assert [mark["text"] for mark in line["marks"]] == ["0", "", "4", ".", "5"]
    assert line["alternatives"] == [
        {"text": "045", "confidence": 0.3},
        {"text": "09.5", "confidence": 0.2},
    ]
    for part in ("box", "value", "marks"):
        broken = json.loads(whole("json", FOUND))
        del broken["pages"][0]["lines"][0][part]
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, SCHEMA)


VALUES: list[tuple[Value, int | str | None]] = [
    (None, None),
    (12, 12),
    (-3, -3),
    (10**30, 10**30),
    (Decimal("12.50"), "12.50"),
    (Decimal("0.0000001"), "0.0000001"),
    (Decimal(17) / 100, "0.17"),
    (date(1996, 12, 25), "1996-12-25"),
    (time(10, 30), "10:30:00"),
]


@pytest.mark.parametrize(("value", "plain"), VALUES)
def test_values_are_plain_in_json_and_csv(
    value: Value, plain: int | str | None
) -> None:
    found = Reading((PageReading((replace(SURE, value=value),), 60, 40),))
    row = json.loads(whole("json", found))
    jsonschema.validate(row, SCHEMA)
    assert row["pages"][0]["lines"][0]["value"] == plain
    (cells,) = csv.DictReader(io.StringIO(whole("csv", found)))
    assert cells["value"] == ("" if plain is None else str(plain))


def test_csv_has_a_row_a_number_and_one_for_a_page_without() -> None:
    rows = list(csv.DictReader(io.StringIO(whole("csv", FOUND, EMPTY))))
    assert [(row["page"], row["line"], row["text"]) for row in rows] == [
        ("1", "1", "04.5"), ("2", "", ""), ("3", "1", "04.5"), ("1", "", ""),
    ]  # fmt: skip
    assert rows[2] == {"file": 'a "b", <c>.png', "page": "3", "line": "1", "text": "04.5", "number": "045",
                       "value": "4.50", "confidence": "0.39", "accepted": "false",
                       "left": "10", "top": "5", "right": "58", "bottom": "31"}  # fmt: skip


def test_a_prediction_says_where_and_why() -> None:
    answer = Prediction(7, 0.4, False, (0.1,) * 10, Box(1, 2, 3, 4), "unsure")
    row = json.loads(PREDICTION["json"]("a.png", answer, 10))
    assert list(row) == [
        "image",
        "digit",
        "confidence",
        "accepted",
        "reason",
        "probabilities",
        "box",
    ]
    assert (row["reason"], row["box"]) == ("unsure", [1, 2, 3, 4])
    assert (
        json.loads(PREDICTION["json"]("a.png", replace(answer, box=None), 10))["box"]
        is None
    )


def test_text_names_the_file_only_where_there_are_several() -> None:
    assert whole("text", FOUND, name="x") == "04.5 ?\n04.5 ?\n"
    assert whole("text", FOUND, EMPTY, name="x") == "x:1: 04.5 ?\nx:3: 04.5 ?\n"
    assert whole("text", EMPTY) == ""


def test_text_marks_what_is_not_accepted() -> None:
    assert (
        whole("text", Reading((PageReading((SURE, DOUBTFUL), 60, 40),)))
        == "0 7\n04.5 ?\n"
    )


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
        self.text += data.strip("\n") if self.depth > 3 else ""


def parsed(*found: Reading) -> Hocr:
    parser = Hocr()
    parser.feed(whole("hocr", *found).split("\n", 1)[1])
    return parser


def test_hocr_says_where_everything_is() -> None:
    parser = parsed(FOUND)
    kinds = [kind for kind, _ in parser.found]
    assert kinds.count("ocr_page") == 3
    assert kinds.count("ocr_line") == kinds.count("ocrx_word") == 2
    assert kinds.count("ocrx_cinfo") == 8
    titles = dict(reversed(parser.found))
    assert titles["ocr_page"] == 'image "a "b", <c>.png"; bbox 0 0 60 40; ppageno 0'
    assert titles["ocr_line"] == "bbox 10 5 58 31"
    assert titles["ocrx_word"] == "bbox 10 5 58 31; x_wconf 39"
    assert titles["ocrx_cinfo"] == "x_bboxes 10 5 20 30; x_confs 98.76"
    assert parser.text == "04.504.5"
    assert parser.depth == 0


def test_hocr_parts_words_at_spaces() -> None:
    parser = parsed(Reading((PageReading((SURE,), 60, 40),)))
    words = [title for kind, title in parser.found if kind == "ocrx_word"]
    assert words == ["bbox 2 8 8 20; x_wconf 99", "bbox 22 8 30 20; x_wconf 99"]
    assert parser.text == "0 7"


def test_hocr_has_a_text_without_marks_in_its_line_s_box() -> None:
    corrected = replace(SURE, text="12", marks=())
    parser = parsed(Reading((PageReading((corrected,), 60, 40),)))
    assert parser.text == "12"
    line = next(title for kind, title in parser.found if kind == "ocr_line")
    word = next(title for kind, title in parser.found if kind == "ocrx_word")
    assert word == f"{line}; x_wconf 99"


def colours_of(picture: Image.Image) -> set[object]:
    return {colour for _, colour in picture.getcolors(1_000_000) or []}


def test_the_overlay_boxes_each_mark_in_its_colour() -> None:
    page = Image.new("L", (240, 160), 255)
    marked = mark_page(page, PageReading((DOUBTFUL, SURE), 60, 40))
    assert marked.mode == "RGB"
    above = marked.crop((0, 0, *((240, 160) if marked.width == 240 else (480, 320))))
    assert {SURE_COLOUR, UNSURE, REFUSED} <= colours_of(above)
    doubtful = mark_page(page, PageReading((DOUBTFUL,), 60, 40)).crop(
        (0, 0, *above.size)
    )
    assert SURE_COLOUR not in colours_of(doubtful)


@pytest.mark.parametrize("size", [(60, 40), (240, 160), (40, 900), (1700, 2200)])
def test_a_legend_below_the_page_says_what_each_colour_means(
    size: tuple[int, int],
) -> None:
    marked = mark_page(Image.new("L", size, 255), PageReading((), *size))
    page_height = round(marked.width * size[1] / size[0])
    assert marked.height > page_height
    legend = marked.crop((0, page_height, marked.width, marked.height))
    assert {colour for colour, _ in LEGEND} <= colours_of(legend)
    assert colours_of(marked.crop((0, 0, marked.width, page_height))) == {
        (255, 255, 255)
    }
    right_edge = legend.crop((legend.width - 1, 0, legend.width, legend.height))
    assert colours_of(right_edge) == {(255, 255, 255)}


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_the_overlay_of_a_turned_page_is_upright(degrees: int) -> None:
    """The boxes of a page that was turned are those of the upright picture."""
    upright = Image.new("L", (600, 400), 255)
    upright.paste(0, (100, 50, 200, 300))
    as_scanned = upright.rotate(-degrees, expand=True)
    line = replace(SURE, marks=(Mark("0", 0.99, Box(100, 50, 200, 300)),))
    marked = mark_page(
        as_scanned, PageReading((line,), 600, 400, turned_deg=float(degrees))
    )
    assert marked.width == 600
    assert marked.getpixel((150, 175)) == (0, 0, 0)
    assert marked.getpixel((99, 200)) != (255, 255, 255)
    assert marked.getpixel((300, 200)) == (255, 255, 255)
