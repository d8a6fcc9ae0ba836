"""ALTO, PAGE, COCO, Label Studio tasks, searchable PDF: opened by somebody else's reader, or held to a schema."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import jsonschema
import numpy as np
import pytest
from lxml import etree
from PIL import Image
from typer.testing import CliRunner

from inkdigits import Box, Line, Mark, PageReading, Reader, Reading, errors
from inkdigits.cli import app
from inkdigits.formats import alto, coco, label_studio, page_xml
from inkdigits.formats.geometry import on_picture, size_on_picture
from inkdigits.outputs import open_output
from inkdigits.reading.input.limits import Limits
from inkdigits.reading.picture_ref import PictureRef
from inkdigits.synthesis.drawn import as_file, draw_numbers
from setup_tools import schemas

MARKS = (
    Mark("0", 0.98, Box(10, 5, 20, 30)),
    Mark("", 0.9, Box(22, 15, 25, 18)),
    Mark("7", 0.9, Box(30, 5, 44, 31)),
    Mark("€", 0.8, Box(50, 6, 58, 30)),
)
LINE = Line("07 €", 0.87, False, Box(10, 5, 58, 31), (), MARKS)
PAGE = PageReading((LINE, Line("1<&", 0.5, True, Box(0, 40, 9, 60), ())), 100, 80)
TURNED = PageReading((LINE,), 100, 80, 2, 90.0)
NAME = 'a "b", <c>.png'
FOUND = Reading((PAGE, TURNED, PageReading((), 100, 80, 3)))


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_boxes_are_those_of_the_picture_as_it_was_given(degrees: int) -> None:
    given = np.random.default_rng(0).integers(0, 255, (30, 50), np.uint8)
    upright = np.rot90(given, degrees // 90)
    page = PageReading((), upright.shape[1], upright.shape[0], 1, float(degrees))
    assert size_on_picture(page) == (50, 30)
    box = Box(3, 5, 12, 21)
    there = on_picture(box, page)
    part = given[there.top : there.bottom, there.left : there.right]
    assert np.array_equal(
        np.rot90(part, degrees // 90),
        upright[box.top : box.bottom, box.left : box.right],
    )


def parsed(text: str, namespace: str) -> tuple[Xml.Element, dict[str, str]]:
    return Xml.fromstring(text), {"x": namespace}  # noqa: S314 - our own file


def test_alto_says_where_everything_is() -> None:
    root, spaces = parsed(alto.page_document(NAME, PAGE), alto.NAMESPACE)
    assert [child.tag.split("}")[1] for child in root] == ["Description", "Layout"]
    assert (
        root.findtext("x:Description/x:sourceImageInformation/x:fileName", None, spaces)
        == NAME
    )
    page = root.find("x:Layout/x:Page", spaces)
    assert page is not None
    assert (page.get("WIDTH"), page.get("HEIGHT"), page.get("PHYSICAL_IMG_NR")) == (
        "100",
        "80",
        "1",
    )
    words = root.findall(".//x:String", spaces)
    assert [word.get("CONTENT") for word in words] == ["07", "€", "1<&"]
    place = [words[0].get(name) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT", "WC")]
    assert place == ["10", "5", "34", "26", "0.8700"]
    assert [glyph.get("CONTENT") for glyph in root.findall(".//x:Glyph", spaces)] == [
        "0",
        "7",
        "€",
    ]
    names = [element.get("ID") for element in root.iter() if element.get("ID")]
    assert len(names) == len(set(names))
    turned, _ = parsed(alto.page_document(NAME, TURNED), alto.NAMESPACE)
    line = turned.find(".//x:TextLine", spaces)
    assert line is not None
    assert [line.get(name) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")] == [
        "49",
        "10",
        "26",
        "48",
    ]


def test_page_xml_says_where_everything_is() -> None:
    root, spaces = parsed(page_xml.page_document(NAME, PAGE), page_xml.NAMESPACE)
    page = root.find("x:Page", spaces)
    assert page is not None
    assert (
        page.get("imageFilename"),
        page.get("imageWidth"),
        page.get("imageHeight"),
    ) == (
        NAME,
        "100",
        "80",
    )
    lines = root.findall(".//x:TextLine", spaces)
    assert [line.findtext("x:TextEquiv/x:Unicode", None, spaces) for line in lines] == [
        "07 €",
        "1<&",
    ]
    coordinates = lines[0].find("x:Coords", spaces)
    assert coordinates is not None
    assert coordinates.get("points") == "10,5 58,5 58,31 10,31"
    said = [
        word.findtext("x:TextEquiv/x:Unicode", None, spaces)
        for word in root.findall(".//x:Word", spaces)
    ]
    assert said == ["07", "€", "1<&"]


@pytest.mark.parametrize("page", FOUND.pages)
@pytest.mark.parametrize(
    ("schema_file", "page_document"),
    [("alto-4-4.xsd", alto.page_document), ("pagecontent.xsd", page_xml.page_document)],
)
def test_files_follow_their_schema(
    schema_file: str,
    page_document: Callable[[str, PageReading], str],
    page: PageReading,
) -> None:
    folder = schemas()
    if folder is None:
        pytest.skip("the schemas are not here: run tests/setup_tools.py")
    # ALTO's schema names xlink's by its address; here it is a file beside it.
    text = re.sub(
        rb'"[^"]*/xlink.xsd"', b'"xlink.xsd"', (folder / schema_file).read_bytes()
    )
    base = str(folder / schema_file)
    schema = etree.XMLSchema(etree.fromstring(text, base_url=base))
    schema.assertValid(etree.fromstring(page_document(NAME, page).encode()))


def test_pages_have_files_of_their_own(tmp_path: Path) -> None:
    for kind in ("alto", "page"):
        with open_output(tmp_path / kind, kind) as out:
            out.add("scans/a.tiff", FOUND)
            out.add("more/a.tiff", Reading((PAGE,)))
        names = sorted(path.name for path in (tmp_path / kind).iterdir())
        assert names == [
            "a.tiff-1.xml",
            "a.tiff-2.xml",
            "a.tiff-3.xml",
            "more_a.tiff.xml",
        ]
        for name in names:
            Xml.parse(tmp_path / kind / name)  # noqa: S314 - our own file
    with pytest.raises(errors.SettingError, match="cannot be written"):
        open_output(tmp_path / "alto" / names[0], "alto")


# As the COCO format page describes "object detection".
COCO_SCHEMA = {
    "type": "object",
    "required": ["images", "annotations", "categories"],
    "properties": {
        "images": {
            "type": "array",
            "items": {
                "required": ["id", "width", "height", "file_name"],
                "properties": {
                    "id": {"type": "integer"},
                    "width": {"type": "integer"},
                    "height": {"type": "integer"},
                },
            },
        },
        "annotations": {
            "type": "array",
            "items": {
                "required": [
                    "id",
                    "image_id",
                    "category_id",
                    "bbox",
                    "area",
                    "iscrowd",
                ],
                "properties": {
                    "id": {"type": "integer"},
                    "image_id": {"type": "integer"},
                    "category_id": {"type": "integer"},
                    "area": {"type": "number"},
                    "bbox": {
                        "type": "array",
                        "items": {"type": "number"},
                        "minItems": 4,
                        "maxItems": 4,
                    },
                    "iscrowd": {"enum": [0, 1]},
                },
            },
        },
        "categories": {"type": "array", "items": {"required": ["id", "name"]}},
    },
}


def test_coco_has_a_box_for_each_mark_and_number() -> None:
    whole = json.loads(coco.data_set([(NAME, FOUND), ("b.png", Reading((PAGE,)))]))
    jsonschema.validate(whole, COCO_SCHEMA)
    assert [(image["file_name"], image["page"]) for image in whole["images"]] == [
        (NAME, 1),
        (NAME, 2),
        (NAME, 3),
        ("b.png", 1),
    ]
    names = {category["id"]: category["name"] for category in whole["categories"]}
    first = [box for box in whole["annotations"] if box["image_id"] == 1]
    assert [names[box["category_id"]] for box in first] == [
        "number",
        "0",
        "7",
        "€",
        "number",
    ]
    assert (first[0]["text"], first[0]["bbox"], first[0]["area"]) == (
        "07 €",
        [10, 5, 48, 26],
        48 * 26,
    )
    ids = [box["id"] for box in whole["annotations"]]
    assert len(ids) == len(set(ids))


# As Label Studio's documentation describes "pre-annotations" of a task for the OCR interface.
TASK_SCHEMA = {
    "type": "array",
    "items": {
        "required": ["data", "predictions"],
        "properties": {
            "data": {"type": "object", "required": ["image"]},
            "predictions": {
                "type": "array",
                "items": {
                    "required": ["result"],
                    "properties": {
                        "model_version": {"type": "string"},
                        "score": {"type": "number"},
                        "result": {
                            "type": "array",
                            "items": {
                                "required": [
                                    "id",
                                    "type",
                                    "from_name",
                                    "to_name",
                                    "value",
                                    "original_width",
                                    "original_height",
                                ],
                                "properties": {
                                    "type": {
                                        "enum": ["rectangle", "labels", "textarea"]
                                    },
                                    "value": {
                                        "required": [
                                            "x",
                                            "y",
                                            "width",
                                            "height",
                                            "rotation",
                                        ],
                                        "properties": {
                                            side: {
                                                "type": "number",
                                                "minimum": 0,
                                                "maximum": 100,
                                            }
                                            for side in ("x", "y", "width", "height")
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}


def test_label_studio_gets_a_task_for_each_page() -> None:
    tasks = json.loads(label_studio.tasks([(NAME, FOUND)]))
    jsonschema.validate(tasks, TASK_SCHEMA)
    assert [task["data"] for task in tasks] == [
        {"image": NAME, "page": page} for page in (1, 2, 3)
    ]
    parts: list[dict[str, Any]] = tasks[0]["predictions"][0]["result"]
    assert [part["from_name"] for part in parts] == [
        "bbox",
        "label",
        "transcription",
    ] * 2
    assert len({part["id"] for part in parts[:3]}) == 1
    assert parts[0]["value"] == {
        "x": 10,
        "y": 6.25,
        "width": 48,
        "height": 32.5,
        "rotation": 0,
    }
    assert (parts[1]["value"]["labels"], parts[2]["value"]["text"]) == (
        ["doubtful"],
        ["07 €"],
    )
    assert tasks[2]["predictions"][0]["result"] == []


def scan() -> Image.Image:
    return draw_numbers(["507", "90210"])


def pdf_of(reading: Reading, path: Path) -> Any:
    pytest.importorskip("fpdf")
    pdfium = pytest.importorskip("pypdfium2")
    with open_output(path) as out:
        out.add("a.png", reading)
    return pdfium.PdfDocument(path)


def test_a_searchable_pdf_shows_the_scan_and_holds_its_text(tmp_path: Path) -> None:
    page = scan()
    lines = (
        Line("507", 0.9, True, Box(28, 30, 140, 82), ()),
        Line("12 €", 0.9, True, Box(30, 110, 240, 170), ()),
    )
    reading = Reading(
        (PageReading(lines, *page.size),), PictureRef(page, None, Limits())
    )
    document = pdf_of(reading, tmp_path / "out.pdf")
    sheet = document[0]
    points = 72 / 200
    assert sheet.get_size() == pytest.approx(
        (page.width * points, page.height * points), abs=0.1
    )
    text = sheet.get_textpage()
    assert text.get_text_range().split() == ["507", "12", "€"]
    left, bottom, right, top = text.get_charbox(0)
    box = lines[0].box
    assert left == pytest.approx(box.left * points, abs=4)
    assert bottom == pytest.approx(sheet.get_height() - box.bottom * points, abs=4)
    assert top <= sheet.get_height() - box.top * points + 2
    right = text.get_charbox(2)[2]
    assert right == pytest.approx(box.right * points, abs=4)
    shown = np.asarray(
        sheet.render(scale=1 / points, grayscale=True)
        .to_pil()
        .convert("L")
        .resize(page.size),
        np.float64,
    )
    # The text is not seen: what is drawn is the scan, but for what JPEG takes.
    assert np.abs(shown - np.asarray(page, np.float64)).mean() < 4


def test_the_command_line_makes_a_searchable_pdf(
    tmp_path: Path, reader: Reader
) -> None:
    pytest.importorskip("fpdf")
    pdfium = pytest.importorskip("pypdfium2")
    two = tmp_path / "two.tiff"
    scan().save(two, save_all=True, append_images=[draw_numbers(["34"])])
    out = tmp_path / "out.pdf"
    arguments = ["read", str(two), "-", "--output", str(out), "--min-confidence", "0"]
    result = CliRunner().invoke(app, arguments, input=as_file(scan(), "BMP"))
    assert result.exit_code == 0, result.output
    document = pdfium.PdfDocument(out)
    texts = [page.get_textpage().get_text_range().split() for page in document]
    read = [page.text.split() for page in reader.read(two).pages] + [
        reader.read(scan()).text.split()
    ]
    assert texts == read
    assert reader.read(out).pages[0].text == reader.read(two).pages[0].text


def test_what_has_no_picture_is_said(tmp_path: Path) -> None:
    pytest.importorskip("fpdf")
    with (
        pytest.raises(errors.NotAPictureError, match="is no longer available"),
        open_output(tmp_path / "out.pdf") as out,
    ):
        out.add("a.png", FOUND)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["coco", "label-studio"])
def test_collected_formats_are_written(kind: str, tmp_path: Path) -> None:
    with open_output(tmp_path / "out.json", kind) as out:
        out.add(NAME, FOUND)
    assert json.loads((tmp_path / "out.json").read_text())
