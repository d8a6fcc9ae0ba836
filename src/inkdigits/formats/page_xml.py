"""A page as PAGE XML (2019-07-15), for Transkribus, eScriptorium and OCR-D.

Boxes are in pixels of the original picture.
"""

from datetime import UTC, datetime
from xml.etree import ElementTree as Xml

from inkdigits._version import __version__
from inkdigits.formats.geometry import around, on_picture, size_on_picture, words_of
from inkdigits.reading.results import Box, Line, Mark, PageReading

NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


def page_document(name: str, page: PageReading) -> str:
    """One page as a complete file."""
    schema = f"{NAMESPACE} {NAMESPACE}/pagecontent.xsd"
    root = Xml.Element(
        "PcGts",
        {"xmlns": NAMESPACE, "xmlns:xsi": _INSTANCE, "xsi:schemaLocation": schema},
    )
    metadata = Xml.SubElement(root, "Metadata")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for tag, text in (
        ("Creator", f"inkdigits {__version__}"),
        ("Created", now),
        ("LastChange", now),
    ):
        Xml.SubElement(metadata, tag).text = text
    width, height = size_on_picture(page)
    size = {"imageWidth": str(width), "imageHeight": str(height)}
    sheet = Xml.SubElement(root, "Page", {"imageFilename": name, **size})
    for number, line in enumerate(page.lines, 1):
        _add_line(sheet, line, page, number)
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode") + "\n"


def _add_line(sheet: Xml.Element, line: Line, page: PageReading, number: int) -> None:
    """A line as a region of its own, with its words and glyphs."""
    region = _placed(sheet, "TextRegion", f"region_{number}", line.box, page)
    written = _placed(region, "TextLine", f"line_{number}", line.box, page)
    for index, (text, marks) in enumerate(words_of(line), 1):
        name = f"{number}_{index}"
        # A text without marks, such as a corrected one, has the line's box.
        box = around([mark.box for mark in marks]) if marks else line.box
        word = _placed(written, "Word", f"word_{name}", box, page)
        for place, mark in enumerate(marks, 1):
            _add_glyph(word, mark, page, f"glyph_{name}_{place}")
        # PAGE has the text of an element after its children.
        _say(word, text)
    _say(written, line.text, line.confidence)
    _say(region, line.text)


def _add_glyph(word: Xml.Element, mark: Mark, page: PageReading, name: str) -> None:
    """A mark with its place, text and confidence."""
    glyph = _placed(word, "Glyph", name, mark.box, page)
    _say(glyph, mark.text, mark.confidence)


def _placed(
    parent: Xml.Element, tag: str, name: str, box: Box, page: PageReading
) -> Xml.Element:
    """An element with its corners, clockwise from the top left."""
    element = Xml.SubElement(parent, tag, {"id": name})
    there = on_picture(box, page)
    corners = (
        (there.left, there.top),
        (there.right, there.top),
        (there.right, there.bottom),
        (there.left, there.bottom),
    )
    points = " ".join(f"{x},{y}" for x, y in corners)
    Xml.SubElement(element, "Coords", {"points": points})
    return element


def _say(element: Xml.Element, text: str, confidence: float | None = None) -> None:
    """The text of an element, and how sure it is where that is known."""
    attributes = {}
    if confidence is not None:
        attributes["conf"] = f"{confidence:.4f}"
    equivalent = Xml.SubElement(element, "TextEquiv", attributes)
    # PAGE wants the text in an element of its own.
    unicode = Xml.SubElement(equivalent, "Unicode")
    unicode.text = text
